"""One turn of a rule: which node of a statement becomes what, and the small steps that the kinds are made of."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp


@dataclass(frozen=True)
class Turn:
    """`node` of the tree becomes `new`; `original` and `mutated` show only the `part` of it that differs."""

    kind: str
    node: exp.Expression
    new: exp.Expression
    part: exp.Expression
    original: str
    mutated: str


def text(node: exp.Expression | None) -> str:
    return "" if node is None else " ".join(node.sql("duckdb", comments=False, normalize_functions=False).split())


def turn(kind: str, node: exp.Expression, new: exp.Expression) -> Turn:
    return Turn(kind, node, new, node, text(node), text(new))


def without(node: exp.Expression, key: str) -> exp.Expression:
    """A copy that lacks one part."""
    copy = node.copy()
    copy.set(key, None)
    return copy


def without_one(node: exp.Expression, key: str) -> Iterator[tuple[exp.Expression, exp.Expression]]:
    """Each element of a list, and the node without it."""
    for place, each in enumerate(node.args[key]):
        fewer = node.copy()
        fewer.set(key, [other for n, other in enumerate(fewer.args[key]) if n != place])
        yield each, fewer


def dropped(node: exp.Expression, key: str, words: str = "") -> Iterator[Turn]:
    for each, fewer in without_one(node, key):
        yield Turn("dropped", node, fewer, each, f"{words}{text(each)}", "")
