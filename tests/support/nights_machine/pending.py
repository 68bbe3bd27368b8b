"""Rules of DOMAIN.md that the product does not hold yet: what the machine leaves out until then."""

PENDING: frozenset[str] = frozenset()
