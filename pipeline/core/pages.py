"""The pages of Data Docs and overviews, where a web server reads them: in a folder, or in the store of staging."""

import logging
from collections.abc import Iterator
from pathlib import Path

from pipeline.core.errors import PipelineError
from pipeline.core.object_store import ObjectStore
from pipeline.core.run import RunContext, folder_name
from pipeline.core.store_address import is_store

log = logging.getLogger(__name__)


def put_pages(context: RunContext) -> None:
    """What a task left of Data Docs, into their store; nothing waits for a page."""
    if not is_store(context.settings.data_docs) or not context.docs.is_dir():
        return
    try:
        if store := context.store("data_docs"):
            put_tree(store, folder_name(context.run), context.docs)
    except PipelineError as error:
        log.warning("no pages of this task: %s", error)


def put_tree(store: ObjectStore, name: str, folder: Path, last: str = "") -> None:
    """Every file of a folder, below `name`; the file `last` after all others. Raises StoreTransient, StoreRefused."""
    for path in sorted(_files(folder), key=lambda path: (path.name == last, path)):
        store.put(f"{name}/{path.relative_to(folder).as_posix()}", path)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
