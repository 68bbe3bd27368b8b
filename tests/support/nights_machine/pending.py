"""Rules of DOMAIN.md that the product does not hold yet: what the machine leaves out until then. To become empty."""

PENDING: frozenset[str] = frozenset({"clearing"})
