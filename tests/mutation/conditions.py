"""Where a statement decides: its single predicates, by their place in the syntax tree."""

from collections.abc import Iterator

from sqlglot import exp

BOOLEAN_FUNCTIONS = (exp.RegexpFullMatch, exp.ArrayContains, exp.ArrayContainsAll, exp.Contains, exp.EndsWith)
BOOLEAN_NAMES = {"is_blank", "within_decree", "list_has_all", "list_contains", "contains", "ends_with"}

Condition = tuple[exp.Expression, tuple[bool, ...]]
"""A predicate, and the constants that removing it leaves in its place."""


def is_boolean(node: exp.Expression | None) -> bool:
    """Judged by its form: a column alone is not, unless it stands where only a condition can."""
    if isinstance(node, exp.Paren):
        return is_boolean(node.this)
    if isinstance(node, exp.Coalesce):
        return any(is_boolean(argument) for argument in arguments(node))
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in BOOLEAN_NAMES
    # sqlglot counts some other nodes as predicates: a subquery, a comprehension
    return isinstance(node, (exp.Predicate, exp.Connector, exp.Not, exp.Boolean, *BOOLEAN_FUNCTIONS)) and not (
        isinstance(node, exp.Query)
    )


def arguments(node: exp.Coalesce) -> list[exp.Expression]:
    return [node.this, *node.expressions]


def conditions(tree: exp.Expression) -> Iterator[Condition]:
    """Each operand of AND and OR, and each whole condition that is neither."""
    for node in tree.walk():
        left = _left_by_removal(node, node.parent)
        if left is not None:
            yield node, left


def _left_by_removal(node: exp.Expression, parent: exp.Expression | None) -> tuple[bool, ...] | None:
    """None: no condition stands here. Empty: it can be negated, but its removal is that of what it stands in."""
    if isinstance(parent, exp.Connector):
        return None if type(node) is type(parent) else (isinstance(parent, exp.And),)
    if isinstance(parent, exp.Coalesce):
        return _of_an_argument(node, parent)
    if isinstance(parent, exp.Is):
        is_tested = node.arg_key == "this" and isinstance(parent.expression, exp.Boolean)
        return () if is_tested else None
    if isinstance(node, exp.Connector):
        return (True, False) if isinstance(parent, exp.Alias) else None
    if isinstance(parent, (exp.Where, exp.Having, exp.Qualify)):
        return (True,)
    if isinstance(parent, exp.Join):
        return (True,) if node.arg_key == "on" else None
    if isinstance(parent, exp.Comprehension):
        return (True,) if node.arg_key == "condition" else None
    if isinstance(parent, exp.If):
        return () if node.arg_key == "this" else None
    if isinstance(parent, (exp.Alias, exp.Create)):
        return (True, False) if is_boolean(node) else None
    return None


def _of_an_argument(node: exp.Expression, parent: exp.Coalesce) -> tuple[bool, ...] | None:
    """The first of several stands for the whole; a constant has a turn of its own."""
    if isinstance(node, exp.Boolean) or not is_boolean(node):
        return None
    return () if node.arg_key == "this" else (True, False)
