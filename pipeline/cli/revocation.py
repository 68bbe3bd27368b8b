"""The command `signing-key revoke`: a key is in others' hands."""

from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.markup import escape

from pipeline.answers.lookup import parse_reason
from pipeline.cli.context import CommandContext
from pipeline.cli.output import confirmed
from pipeline.cli.signing_keys import IN_USE, RUN, key_act, recipients_by_key, show_who_moves
from pipeline.core.connections import from_environment
from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.core.staging import private_folder, writing
from pipeline.core.terminal import console, new_table, show_table
from pipeline.delivery.recipients_file import load_recipients
from pipeline.delivery.revocation_list import SignedItem, revocation_list, signed_drops, signed_notices
from pipeline.delivery.signature import signing_keys
from pipeline.ledger.db.signing_keys import SigningKeyRecords
from pipeline.ledger.signing_keys import KeyAct, SigningKeyAct, SigningKeyHistory


def revoke_signing_key_command(options: Namespace) -> int:
    """On record first, so that nothing is signed with it any more; then who got what since, and the lists."""
    context, reason, by = CommandContext.load(), parse_reason(options.reason), _name(options.by)
    records = SigningKeyRecords(context.ledger_of_ours(RUN).engine)
    fingerprint, since = options.fingerprint, options.since
    if since > context.now:
        raise SettingsError(f"--since {since.isoformat()} is yet to come: give the instant from which it may be stolen")
    public_line = _public_line(records.history(), fingerprint)
    if not options.yes and not confirmed(f"Revoke {fingerprint} for good? Nothing is signed with it ever again"):
        raise SettingsError("nothing was revoked")
    before = records.history().revoked.get(fingerprint)
    if before is None or since < before:
        act = key_act(context, fingerprint, public_line, KeyAct.REVOKE, reason)
        records.record(SigningKeyAct(**{**vars(act), "decided_by": by, "since": since}))
    history, items = records.history(), _signed(context)
    _show_suspects(fingerprint, history, items)
    _write_lists(context, history, items, Path(options.out))
    console.print(
        f"Remove {fingerprint} from the secrets backend, and store another key as connection {IN_USE}.", soft_wrap=True
    )
    show_who_moves(recipients_by_key(context).get(fingerprint, ()))
    return 0


def _name(text: str) -> str:
    name = text.strip()
    if not name or not name.isprintable() or len(name) > 100:
        raise SettingsError("--by is the name of who decided this, in at most 100 characters")
    return name


def _public_line(history: SigningKeyHistory, fingerprint: str) -> str:
    """On record; of a key that never signed, from the secrets backend. Raises SettingsError."""
    if fingerprint in history.public_lines:
        return history.public_lines[fingerprint]
    found = [key.public_line for key in signing_keys(from_environment) if key.fingerprint == fingerprint]
    if not found:
        raise SettingsError(f"{fingerprint} is neither on record nor in the secrets backend: see signing-key show")
    return found[0]


def _signed(context: CommandContext) -> list[SignedItem]:
    """What the ledger has of every recipient, signed with any key."""
    items: list[SignedItem] = []
    for kbo in context.ledger.recipients():
        records = context.ledger.recipient(kbo)
        items += signed_drops(records.delivery_state(context.today).drops)
        items += signed_notices(records.notices())
    return items


def _show_suspects(fingerprint: str, history: SigningKeyHistory, items: Iterable[SignedItem]) -> None:
    since = history.revoked[fingerprint]
    console.print(f"{fingerprint} is revoked, on record, since {since}: it signs nothing any more.", soft_wrap=True)
    table = new_table("Signed with it since: suspect", ("recipient", "drop or notice", "counted at"), ())
    for item in items:
        if item.signed_by == fingerprint and not item.is_ours(since):
            table.add_row(item.kbo, item.stem, str(item.counted_at or "not known to count"))
    show_table(table)


def _write_lists(
    context: CommandContext, history: SigningKeyHistory, items: Sequence[SignedItem], folder: Path
) -> None:
    """One for each recipient in the settings or in the ledger."""
    private_folder(folder)
    by_recipient: Mapping[Kbo, list[SignedItem]] = {
        kbo: [item for item in items if item.kbo == kbo]
        for kbo in sorted({*load_recipients(Path(context.settings.recipients)), *context.ledger.recipients()})
    }
    for kbo, theirs in by_recipient.items():
        with writing(folder / f"ingetrokken_{kbo}.txt") as part:
            part.write_text(revocation_list(kbo, history, theirs, context.now), encoding="utf-8")
    console.print(
        f"{len(by_recipient)} revocation lists are in {escape(str(folder))}: give each recipient its own, by another "
        "way than its folder.",
        soft_wrap=True,
    )
