"""The kernel: a program's source fused over arrays and compiled by numba, to the same integers as the Python reader.

Rows are sorted so that the members of a group lie side by side, and run through in blocks of whole groups that fit a
processor's cache: what one loop leaves to another never leaves the cache, and only what was asked for is written.
A rule's numbers are arguments, so that a reform runs on the kernel of the rules it changes. Needs the extra ``[fast]``.
"""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import numpy as np

from poverty_policy.formula import graph as g
from poverty_policy.formula.bounds import LIMIT, Interval
from poverty_policy.formula.writing import WINDOWS, Loop, Writer, in_turn
from poverty_policy.money import RoundingMode

Array = np.ndarray[Any, np.dtype[Any]]
#: How many rows of the lowest entity are run through at once, about.
BLOCK = 4_096


@attrs.frozen(eq=False)
class Rows:
    """The rows of one entity.

    Attributes:
        inputs: name -> its values: whole numbers as int64, truths as bool, categories as int32 places in the input's
            options (numbers of any kind where it has none).
        up: for each row, the place of the row above to which it belongs, never falling; ``None`` at the top.
        many: how many there are.
    """

    inputs: Mapping[str, Array]
    up: Array | None
    many: int


@attrs.frozen(eq=False)
class Kernel:
    """A program, written to be compiled.

    Attributes:
        inputs: for each entity, the inputs that it reads.
        names: for each entity, the names of the values, in their order.
        entities: those whose rows it needs, from the lowest upward.
        reach: name -> between what it lies, for whole numbers.
        writing, summing: the function that writes every value, and the one that only sums them up.
    """

    inputs: Mapping[g.Entity, tuple[g.Input, ...]]
    names: Mapping[g.Entity, tuple[str, ...]]
    entities: tuple[g.Entity, ...]
    reach: Mapping[str, Interval]
    writing: Written
    summing: Written

    def run(
        self,
        rows: Mapping[g.Entity, Rows],
        *,
        threads: int | None = None,
        into: Mapping[str, Array] | None = None,
    ) -> dict[str, Array]:
        """Every value of every row.

        Args:
            rows: those of each entity; a person's claims stand in the order of their settlement.
            threads: how many blocks are run at once; as many as there are processors if not stated.
            into: arrays of an earlier run of as many rows, to be written over; new memory costs more than calculating.

        Returns:
            Name -> its values: int64 or bool.
        """
        outs: dict[str, Array] = dict(into) if into is not None else {
            name: np.empty(rows[entity].many, np.int64 if name in self.reach else np.bool_)
            for entity, names in self.names.items()
            for name in names
        }  # fmt: skip
        self._blocks(self.writing, rows, outs, threads)
        return outs

    def sums(self, rows: Mapping[g.Entity, Rows], *, threads: int | None = None) -> dict[str, int]:
        """The sum of each value over all rows (of a truth, how many hold); nothing is written row by row."""
        return self._blocks(self.summing, rows, {}, threads)

    @property
    def is_compiled(self) -> bool:
        """Whether the function that writes has been compiled in this process."""
        return self.writing.text in _functions

    def _blocks(
        self, written: Written, rows: Mapping[g.Entity, Rows], outs: Mapping[str, Array], threads: int | None
    ) -> dict[str, int]:
        edges, most = _edges(self.entities, rows)
        blocks = edges.shape[1] - 1
        workers = max(1, min(threads or os.cpu_count() or 1, blocks))
        function = _compiled(written.text)
        numbers = np.array(written.numbers, np.int64)
        arrays = [_array(rows[entity], name, outs) for entity, name in written.arrays]
        names = [name for names in self.names.values() for name in names]
        widest = max((max(-low, high) for low, high in self.reach.values()), default=1) or 1
        # int64 holds the sum of so many values of the widest range; whole numbers of Python hold the sum of those
        at_once = max(1, int((2**62 // widest) // int(most.max())))
        per_call = min(max(1, -(-blocks // (workers * 4))), at_once)

        def call(first: int) -> Array:
            sums = np.zeros(len(names), np.int64)
            function(first, min(first + per_call, blocks), numbers, edges, most, sums, *arrays)
            return sums

        totals = [0] * len(names)
        with ThreadPoolExecutor(workers) as pool:
            for sums in pool.map(call, range(0, blocks, per_call)):
                totals = [total + int(one) for total, one in zip(totals, sums, strict=True)]
        return dict(zip(names, totals, strict=True))


@attrs.frozen(eq=False)
class Written:
    """A function's source and what it is called with.

    Attributes:
        text: the source; the same for rules that differ in nothing but numbers.
        numbers: the rule's numbers.
        arrays: whose array each argument is, and its name; the rows above if that is empty.
    """

    text: str
    numbers: tuple[int, ...]
    arrays: tuple[tuple[g.Entity, str], ...]


def compile_kernel(program: g.Program, names: Iterable[str] | None = None) -> Kernel:
    """The kernel of a program; what has the same source is compiled once, at the first run.

    Args:
        program: the program.
        names: the steps and refusals wanted; the program's results and all refusals if not stated.

    Raises:
        InputError: there is no such step.
        RuleError: a formula could leave the range in which it is exact.
    """
    wanted = program.wanted(names)
    writing, summing = _KernelWriter(wanted, summed=False), _KernelWriter(wanted, summed=True)
    return Kernel(
        {entity: tuple(inputs) for entity, inputs in writing.inputs.items()},
        writing.names,
        writing.entities,
        {name: writing.bounds[node] for name, node in wanted.items() if node in writing.bounds},
        writing.finish(),
        summing.finish(),
    )


def _array(rows: Rows, name: str, outs: Mapping[str, Array]) -> Array:
    """An argument; inputs are handed over as arrays that cannot be written to, for which all is compiled once."""
    if name in outs:
        return outs[name]
    array = rows.inputs[name] if name else rows.up
    assert array is not None
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _edges(entities: Sequence[g.Entity], rows: Mapping[g.Entity, Rows]) -> tuple[Array, Array]:
    """Where blocks begin and end in the rows of each entity, and the most rows that a block has.

    A block ends where a member of the highest entity ends.
    """
    top = rows[entities[-1]].many
    widest = max(entities, key=lambda entity: rows[entity].many)
    cuts = np.arange(0, max(rows[widest].many, 1), BLOCK, dtype=np.int64)
    for entity in entities[entities.index(widest) : -1]:  # the groups to which every so many-th row belongs
        up = rows[entity].up
        assert up is not None
        cuts = up[cuts[cuts < len(up)]]
    found = {entities[-1]: np.unique(np.concatenate([[0], cuts, [top]])).astype(np.int64)}
    if top == 0:
        found = {entities[-1]: np.zeros(2, np.int64)}
    for entity, above in zip(reversed(entities[:-1]), reversed(entities[1:]), strict=True):
        up = rows[entity].up
        assert up is not None
        found[entity] = np.searchsorted(up, found[above], side="left").astype(np.int64)
    edges = np.stack([found[entity] for entity in entities])
    return edges, np.diff(edges, axis=1).max(axis=1, initial=1).astype(np.int64)


def anything_compiled() -> bool:
    """Whether any kernel has been compiled in this process."""
    return bool(_functions)


#: Source -> the function that it makes, of the sources used last.
_functions: dict[str, Callable[..., None]] = {}
_MOST_FUNCTIONS = 64


def _compiled(source: str) -> Callable[..., None]:
    """The function that a source makes, compiled for the types that its arguments always have."""
    if source in _functions:
        return _functions[source]
    import numba

    while len(_functions) >= _MOST_FUNCTIONS:
        del _functions[next(iter(_functions))]
    scope: dict[str, Any] = {"np": np, **_helpers()}
    exec(compile(source, "<kernel>", "exec"), scope)  # the source is made here, of names v0, v1, … and numbers
    function: Callable[..., None] = numba.njit(error_model="numpy", nogil=True, boundscheck=False)(scope["run"])
    _functions[source] = function
    return function


@functools.cache
def _helpers() -> dict[str, Any]:
    """Quotients; those of float64 are exact here, because all that is divided lies below 2^53."""
    import numba

    inline = numba.njit(error_model="numpy", inline="always")

    def part(amount: int, divisor: int) -> int:
        return int(amount / divisor)

    def half_up(amount: int, divisor: int) -> int:
        size = (2 * abs(amount) + divisor) // (2 * divisor)
        return size if amount >= 0 else -size

    def down(amount: int, divisor: int) -> int:
        size = abs(amount) // divisor
        return size if amount >= 0 else -size

    def up(amount: int, divisor: int) -> int:
        size = (abs(amount) + divisor - 1) // divisor
        return size if amount >= 0 else -size

    return {one.__name__: inline(one) for one in (part, half_up, down, up)}


class _KernelWriter(Writer):
    """Writes the function, block by block and loop by loop over arrays."""

    def __init__(self, wanted: Mapping[str, g.Node], *, summed: bool) -> None:
        super().__init__(wanted, [n for n in g.walk(wanted.values()) if isinstance(n, g.Input)])
        self.summed_up = summed
        self.numbers: list[int] = []
        needed = {g.entity_of(node) for node in wanted.values()} | {one[1] for one in self.loop.values()}
        needed |= {at[1] for at in self.summed.values()} | ({"person"} if self.years else set())
        places = sorted(map(g.ENTITIES.index, needed))
        self.entities = g.ENTITIES[places[0] : places[-1] + 1] if places else ("claim",)
        self.names: dict[g.Entity, tuple[str, ...]] = {
            entity: tuple(name for name, node in wanted.items() if g.entity_of(node) == entity)
            for entity in self.entities
        }
        in_order = [name for names in self.names.values() for name in names]
        self.places = {name: place for place, name in enumerate(in_order)}
        self.cell: dict[g.Node, str] = {}
        self.cells: Counter[str] = Counter()
        for node in self.order:
            if node in self.kept:
                kind = f"work_{g.entity_of(node)}" if node in self.bounds else f"flag_{g.entity_of(node)}"
                self.cell[node] = f"{kind}[{self.cells[kind]}, i_{g.entity_of(node)}]"
                self.cells[kind] += 1

    # --- how things are said ------------------------------------------------------------------------------------

    def keep(self, node: g.Node) -> str:
        """In a row of the block's."""
        return f"{self.cell[node]} = {self.name[node]}"

    def number(self, value: int) -> str:
        """An argument; what decides how a rule is built stays."""
        if value in (0, 1):
            return repr(value)
        self.numbers.append(value)
        return f"c{len(self.numbers) - 1}"

    def total(self, node: g.Total) -> str:
        """In the block's sums."""
        entity = g.entity_of(node)
        return f"totals_{entity}[i_{entity}, {self.place[node]}]"

    def remembered(self, number: int, place: int) -> str:
        """In the row of the first claim that goes by the same."""
        return f"year_{number}[s{number}, {place}]"

    def is_one_of(self, read: str, node: g.Is) -> str:
        """Places in the list of options are compared."""
        return self.joined([f"({read} == {node.category.options.index(one)})" for one in node.options], every=False)

    def joined(self, terms: Sequence[str], every: bool) -> str:
        """All are looked at: nothing to jump over can be done for many rows at once."""
        return "(" + (" & " if every else " | ").join(terms) + ")"

    def rounded(self, amount: str, divisor: int | str, mode: RoundingMode, reach: Interval) -> str:
        """By float64, which can divide many at once, where it is exact; else in whole numbers."""
        if divisor == 1:
            return amount
        if reach[0] < 0 or not isinstance(divisor, int) or 2 * (reach[1] + divisor) > LIMIT:
            return f"{mode}({amount}, {divisor})"
        more = {"half_up": divisor // 2, "up": divisor - 1, "down": 0}[mode]
        if mode == "half_up" and divisor % 2:  # half an odd divisor is no whole number
            amount, more, divisor = f"2 * {amount}", divisor, 2 * divisor
        return f"part({amount} + {more}, {divisor})" if more else f"part({amount}, {divisor})"

    def write_bands(self, node: g.Bands, inline: dict[g.Node, str]) -> None:
        """Slice by slice without jumps."""
        name = self.name[node]
        low, high = self.atom(node.low, inline), self.atom(node.high, inline)
        stops: list[int | None] = [*node.edges[1:], None]
        for place, (start, stop, rate) in enumerate(zip(node.edges, stops, node.rates, strict=True)):
            self.line(f"t = {self.stretch(node.low, low, high, start, stop)}")
            added = f"(t if t > 0 else 0) * {self.read(rate, inline)}"
            self.line(f"{name} = {added}" if place == 0 else f"{name} += {added}")

    # --- the function -----------------------------------------------------------------------------------------

    def finish(self) -> Written:
        """The function's source: writing every value, or summing them up."""
        wanted = {g.entity_of(node) for node in self.wanted.values()}
        loops = in_turn({*self.loop.values(), *self.summed.values(), *((0, entity) for entity in wanted)})
        inline: dict[g.Node, str] = {}
        for node in self.fixed:
            self.write_node(node, inline)
            self.atom(node, inline)
        fixed, self.lines, self.indent = self.lines, [], 2
        for place, entity in enumerate(self.entities):
            self.line(f"lo_{entity} = edges[{place}, block]")
            self.line(f"hi_{entity} = edges[{place}, block + 1]")
        for argument, (entity, _) in self._arguments().items():
            # counted from 0, so that LLVM sees that no index is negative and loads many at once
            self.line(f"{argument.lower()} = {argument}[lo_{entity}:hi_{entity}]")
        for entity, many in self.totals.items():
            self.line(f"for row in range(hi_{entity} - lo_{entity}):")
            self.line(f"    for place in range({many}): totals_{entity}[row, place] = 0")
        for loop in loops:
            self._write_loop(loop)
        blocks, self.lines, self.indent = self.lines, [], 1
        self._write_head()
        self.lines += [*fixed, "    for block in range(first, last):", *blocks]
        if self.summed_up:
            for place in self.places.values():
                self.line(f"sums[{place}] = sum_{place}")
        return Written("\n".join(self.lines) + "\n", tuple(self.numbers), tuple(self._arguments().values()))

    def _write_head(self) -> None:
        """The arguments, the rule's numbers, and what is kept of a block."""
        self.lines.append(f"def run(first, last, numbers, edges, most, sums, {', '.join(self._arguments())}):")
        for place in range(len(self.numbers)):
            self.line(f"c{place} = numbers[{place}]")
        for place, entity in enumerate(self.entities):
            for kind, dtype in (("work", "np.int64"), ("flag", "np.bool_")):
                if self.cells[f"{kind}_{entity}"]:
                    self.line(f"{kind}_{entity} = np.empty(({self.cells[f'{kind}_{entity}']}, most[{place}]), {dtype})")
            if self.totals[entity]:
                self.line(f"totals_{entity} = np.empty((most[{place}], {self.totals[entity]}), np.int64)")
        for number in self.years.values():
            self.line(f"year_{number} = np.empty((most[0], {self.slots[number]}), np.int64)")
            self.line(f"same_{number} = np.empty(most[0], np.int64)")
        if self.summed_up:
            for place in self.places.values():
                self.line(f"sum_{place} = 0")

    def _arguments(self) -> dict[str, tuple[g.Entity, str]]:
        """The arrays that the function is given, and whose and what each is."""
        found: dict[str, tuple[g.Entity, str]] = {}
        for entity in self.entities:
            if entity != self.entities[-1]:
                found[f"UP_{entity.upper()}"] = (entity, "")
            found |= {self._array(one).upper(): (entity, one.name) for one in self.inputs.get(entity, ())}
            if not self.summed_up:
                found |= {f"O{self.places[name]}": (entity, name) for name in self.names[entity]}
        return found

    def _array(self, one: g.Input) -> str:
        return f"a{self.name[one][1:]}"

    def _write_loop(self, loop: Loop) -> None:
        _, entity = loop
        body = [node for node in self.order if self.loop[node] == loop and not isinstance(node, g.Input)]
        totals = [node for node, at in self.summed.items() if at == loop and isinstance(node, g.Total)]
        wanted = {
            place: self.wanted[name]
            for name, place in self.places.items()
            if self.loop.get(self.wanted[name], (0, g.entity_of(self.wanted[name]))) == loop
        }
        read = {child for node in body if not isinstance(node, g.Total) for child in node.children}
        read |= {node.children[0] for node in totals} | set(wanted.values())
        read = {node for node in read if node in self.loop}
        windows = {node.by: self.years[node.by] for node in body if isinstance(node, WINDOWS)}
        start = len(self.lines)
        self.line(f"for i_{entity} in range(hi_{entity} - lo_{entity}):")
        self.indent += 1
        ups = {g.entity_of(node) for node in read} | {g.entity_of(node) for node in totals}
        ups |= {"person"} if windows else set()
        highest = max(g.ENTITIES.index(one) for one in {entity, *ups})
        for below in g.ENTITIES[g.ENTITIES.index(entity) : highest]:
            above = g.ENTITIES[g.ENTITIES.index(below) + 1]
            self.line(f"i_{above} = up_{below}[i_{below}] - lo_{above}")
        for node in self.order:
            if node not in read or isinstance(node, g.Total):
                continue
            if isinstance(node, g.Input):
                self.line(f"{self.name[node]} = {self._array(node)}[i_{node.entity}]")
            elif self.loop[node] != loop:
                self.line(f"{self.name[node]} = {self.cell[node]}")
        for by, number in windows.items():
            self._write_years(number, [one for one in by if one.entity == "claim"])
        inline: dict[g.Node, str] = {}
        for node in body:
            if not isinstance(node, g.Total):
                self.write_node(node, inline)
        for node in totals:
            if node.children[0] is not g.ZERO:
                self.line(f"{self.total(node)} += {self.read(node.children[0], inline)}")
        for place, node in wanted.items():
            value = self.read(node, inline)
            self.line(f"sum_{place} += {value}" if self.summed_up else f"o{place}[i_{entity}] = {value}")
        self.indent -= 1
        if len(self.lines) == start + 1:
            self.lines.pop()

    def _write_years(self, number: int, by: Sequence[g.Input]) -> None:
        """Find the first claim of the same person that goes by the same, from the last one back."""
        same = " & ".join(f"({self._array(one)}[m] == {self.name[one]})" for one in by) or "True"
        for text in (
            f"s{number} = i_claim",
            "m = i_claim - 1",
            "while m >= 0 and up_claim[m] == up_claim[i_claim]:",
            f"    if {same}:",
            f"        s{number} = same_{number}[m]",
            "        break",
            "    m -= 1",
            f"same_{number}[i_claim] = s{number}",
            f"if s{number} == i_claim:",
            f"    for place in range({self.slots[number]}): year_{number}[s{number}, place] = 0",
        ):
            self.line(text)
