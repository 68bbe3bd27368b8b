"""A reference is stable, differs per recipient, and says nothing to who has no key."""

import base64
import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.references import ReferenceKey, reference, references
from tests.golden.example import AWKWARD, GENT, KEY, content, example
from tests.unit.delivery.test_render_cells import unhurried

ANTWERPEN = Kbo("0212180069")
OTHER_KEY = ReferenceKey("other", bytes(range(32)))
IDS = st.integers(min_value=0, max_value=2**63 - 1)


def as_the_standard_library_says(key: ReferenceKey, kbo: Kbo, parent_id: int) -> str:
    digest = hmac.digest(key.secret, f"{kbo}:{parent_id}".encode(), hashlib.sha256)
    return base64.b32encode(digest[:20]).decode()


@unhurried
@given(st.lists(IDS, max_size=20), st.binary(min_size=32, max_size=80))
def test_it_is_the_hmac_of_recipient_and_parent(ids, secret):
    key = ReferenceKey("k", secret)
    assert references(key, GENT, ids).to_pylist() == [as_the_standard_library_says(key, GENT, id_) for id_ in ids]
    assert [reference(key, GENT, id_) for id_ in ids] == references(key, GENT, ids).to_pylist()


def test_it_is_the_same_every_night():
    assert reference(KEY, GENT, 1) == "XXENQ5KUG7CMITDHBU4FZ5QPOBGZKGBG"


def test_it_looks_like_nothing():
    assert re.fullmatch("[A-Z2-7]{32}", reference(KEY, GENT, 1))


def test_it_differs_per_recipient_key_and_parent():
    ids = range(10_000)
    columns = [references(KEY, GENT, ids), references(KEY, ANTWERPEN, ids), references(OTHER_KEY, GENT, ids)]
    assert len({text for column in columns for text in column.to_pylist()}) == 3 * len(ids)


def test_recipient_and_parent_cannot_run_into_each_other():
    assert reference(KEY, Kbo("1"), 23) != reference(KEY, Kbo("12"), 3)


def test_no_number_of_the_parent_is_in_the_drop(tmp_path):
    drop = example(tmp_path, AWKWARD, "csv")
    assert "parent_id" not in content(drop).decode()
    assert KEY.secret not in content(drop)
    assert base64.b64encode(KEY.secret).decode() not in repr(KEY)
    assert "never a secret" not in repr(KEY)


def test_a_key_reads_from_id_and_base64():
    text = f" primary-1:{base64.b64encode(bytes(range(32))).decode()}\n"
    assert ReferenceKey.parse(text) == ReferenceKey("primary-1", bytes(range(32)))


SECRET = base64.b64encode(b"s" * 32).decode()
MISTAKES = [
    ("nothing", "", "id:base64"),
    ("no separator", SECRET.rstrip("="), "id:base64"),
    ("not base64", "k:not base64!", "id:base64"),
    ("base64 without its padding", f"k:{SECRET.rstrip('=')}", "id:base64"),
    ("not ASCII", "k:éééé", "id:base64"),
    ("no id", f":{SECRET}", "id"),
    ("an id with a space", f"a b:{SECRET}", "id"),
    ("an id with a line end", f"a\n:{SECRET}", "id"),
    ("no secret", "k:", "shorter than 32 bytes"),
    ("a short secret", f"k:{base64.b64encode(b's' * 31).decode()}", "shorter than 32 bytes"),
]


@pytest.mark.parametrize(("text", "says"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_malformed_key_is_refused_without_showing_it(text, says):
    with pytest.raises(SettingsError, match=says) as refused:
        ReferenceKey.parse(text)
    assert "reference key" in str(refused.value)
    assert "s" * 31 not in str(refused.value) and SECRET[:20] not in str(refused.value)
    assert refused.value.__cause__ is None
