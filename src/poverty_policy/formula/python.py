"""The Python reader: one generated function that runs a program over the claims, persons, … of a case.

The function is plain Python over whole numbers. Plain, it keeps the program's results; traced, every step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import Interval
from poverty_policy.formula.writing import WINDOWS, Loop, Writer, in_turn
from poverty_policy.money import RoundingMode, quotient

Row = tuple[Any, ...]
Rows = Mapping[g.Entity, Sequence[Row]]
Parents = Mapping[g.Entity, Sequence[int]]


@attrs.frozen
class Runner:
    """A compiled program.

    Attributes:
        inputs: for each entity, the names of the inputs in the order in which rows state them.
        names: for each entity, the names of the values in the order in which rows come back.
        source: the generated Python, for reading.
    """

    inputs: Mapping[g.Entity, tuple[str, ...]]
    names: Mapping[g.Entity, tuple[str, ...]]
    source: str
    _function: Callable[[Rows, Parents], dict[g.Entity, list[Row]]]

    def __call__(self, rows: Rows, parents: Parents) -> dict[g.Entity, list[Row]]:
        """Run the program.

        Args:
            rows: for each entity, a row of inputs for each member. A person's claims stand in the order of
                their settlement.
            parents: for each entity, the index of the next higher entity that each member belongs to.

        Returns:
            For each entity, a row of values for each member, in the order of ``names``.
        """
        return self._function(rows, parents)


def compile_program(program: g.Program, *, traced: bool) -> Runner:
    """Generate the function that runs a program; refusals come back with the results of their entity."""
    wanted = dict(program.steps) if traced else {name: program.steps[name] for name in program.results}
    wanted |= program.refusals
    return _PythonWriter(wanted, program.inputs()).finish()


class _PythonWriter(Writer):
    """Writes the function, loop by loop over rows that are tuples."""

    def __init__(self, wanted: Mapping[str, g.Node], inputs: Sequence[g.Input]) -> None:
        self.last: dict[g.Entity, Loop] = {}
        super().__init__(wanted, inputs)

    def kept_nodes(self) -> set[g.Node]:
        """Those kept in lists: also what is wanted before the last loop, which writes the rows."""
        for node in self.wanted.values():
            entity = g.entity_of(node)
            here = self.loop.get(node, (0, entity))
            self.last[entity] = max(self.last.get(entity, here), here)
        late = {n for n in self.wanted.values() if n in self.loop and self.loop[n] != self.last[g.entity_of(n)]}
        return super().kept_nodes() | {node for node in late if not isinstance(node, g.Input | g.Total)}

    def keep(self, node: g.Node) -> str:
        """Appended to its list."""
        return f"all_{self.name[node]}.append({self.name[node]})"

    def number(self, value: int) -> str:
        """As it is."""
        return repr(value) if value >= 0 else f"({value})"

    def total(self, node: g.Total) -> str:
        """Read whole by its name, summed up in a list."""
        return f"{g.entity_of(node)}_{self.place[node]}"

    def remembered(self, number: int, place: int) -> str:
        """In a list."""
        return f"y{number}[{place}]"

    def is_one_of(self, read: str, node: g.Is) -> str:
        """Texts are compared."""
        options = node.options
        return f"({read} == {options[0]!r})" if len(options) == 1 else f"({read} in {options!r})"

    def joined(self, terms: Sequence[str], every: bool) -> str:
        """Not looking further than needed."""
        return "(" + (" and " if every else " or ").join(terms) + ")"

    def rounded(self, amount: str, divisor: int | str, mode: RoundingMode, reach: Interval) -> str:
        """In whole numbers."""
        return _rounded(amount, divisor, mode, reach[0] >= 0)

    def finish(self) -> Runner:
        """Write every loop, and compile."""
        names = {
            entity: tuple(name for name, node in self.wanted.items() if g.entity_of(node) == entity)
            for entity in g.ENTITIES
        }
        loops = in_turn({*self.loop.values(), *self.summed.values(), *self.last.values()})
        entities = [e for e in g.ENTITIES if any(at[1] == e for at in loops)]
        for entity in entities:
            self.line(f"rows_{entity} = rows[{entity!r}]")
        # the way up may lead through entities that have no loop of their own
        used = [g.ENTITIES.index(one) for one in (*entities, *(["person"] if self.years else []))]
        for entity in g.ENTITIES[min(used, default=0) : max(used, default=0)]:
            self.line(f"up_{entity} = parents[{entity!r}]")
        for entity, many in self.totals.items():
            self.line(f"totals_{entity} = [[0] * {many} for _ in rows[{entity!r}]]")
        for node in self.order:
            if node in self.kept:
                self.line(f"all_{self.name[node]} = []")
        for number in range(len(self.years)):
            self.line(f"years_{number} = {{}}")
        for entity in entities:
            self.line(f"out_{entity} = []")
        inline: dict[g.Node, str] = {}
        for node in self.fixed:
            self.write_node(node, inline)
            self.atom(node, inline)
        for loop in loops:
            self._write_loop(loop)
        self.line("return {" + ", ".join(f"{e!r}: out_{e}" for e in entities) + "}")
        source = "def run(rows, parents):\n" + "\n".join(self.lines) + "\n"
        scope: dict[str, Any] = {"quotient": quotient}
        exec(compile(source, "<rule>", "exec"), scope)  # the source is made here, of names v0, v1, … and numbers
        inputs = {e: tuple(one.name for one in self.inputs.get(e, ())) for e in g.ENTITIES}
        return Runner(inputs, names, source, scope["run"])

    def _write_loop(self, loop: Loop) -> None:
        _, entity = loop
        inputs = self.inputs.get(entity, [])
        unpacked = "(" + "".join(f"{self.name[one]}, " for one in inputs) + ")" if inputs else "_"
        self.line(f"for n_{entity}, {unpacked} in enumerate(rows_{entity}):")
        self.indent += 1
        start = len(self.lines)
        body = [node for node in self.order if self.loop[node] == loop and not isinstance(node, g.Input)]
        totals = [node for node, at in self.summed.items() if at == loop]
        complete = [node for node in body if isinstance(node, g.Total)]
        fetched = {c for n in body if n not in complete for c in n.children} | set(complete)
        fetched |= {node.children[0] for node in totals}
        if loop == self.last.get(entity):
            fetched |= {n for n in self.wanted.values() if g.entity_of(n) == entity}
        ups = {g.entity_of(node) for node in fetched if node in self.loop and self.loop[node] != loop}
        ups |= {g.entity_of(node) for node in totals}
        windows = {node.by for node in body if isinstance(node, WINDOWS)}
        ups |= {"person"} if windows else set()
        reached = f"n_{entity}"
        below = entity
        for above in self._above(entity):
            if not ups & set(self._above(below)):
                break
            self.line(f"n_{above} = up_{below}[{reached}]")
            reached, below = f"n_{above}", above
        for at in g.ENTITIES:
            if any(g.entity_of(node) == at for node in totals):
                self.line(f"total_{at} = totals_{at}[n_{at}]")
            if any(g.entity_of(node) == at for node in fetched if isinstance(node, g.Total)):
                every = "".join(f"{at}_{place}, " for place in range(self.totals[at]))
                self.line(f"({every}) = totals_{at}[n_{at}]")
        for node in self.order:
            at = g.entity_of(node)
            if node not in fetched or self.loop[node] == loop or isinstance(node, g.Total):
                continue
            if not isinstance(node, g.Input):
                self.line(f"{self.name[node]} = all_{self.name[node]}[n_{at}]")
            elif at != entity:
                self.line(f"{self.name[node]} = rows_{at}[n_{at}][{self.inputs[at].index(node)}]")
        for by, number in self.years.items():
            if by in windows:
                self.line(
                    "k = (" + "".join(f"{part}, " for part in ("n_person", *(self.name[one] for one in by))) + ")"
                )
                self.line(f"y{number} = years_{number}.get(k)")
                self.line(f"if y{number} is None: y{number} = years_{number}[k] = [0] * {self.slots[number]}")
        inline: dict[g.Node, str] = {}
        for node in body:
            if not isinstance(node, g.Total):
                self.write_node(node, inline)
        for node in totals:
            if node.children[0] is not g.ZERO:
                cell = f"total_{g.entity_of(node)}[{self.place[node]}]"
                self.line(f"{cell} += {self.read(node.children[0], inline)}")
        if loop == self.last.get(entity):
            values = [self.read(node, inline) for node in self.wanted.values() if g.entity_of(node) == entity]
            self.line(f"out_{entity}.append(({''.join(f'{one}, ' for one in values)}))")
        elif len(self.lines) == start:
            self.line("pass")
        self.indent -= 1

    def _above(self, entity: g.Entity) -> tuple[g.Entity, ...]:
        return g.ENTITIES[g.ENTITIES.index(entity) + 1 :]


def _rounded(amount: str, divisor: int | str, mode: RoundingMode, never_negative: bool) -> str:
    if divisor == 1:
        return amount
    if not never_negative:
        return f"quotient({amount}, {divisor}, {mode!r})"
    if mode == "half_up":
        if isinstance(divisor, int) and divisor % 2 == 0:
            return f"(({amount} + {divisor // 2}) // {divisor})"
        return f"((2 * {amount} + {divisor}) // (2 * {divisor}))"
    return f"({amount} // {divisor})" if mode == "down" else f"(-(-{amount} // {divisor}))"
