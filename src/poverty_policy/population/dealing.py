"""How rows are dealt out by their largest group: which columns lead there, for whoever moves the rows.

Parts on disk and partitions of Spark are both settled one by one, so all rows of a group must fall into one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from poverty_policy.errors import Fault, invalid
from poverty_policy.formula import graph as g
from poverty_policy.population.layout import FRAMES
from poverty_policy.population.tables import chain_of

Names = Mapping[str, Mapping[str, str]]


@attrs.frozen
class Leg:
    """One entity on the way down from the largest group.

    Attributes:
        entity: which one.
        own: the column that tells its rows apart.
        key: the column that says to which row above each belongs; for the largest group its own.
        last: whether nothing below it is given.
    """

    entity: g.Entity
    own: str
    key: str
    last: bool


def column_of(names: Names, entity: g.Entity, name: str) -> str:
    """What a frame calls one of its keys.

    Args:
        names: frame -> what it calls a column -> what a case calls it.
        entity: whose frame.
        name: what a case calls the key.
    """
    stated = names.get(FRAMES[entity], {})
    return next((given for given, meant in stated.items() if meant == name), name)


def downward(given: Iterable[g.Entity], names: Names) -> Iterator[Leg]:
    """The entities that are given, from the largest group down to the bills."""
    held = dict.fromkeys(given)
    chain = [entity for entity in chain_of(held) if entity in held]
    above: g.Entity | None = None
    for entity in reversed(chain):
        own = column_of(names, entity, "id")
        # bills without their persons go by the person whom they name
        up: g.Entity | None = "person" if entity == "claim" else above
        yield Leg(entity, own, own if up is None else column_of(names, entity, up), entity == chain[0])
        above = entity


def twice(entity: g.Entity, column: str, many: int, one: str) -> Fault:
    """Ids that stand in several rows, wherever those have been dealt to."""
    zh, en = f"编号重复：{many} 个，例如 {one}", f"{many} ids stand in several rows, such as {one}"
    return invalid(zh, en, FRAMES[entity], column)
