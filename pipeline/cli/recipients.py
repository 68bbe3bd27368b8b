from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.core.settings import Settings


def seal(options: Namespace) -> int:
    """`seal`: show what would be bound together, ask, and write the seals beside recipients.toml; 1 when refused."""
    from pipeline.cli.output import confirmed, show_bindings
    from pipeline.core.connections import from_environment
    from pipeline.core.errors import SettingsError
    from pipeline.delivery.hosts import sealed
    from pipeline.delivery.recipients import load_recipients, seals_path, settings_of
    from pipeline.delivery.recipients_file import write_seals

    if bool(options.kbo) == options.all:
        raise SettingsError("name the recipients to seal by their KBO, or give --all")
    path = Path(Settings.load().recipients)
    known = load_recipients(path)
    found = sealed([settings_of(known, kbo) for kbo in dict.fromkeys(options.kbo or known)], from_environment)
    show_bindings([(binding, known[each.kbo].seal, each.seal) for each, binding in found.items()])
    if not options.yes and not confirmed(f"Seal {len(found)} in {seals_path(path)}? Each of them is as it was agreed"):
        raise SettingsError("nothing was sealed")
    write_seals(path, {each.kbo: each.seal for each in found})
    return 0


def test_drop(options: Namespace) -> int:
    """`test-drop`: invented persons on a recipient's host, its own settings, seal and key; or away again."""
    from pipeline.core.connections import from_environment
    from pipeline.core.model import Kbo
    from pipeline.core.staging import private_folder
    from pipeline.core.terminal import console
    from pipeline.delivery.hosts import host_of
    from pipeline.delivery.recipients import load_recipients, settings_of
    from pipeline.delivery.test_drop import put_test_drop, remove_test_drops

    settings = Settings.load()
    recipient = settings_of(load_recipients(Path(settings.recipients)), Kbo(options.kbo))
    host = host_of(recipient, from_environment, settings, sending=not options.remove)
    if options.remove:
        removed = remove_test_drops(recipient, host)
        acknowledged = ", and it had been acknowledged" if any(name.endswith(".ACK") for name in removed) else ""
        console.print(f"{len(removed)} files of test drops were removed{acknowledged}", soft_wrap=True)
        return 0
    with TemporaryDirectory(prefix="test-drop-", dir=private_folder(settings.staging_folder)) as scratch:
        stem = put_test_drop(recipient, host, Path(scratch), datetime.now(UTC))
    console.print(f"{stem} is in {recipient.folder} of {host.endpoint}, with its GO file", soft_wrap=True)
    return 0
