"""What Airflow's web server shows of overviews and Data Docs, from their folder or from the store of staging."""

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fastapi import HTTPException
from fastapi.responses import FileResponse, Response

from pipeline.airflow.context import connection
from pipeline.answers.overview.editions import FILE, file_of, newest_overview
from pipeline.answers.overview.store_editions import file_in, newest_overview_in
from pipeline.core.errors import ObjectGone, PipelineError
from pipeline.core.object_store import ObjectStore, store_of
from pipeline.core.settings import Settings

_NOT_NOW = "The store of staging cannot be read now: see staging_store in the deployment guide."


@dataclass(frozen=True)
class ShownOverview:
    """One overview: its name, its files, and the bytes of its summary."""

    name: str
    files: Sequence[str]
    summary: bytes


class Editions(Protocol):
    """The overviews."""

    def newest(self) -> ShownOverview | None:
        """None without one."""

    def file(self, overview: str, name: str) -> Path | bytes | None:
        """None where there is no such file."""


@dataclass(frozen=True)
class FolderEditions:
    """In the folder of OVERVIEWS."""

    root: Path

    def newest(self) -> ShownOverview | None:
        folder = newest_overview(self.root)
        if folder is None:
            return None
        return ShownOverview(folder.name, [one.name for one in folder.iterdir()], (folder / FILE).read_bytes())

    def file(self, overview: str, name: str) -> Path | bytes | None:
        return file_of(self.root, overview, name)


@dataclass(frozen=True)
class StoreEditions:
    """In the store of staging, which is opened at each request: its keys may change."""

    settings: Settings

    def newest(self) -> ShownOverview | None:
        """None also for a store that does not answer: the page shows the rest."""
        try:
            store = self._store()
            found = newest_overview_in(store)
            return ShownOverview(*found, store.get(f"{found[0]}/{FILE}")) if found else None
        except PipelineError:
            return None

    def file(self, overview: str, name: str) -> Path | bytes | None:
        try:
            return file_in(self._store(), overview, name)
        except ObjectGone:
            return None
        except PipelineError:
            raise HTTPException(503, _NOT_NOW) from None

    def _store(self) -> ObjectStore:
        store = store_of(self.settings, "overviews", connection)
        assert store is not None  # noqa: S101 - `editions_of` makes this for a store alone
        return store


def editions_of(settings: Settings) -> Editions:
    if settings.overviews.startswith("s3://"):
        return StoreEditions(settings)
    return FolderEditions(Path(settings.overviews).absolute())


def answer_with(found: Path | bytes, name: str, headers: Mapping[str, str], media_type: str, kept: str) -> Response:
    """`kept`: inline or attachment."""
    if isinstance(found, Path):
        return FileResponse(found, 200, headers, media_type, filename=name, content_disposition_type=kept)
    said = {"Content-Disposition": f'{kept}; filename="{name}"'}
    return Response(found, 200, {**headers, **said}, media_type)


def docs_page(settings: Settings, run: str, page: str, headers: Mapping[str, str]) -> Response:
    """One page of a run's Data Docs in the store."""
    parts = page.split("/")
    try:
        store = store_of(settings, "data_docs", connection)
        if store is None or any(part in ("", ".", "..") for part in parts):
            raise HTTPException(404, "This run has no such page of Data Docs.")
        content = store.get(f"{run}/{page}")
    except ObjectGone:
        raise HTTPException(404, "This run has no such page of Data Docs.") from None
    except PipelineError:
        raise HTTPException(503, _NOT_NOW) from None
    return Response(content, 200, dict(headers), mimetypes.guess_type(page)[0] or "application/octet-stream")
