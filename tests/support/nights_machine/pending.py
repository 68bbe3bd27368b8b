"""Rules of DOMAIN.md that the product does not hold yet: what the machine leaves out until then. To become empty."""

from importlib.util import find_spec

PENDING: frozenset[str] = frozenset() if find_spec("pipeline.tasks.at_work") else frozenset({"clearing"})
