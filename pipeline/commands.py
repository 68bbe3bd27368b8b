"""The commands behind `gegevensdeling`: each wires the steps to the environment and shows the outcome."""

import secrets
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.preview import Drops

NOTHING_COMPARED = 2
"""Exit code of `decide` without a decision on record: neither alike nor an alarm."""


def preview(options: Namespace) -> int:
    """`preview`: with --at decisions and counts; without it the drops as well."""
    from pipeline import preview as chain
    from pipeline.adapters.environment import from_environment
    from pipeline.answers.looked_up import looked_up
    from pipeline.look_up import What
    from pipeline.model import Moment
    from pipeline.terminal import show_preview

    settings, now = Settings.load(), datetime.now(UTC)
    if from_environment("ledger_db"):
        looked_up(What.PREVIEW, options.reason, now, from_environment)
    out = Path(options.out).absolute()
    drops = None if options.at else _drops(settings)
    summary = chain.preview(_agency(), Moment.of(options.at or now), now, settings, out, drops)
    show_preview(summary, out)
    return 0


def explain(options: Namespace) -> int:
    """`explain`: the gate's steps for one parent."""
    from pipeline.adapters.environment import from_environment
    from pipeline.adapters.staging import private_folder
    from pipeline.answers import explain as chain
    from pipeline.answers.looked_up import looked_up
    from pipeline.extract import extract
    from pipeline.look_up import What
    from pipeline.model import Moment
    from pipeline.terminal import show_explanation

    settings, now = Settings.load(), datetime.now(UTC)
    looked_up(What.EXPLAIN, options.reason, now, from_environment, options.parent)
    moment = Moment(options.at or now, options.known_at or options.at or now)
    with TemporaryDirectory(prefix="explain-", dir=private_folder(settings.staging_folder)) as scratch:
        snapshot = extract(_agency(), now, settings, Path(scratch) / "snapshot")
        explanation = chain.explain(options.parent, snapshot, moment, settings, Path(scratch) / "gate")
    show_explanation(explanation, moment)
    return 0


def seal(options: Namespace) -> int:
    """`seal`: show what would be bound together, ask, and write the seals into recipients.toml; 1 when refused."""
    from pipeline.adapters.environment import from_environment
    from pipeline.adapters.hosts import sealed
    from pipeline.errors import SettingsError
    from pipeline.recipients import load_recipients, settings_of
    from pipeline.recipients_file import write_seals
    from pipeline.terminal import confirmed, show_bindings

    if bool(options.kbo) == options.all:
        raise SettingsError("name the recipients to seal by their KBO, or give --all")
    path = Path(Settings.load().recipients)
    known = load_recipients(path)
    found = sealed([settings_of(known, kbo) for kbo in dict.fromkeys(options.kbo or known)], from_environment)
    show_bindings([(binding, known[each.kbo].seal, each.seal) for each, binding in found.items()])
    if not options.yes and not confirmed(f"Seal {len(found)} in {path}? Each of them is as it was agreed"):
        raise SettingsError("nothing was sealed")
    write_seals(path, {each.kbo: each.seal for each in found})
    return 0


def test_drop(options: Namespace) -> int:
    """`test-drop`: invented persons on a recipient's host, its own settings, seal and key; or away again."""
    from pipeline import trial
    from pipeline.adapters.environment import from_environment
    from pipeline.adapters.hosts import host_of
    from pipeline.adapters.staging import private_folder
    from pipeline.model import Kbo
    from pipeline.recipients import load_recipients, settings_of
    from pipeline.terminal import console

    settings = Settings.load()
    recipient = settings_of(load_recipients(Path(settings.recipients)), Kbo(options.kbo))
    host = host_of(recipient, from_environment, settings, sending=not options.remove)
    if options.remove:
        removed = trial.remove(recipient, host)
        acknowledged = ", and it had been acknowledged" if removed.acknowledged else ""
        console.print(f"{removed.files} files of test drops were removed{acknowledged}", soft_wrap=True)
        return 0
    with TemporaryDirectory(prefix="test-drop-", dir=private_folder(settings.staging_folder)) as scratch:
        stem = trial.put(recipient, host, Path(scratch), datetime.now(UTC))
    console.print(f"{stem} is in {recipient.folder} of {host.endpoint}, with its GO file", soft_wrap=True)
    return 0


def decide(options: Namespace) -> int:
    """`decide`: a past night decided again, beside what was decided then.

    0: all alike or explained; 1: a person must look; 2: nothing was on record to compare with.
    """
    from pipeline.adapters.environment import from_environment
    from pipeline.adapters.ledger_db import open_existing_ledger
    from pipeline.adapters.staging import private_folder
    from pipeline.answers.looked_up import looked_up
    from pipeline.connections import require
    from pipeline.look_up import What
    from pipeline.replay import again as chain
    from pipeline.replay.on_record import instant_of, nearest
    from pipeline.terminal import console, show_replay

    settings, now = Settings.load(), datetime.now(UTC)
    if options.out:
        looked_up(What.DECIDE, options.reason, now, from_environment)
    ledger = open_existing_ledger(require(from_environment, "ledger_db").database_uri)
    nights = ledger.decided_instants()
    at = instant_of(options.at, nights)
    with TemporaryDirectory(prefix="decide-", dir=private_folder(settings.staging_folder)) as scratch:
        asked = chain.Asked(at, options.known_at or at, now, settings, Path(scratch))
        replayed = chain.replay(_agency(), ledger.decisions(at), asked, from_environment)
    if options.out:
        chain.write_decisions(replayed, Path(options.out).absolute())
    show_replay(replayed)
    if replayed.comparison is None:
        console.print(f"No decisions are on record at that instant, so nothing was compared; {nearest(at, nights)}.")
        return NOTHING_COMPARED
    return 1 if replayed.alarms else 0


def synthesize(options: Namespace) -> int:
    """`synthesize`: a world in the agency's tables."""
    from pipeline.demo.show import show_world
    from pipeline.demo.world import synthesize as write
    from pipeline.terminal import counting

    with counting("Synthetic Flanders") as progress:
        world = write(options.out, options.seed, options.scale, options.as_of, options.advance, progress)
    show_world(world)
    return 0


def demo(options: Namespace) -> int:
    """`demo`: a night, end to end, on the embedded default."""
    from pipeline.demo.run import run

    return run(Path(options.home).absolute(), options.scale, options.fail)


def airflow(options: Namespace) -> int:
    """`airflow`: the same parts under `airflow standalone`, with its UI."""
    from pipeline.demo.standalone import run

    return run(Path(options.home).absolute(), options.scale, options.port)


def _agency() -> str:
    from pipeline.adapters.environment import from_environment
    from pipeline.connections import require

    return require(from_environment, "agency_db").database_uri


def _drops(settings: Settings) -> "Drops":
    """The recipients' settings where there are any, and the key for references, or one for this preview alone."""
    from pipeline.adapters.environment import from_environment
    from pipeline.night import reference_key
    from pipeline.preview import Drops
    from pipeline.recipients import load_recipients
    from pipeline.references import ReferenceKey

    path = Path(settings.recipients)
    known = from_environment("reference_key") is not None
    key = reference_key(from_environment) if known else ReferenceKey("preview", secrets.token_bytes(32))
    return Drops(load_recipients(path) if path.exists() else {}, key)
