"""The kinds of turns: each finds its places in a statement and says what stands there instead."""

from collections.abc import Callable, Iterator

from sqlglot import exp

from tests.mutation.conditions import arguments, conditions
from tests.mutation.turn import Turn, dropped, text, turn, without, without_one


def removed(tree: exp.Expression) -> Iterator[Turn]:
    """A predicate that says TRUE in a conjunction, FALSE in a disjunction, either where it stands alone."""
    for node, constants in conditions(tree):
        if isinstance(node.parent, exp.Qualify):
            yield Turn("removed", node.parent.parent, without(node.parent.parent, "qualify"), node, text(node), "TRUE")
            continue
        for constant in constants:
            yield turn("removed", node, exp.Boolean(this=constant))


def negated(tree: exp.Expression) -> Iterator[Turn]:
    for node, _ in conditions(tree):
        opposite = node.this.copy() if isinstance(node, exp.Not) else exp.not_(node.copy())
        yield Turn("negated", node, exp.paren(opposite), node, text(node), text(opposite))


def branch_dropped(tree: exp.Expression) -> Iterator[Turn]:
    for case in tree.find_all(exp.Case):
        for branch, fewer in without_one(case, "ifs"):
            rest = case.args.get("default")
            left = fewer if fewer.args["ifs"] else (rest.copy() if rest else exp.Null())
            yield Turn("dropped", case, left, branch, f"when {text(branch.this)}", "")


def boundary_shifted(tree: exp.Expression) -> Iterator[Turn]:
    other = {exp.LT: exp.LTE, exp.LTE: exp.LT, exp.GT: exp.GTE, exp.GTE: exp.GT}
    for node in tree.find_all(*other):
        yield turn("shifted", node, other[type(node)](this=node.this.copy(), expression=node.expression.copy()))
    for node in tree.find_all(exp.Between):
        value, low, high = (node.args[name].copy() for name in ("this", "low", "high"))
        yield turn("shifted", node, exp.paren(exp.and_(exp.GT(this=value, expression=low), value <= high)))
        yield turn("shifted", node, exp.paren(exp.and_(value >= low, exp.LT(this=value.copy(), expression=high))))


def default_turned(tree: exp.Expression) -> Iterator[Turn]:
    """What coalesce() makes of the unknown: a truth flipped, a number one more and one less."""
    for node in tree.find_all(exp.Coalesce):
        for constant in arguments(node):
            if isinstance(constant, exp.Boolean):
                yield turn("default", constant, exp.Boolean(this=not constant.this))
            elif isinstance(constant, exp.Literal) and not constant.is_string:
                for step in (-1, 1):
                    yield turn("default", constant, exp.Literal.number(int(constant.this) + step))


def term_dropped(tree: exp.Expression) -> Iterator[Turn]:
    """One of several: an argument of coalesce(), a member of an IN list, a key of a window or of USING."""
    for node in tree.find_all(exp.Coalesce):
        if not any(isinstance(each, (exp.Boolean, exp.Literal)) for each in arguments(node)):
            for each in arguments(node):
                kept = [other.copy() for other in arguments(node) if other is not each]
                yield Turn("dropped", node, exp.Coalesce(this=kept[0], expressions=kept[1:]), each, text(each), "")
    for node in tree.find_all(exp.In):
        if len(node.expressions) > 1:
            yield from (
                Turn("dropped", node, new, each, text(each), "") for each, new in without_one(node, "expressions")
            )
    for node in tree.find_all(exp.Window):
        yield from dropped(node, "partition_by", "partition by ")
    for node in tree.find_all(exp.Join):
        if len(node.args.get("using") or ()) > 1:
            yield from dropped(node, "using", "using ")


def order_turned(tree: exp.Expression) -> Iterator[Turn]:
    """Each term of a window's order, left out and the other way round."""
    for window in tree.find_all(exp.Window):
        for each, fewer in without_one(window.args["order"], "expressions"):
            node, left = (window.args["order"], fewer) if fewer.expressions else (window, without(window, "order"))
            yield Turn("dropped", node, left, each, f"order by {text(each)}", "")
            yield turn("reversed", each, exp.Ordered(this=each.this.copy(), desc=not each.args.get("desc")))


def extreme_turned(tree: exp.Expression) -> Iterator[Turn]:
    other = {exp.Max: exp.Min, exp.Min: exp.Max, exp.Least: exp.Greatest, exp.Greatest: exp.Least}
    for node in tree.find_all(*other):
        yield turn("extreme", node, other[type(node)](**node.copy().args))


def side_dropped(tree: exp.Expression) -> Iterator[Turn]:
    """A left join that drops who has no match."""
    for join in tree.find_all(exp.Join):
        if join.side:
            yield turn("inner", join, without(join, "side"))


TURNS: tuple[Callable[[exp.Expression], Iterator[Turn]], ...] = (
    removed,
    negated,
    branch_dropped,
    boundary_shifted,
    default_turned,
    term_dropped,
    order_turned,
    extreme_turned,
    side_dropped,
)
