"""Cases that share one run of the product: whatever fails names its case."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def case(name: str) -> Iterator[None]:
    try:
        yield
    except BaseException as error:  # as pytest.fail raises it, and a kill
        error.add_note(f"in the case: {name}")
        raise
