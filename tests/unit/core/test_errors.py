"""An error that nobody foresaw says its kind and place, and nothing of what it was about."""

import traceback

import pytest

from pipeline.cli import decisions as commands
from pipeline.cli import main as cli
from pipeline.core.errors import FeedError, TerminalError, redact_unexpected_errors
from pipeline.delivery.references import ReferenceKey


def test_a_foreseen_error_passes_as_it_is() -> None:
    foreseen = FeedError("feed parent: 3 rows; ask the agency")

    def refuse() -> None:
        raise foreseen

    with pytest.raises(FeedError) as caught:
        redact_unexpected_errors(refuse)()
    assert caught.value is foreseen


def test_another_error_loses_its_text_and_its_chain() -> None:
    def quote() -> None:
        try:
            int("Noor Voorbeeld")
        except ValueError as error:
            raise RuntimeError("at Voorbeeldstraat 1") from error

    with pytest.raises(TerminalError, match="unforeseen RuntimeError") as caught:
        redact_unexpected_errors(quote)()
    shown = "".join(traceback.format_exception(caught.value))
    assert "Voorbeeld" not in str(caught.value)
    assert "Noor Voorbeeld" not in shown and "at Voorbeeldstraat" not in shown


def test_it_says_where_in_our_own_code() -> None:
    with pytest.raises(TerminalError, match=r"in core/keys\.py:\d+: report it as a bug"):
        redact_unexpected_errors(lambda: ReferenceKey("id", None))()


def test_the_command_line_shows_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def quote(_: object) -> int:
        raise ValueError("Noor Voorbeeld")

    monkeypatch.setattr(commands, "explain_command", quote)
    assert cli.main(["explain", "--parent", "1"]) == 1
    shown = capsys.readouterr()
    assert "unforeseen ValueError" in shown.err and "Voorbeeld" not in shown.err + shown.out
