"""Ages as a person types them."""

from datetime import timedelta

import pytest

from pipeline.core.local_time import parse_age


@pytest.mark.parametrize(
    ("text", "age"), [("26h", timedelta(hours=26)), ("90m", timedelta(minutes=90)), ("2d", timedelta(days=2))]
)
def test_an_age(text: str, age: timedelta) -> None:
    assert parse_age(text) == age


@pytest.mark.parametrize("text", ["", "h", "26", "0h", "-1h", "1.5h", "26 h", "2²h", "1000000d"])
def test_no_age(text: str) -> None:
    with pytest.raises(ValueError, match="as 26h"):
        parse_age(text)
