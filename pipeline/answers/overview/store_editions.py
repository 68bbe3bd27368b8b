"""Overviews in an object store, as `editions` has them in folders: one is complete once its summary is there."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from pipeline.answers.overview.editions import FILE, FORM, NAME
from pipeline.core.object_store import ObjectStore

Editions = dict[str, list[str]]


def newest_overview_in(store: ObjectStore) -> tuple[str, Sequence[str]] | None:
    """The name of the newest complete overview and of its files; None without one."""
    whole = {name: files for name, files in _editions(store).items() if FILE in files}
    return max(whole.items(), default=None)


def file_in(store: ObjectStore, overview: str, name: str) -> bytes | None:
    """One file of one overview; None without such a file."""
    if not NAME.fullmatch(overview) or name not in _editions(store, f"{overview}/").get(overview, ()):
        return None
    return store.get(f"{overview}/{name}")


def purge_overviews_in(store: ObjectStore, before: datetime) -> None:
    """As `purge_overviews`."""
    editions = _editions(store)
    for name in sorted(editions)[:-1]:
        is_whole = FILE in editions[name]
        if datetime.strptime(name, FORM).replace(tzinfo=UTC) < before or not is_whole:
            store.remove(f"{name}/{file}" for file in editions[name])


def _editions(store: ObjectStore, prefix: str = "") -> Editions:
    found: Editions = defaultdict(list)
    for entry in store.entries(prefix):
        name, _, file = entry.key.partition("/")
        if NAME.fullmatch(name) and file and "/" not in file:
            found[name].append(file)
    return found
