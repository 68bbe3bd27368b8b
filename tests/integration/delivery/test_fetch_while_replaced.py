"""Every line of docs/ontvanger/ophalen.md that fetches, while its drop is replaced; fifty times in `make proof`."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.support.docs import commands_of
from tests.support.fetching import SCRIPT, Recipient, introduced, set_up
from tests.support.replaced_meanwhile import BY_ITSELF, Replacing, Way, every_way, fetch_while_replaced
from tests.support.servers.openssh import OpenSsh

TIMES = 2


@pytest.fixture
def recipient(openssh: OpenSsh, tmp_path: Path) -> Iterator[Recipient]:
    with introduced(openssh, tmp_path / "bij het OCMW") as recipient:
        set_up(recipient, openssh)
        yield recipient


@pytest.fixture
def replacing(recipient: Recipient, tmp_path: Path) -> Replacing:
    return Replacing(recipient.site.host(), tmp_path / "staging")


def test_no_half_set_no_double_nothing_lost(recipient: Recipient, replacing: Replacing, openssh: OpenSsh) -> None:
    ways = every_way(recipient, openssh)
    assert fetch_while_replaced(replacing, ways, TIMES, Random(4)) == []
    assert len(replacing.made) == TIMES + 1
    missed_one_and_sets_it_right(ways[0], max(replacing.made))


def missed_one_and_sets_it_right(way: Way, newest: str) -> None:
    """By the block of the page: what was missed is known, and then all is in order again and acknowledged."""
    assert way.name == BY_ITSELF
    way.recipient.types(commands_of("ophalen.md", "gemist")[0], levering=newest)
    way.recipient.types(commands_of("ophalen.md")[SCRIPT])
    assert f"{newest}.ACK" in way.recipient.fetched and f"{newest}.ACK" in way.recipient.site.names()
