"""Instants at the ends of what a feed may hold, in words."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from pipeline.core.documents import dutch


@pytest.mark.parametrize("words", [dutch.instant, dutch.short_instant, dutch.clock_instant])
def test_the_last_instant_and_the_first_have_words(words: Callable[[datetime], str]) -> None:
    assert "9999" in words(datetime(9999, 12, 31, 23, 59, 59, 999999, UTC))
    assert "1900" in words(datetime(1900, 1, 1, tzinfo=UTC))
