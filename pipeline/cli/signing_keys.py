"""The commands `signing-key show` and `rotate`: the agency's keys that sign drops and notices."""

from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.markup import escape

from pipeline.answers.lookup import parse_reason
from pipeline.answers.lookup_log import os_user
from pipeline.cli.context import CommandContext
from pipeline.core.connections import from_environment
from pipeline.core.errors import SettingsError
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.core.terminal import console, new_table, show_table
from pipeline.delivery.recipients_file import load_recipients
from pipeline.delivery.seal import signing_key_in
from pipeline.delivery.signature import CONNECTIONS, SigningKey, allowed_signers_line, signing_keys
from pipeline.ledger.db.signing_keys import SigningKeyRecords
from pipeline.ledger.signing_keys import KeyAct, SigningKeyAct, SigningKeyHistory

RUN = "signing-key"
IN_USE, BEFORE = CONNECTIONS
_NEW_ONE = (
    f"make a new one (ssh-keygen -t ed25519 -N '' -f FILE), store the present one as connection {BEFORE} and the new "
    f"one as {IN_USE}, then run this again"
)
HOW_TO_MOVE = "give each its allowed_signers line below by another way than its folder, then run gegevensdeling seal"


def show_signing_keys_command(_options: Namespace) -> int:
    """Each key that is held, on record, or named by a seal; then the lines for the recipients."""
    context = CommandContext.load()
    held, history = signing_keys(from_environment), _history(context)
    sealed_to = recipients_by_key(context)
    where = {key.fingerprint: name for key, name in zip(held, CONNECTIONS, strict=False)}
    table = new_table("Signing keys", ("fingerprint", "connection", "on record", "recipients sealed to it"), ())
    for fingerprint in dict.fromkeys((*where, *history.public_lines, *sealed_to)):
        recipients = " ".join(sealed_to.get(fingerprint, ()))
        table.add_row(
            fingerprint, where.get(fingerprint, "not held"), escape(_standing(history, fingerprint)), recipients
        )
    show_table(table)
    _show_allowed_signers(key for key in held if history.end_of(key.fingerprint) is None)
    return 0


def rotate_signing_key_command(options: Namespace) -> int:
    """Put the new key on record beside the one before; with `--end`, end the one before."""
    context, reason = CommandContext.load(), parse_reason(options.reason)
    records = SigningKeyRecords(context.anchored_ledger(RUN).engine)
    held, history = signing_keys(from_environment), records.history()
    if options.end:
        return _end(context, records, held[0], reason)
    new = held[0]
    history.require_usable(new.fingerprint)
    if history.of(new.fingerprint) and len(held) == 1:
        raise SettingsError(f"connection {IN_USE} holds {new.fingerprint}, which is in use already: {_NEW_ONE}")
    _require_held(context, held)
    if not history.of(new.fingerprint):
        records.record(key_act(context, new.fingerprint, new.public_line, KeyAct.USE, reason))
    console.print(f"{new.fingerprint} is on record beside the one before.", soft_wrap=True)
    others = {key: recipients for key, recipients in recipients_by_key(context).items() if key != new.fingerprint}
    show_who_moves([kbo for recipients in others.values() for kbo in recipients])
    _show_allowed_signers(held)
    return 0


def _end(context: CommandContext, records: SigningKeyRecords, new: SigningKey, reason: str) -> int:
    history, sealed_to = records.history(), recipients_by_key(context)
    older = [key for key in history.usable() if key != new.fingerprint]
    if not older or not history.of(new.fingerprint):
        raise SettingsError("no key before the one in use is on record: nothing was ended")
    for fingerprint in older:
        if recipients := sealed_to.get(fingerprint):
            raise SettingsError(
                f"{len(recipients)} recipients are sealed to {fingerprint}, so it was not ended: {HOW_TO_MOVE} "
                f"{' '.join(recipients)}"
            )
    for fingerprint in older:
        records.record(key_act(context, fingerprint, history.public_lines[fingerprint], KeyAct.END, reason))
        console.print(
            f"{fingerprint} is ended, on record: it signs no more. Remove connection {BEFORE} from the secrets "
            "backend, and destroy the key. Recipients keep its line for as long as they keep what it signed.",
            soft_wrap=True,
        )
    return 0


def key_act(context: CommandContext, fingerprint: str, public_line: str, act: KeyAct, reason: str) -> SigningKeyAct:
    return SigningKeyAct(fingerprint, public_line, act, context.now, os_user(), reason)


def _history(context: CommandContext) -> SigningKeyHistory:
    """Before the first night nothing is on record."""
    return SigningKeyRecords(context.ledger.engine).history() if context.has_ledger else SigningKeyHistory()


def recipients_by_key(context: CommandContext) -> dict[str, list[Kbo]]:
    """The recipients by the key that their seals name."""
    found: dict[str, list[Kbo]] = {}
    for kbo, recipient in load_recipients(Path(context.settings.recipients)).items():
        if fingerprint := signing_key_in(recipient.seal):
            found.setdefault(fingerprint, []).append(kbo)
    return found


def _require_held(context: CommandContext, held: Sequence[SigningKey]) -> None:
    """Raises SettingsError when the rotation would leave recipients whose key is not to be had."""
    for fingerprint, recipients in recipients_by_key(context).items():
        if fingerprint not in {key.fingerprint for key in held}:
            raise SettingsError(
                f"{len(recipients)} recipients are sealed to {fingerprint}, which the secrets backend does not hold: "
                f"store it as connection {BEFORE} until each of them is sealed to the new one; nothing was recorded"
            )


def _standing(history: SigningKeyHistory, fingerprint: str) -> str:
    acts = history.of(fingerprint)
    if not acts:
        return "not yet"
    if end := history.end_of(fingerprint):
        since = history.revoked.get(fingerprint)
        return f"{end.act} {local_day(end.at)} by {end.decided_by or end.who}" + (f", since {since}" if since else "")
    return f"in use since {local_day(acts[0].at)}"


def _show_allowed_signers(keys: Iterable[SigningKey]) -> None:
    console.print("For the recipients' allowed_signers:")
    for key in keys:
        console.print(escape(allowed_signers_line(key.public_line)), soft_wrap=True, highlight=False)


def show_who_moves(recipients: Sequence[Kbo]) -> None:
    """What remains to be done before the key of before can end."""
    if recipients:
        console.print(
            f"{len(recipients)} recipients are to be moved: {HOW_TO_MOVE} {' '.join(recipients)}", soft_wrap=True
        )
    else:
        console.print("No recipient is sealed to another key.", soft_wrap=True)
