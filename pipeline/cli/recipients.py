"""The commands `seal` and `test-drop`."""

from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.markup import escape

from pipeline.cli.context import CommandContext
from pipeline.cli.output import confirmed, show_bindings, show_moves
from pipeline.core.connections import from_environment
from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.core.terminal import console
from pipeline.delivery.hosts import drop_place_of, host_of, sealed, sealed_signing_key
from pipeline.delivery.moves import Move, lying_by_recipient, moves_of
from pipeline.delivery.recipients import RecipientSettings, settings_of
from pipeline.delivery.recipients_file import load_recipients, seals_path, write_seals
from pipeline.delivery.test_drop import put_test_drop, remove_test_drops
from pipeline.ledger.db.signing_keys import SigningKeyRecords


def seal_command(options: Namespace) -> int:
    """Show what would be bound together, ask, and write the seals beside recipients.toml; 1 when refused."""
    if bool(options.kbo) == options.all:
        raise SettingsError("name the recipients to seal by their KBO, or give --all")
    path = Path(CommandContext.load().settings.recipients)
    known = load_recipients(path)
    bindings = sealed([settings_of(known, kbo) for kbo in dict.fromkeys(options.kbo or known)], from_environment)
    show_bindings([(binding, known[each.kbo].seal, each.seal) for each, binding in bindings.items()])
    show_moves(_moves(list(bindings)))
    _require_usable({binding.signing_key for binding in bindings.values()})
    if not options.yes and not confirmed(
        f"Seal {len(bindings)} in {seals_path(path)}? Each of them is as it was agreed"
    ):
        raise SettingsError("nothing was sealed")
    write_seals(path, {each.kbo: each.seal for each in bindings})
    return 0


def _require_usable(fingerprints: Iterable[str]) -> None:
    """Raises SettingsError for a key that was ended or revoked; before the first night nothing is on record."""
    context = CommandContext.load()
    if context.has_ledger:
        for fingerprint in fingerprints:
            SigningKeyRecords(context.ledger.engine).history().require_usable(fingerprint)


def _moves(recipients: Sequence[RecipientSettings]) -> list[Move]:
    """What would be left at a former place. Before the first night there is no ledger, and nothing lies anywhere.

    Raises SettingsError for a place where another recipient's drop lies (it could be fetched with this seal), and
    LedgerUnavailable.
    """
    context = CommandContext.load()
    try:
        ledger = context.ledger
    except SettingsError as error:
        console.print(f"[yellow]It is not said who moves[/]: {escape(str(error))}", soft_wrap=True)
        return []
    lying = lying_by_recipient(ledger, context.today)
    return [move for each in recipients for move in moves_of(each.kbo, drop_place_of(each, from_environment), lying)]


def test_drop_command(options: Namespace) -> int:
    """Put invented persons on a recipient's host, by its own settings, seal and key; or remove them again."""
    context = CommandContext.load()
    recipient = settings_of(load_recipients(Path(context.settings.recipients)), Kbo(options.kbo))
    host = host_of(recipient, from_environment, context.settings, sending=not options.remove)
    if options.remove:
        removed = remove_test_drops(recipient, host)
        acknowledged = ", and it had been acknowledged" if any(name.endswith(".ACK") for name in removed) else ""
        console.print(f"{len(removed)} files of test drops were removed{acknowledged}", soft_wrap=True)
        return 0
    with context.scratch("test-drop") as scratch:
        stem = put_test_drop(recipient, host, sealed_signing_key(recipient, from_environment), scratch, context.now)
    console.print(f"{stem} is in {recipient.folder} of {host.endpoint}, with its GO file", soft_wrap=True)
    return 0
