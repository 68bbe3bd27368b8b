"""Forge, cut, swap, replay, reorder: tried on drop, notice and sheet by somebody who can write in the folder."""

import pytest

from tests.support import attacks_page
from tests.support.attacks_page import Noticed
from tests.support.folder_attacks import ATTACKS, CUT, DROP, FORGE, NOTICE, REORDER, REPLAY, SHEET, SWAP


@pytest.fixture(scope="module")
def noticed(tmp_path_factory: pytest.TempPathFactory) -> list[Noticed]:
    return attacks_page.tried(tmp_path_factory.mktemp("attacks"))


def test_each_is_told_of_by_its_name_and_by_nothing_else(noticed: list[Noticed]) -> None:
    """What cannot be seen is said too: with its options it is, or the page says that nothing is."""
    assert [(one.attack.says, one.codes) for one in noticed] == [(one.says, one.codes) for one in ATTACKS]
    for one in noticed:
        assert one.exit_code == (1 if one.attack.codes else 0), one.attack
        assert one.alone == (0 if one.attack.options or not one.attack.codes else 1), one.attack
    unseen = [one.attack.says for one in noticed if not one.alone]
    assert unseen == [
        "de nieuwste levering helemaal weg", "het laatste bericht helemaal weg",
        "alleen een levering van een andere ontvanger", "heel de map zoals ze vroeger was",
    ]  # fmt: skip


def test_each_kind_is_tried_on_each() -> None:
    tried = {(one.kind, one.on) for one in ATTACKS}
    assert tried == {(kind, on) for kind in (FORGE, CUT, SWAP, REPLAY, REORDER) for on in (DROP, SHEET, NOTICE)}


def test_ssh_keygen_refuses_whatever_changes_a_manifest(noticed: list[Noticed]) -> None:
    """And by itself sees nothing else, which is why verify.py looks at the files too."""
    for one in noticed:
        if {"forged", "signer", "revoked", "signature"} & set(one.codes):
            assert one.keygen == "weigert" or one.codes[0] == "signature", one.attack
        elif "unsigned" not in one.codes:
            assert one.keygen == "`Good`", one.attack


def test_the_page_is_what_was_seen(noticed: list[Noticed]) -> None:
    assert attacks_page.PATH.read_text("utf-8") == attacks_page.page(noticed), "python -m tests.support.attacks_page"
