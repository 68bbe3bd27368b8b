"""A link by a name of ours leads where its maker wants: it is never read as ours, nor written through."""

from pathlib import Path

import pytest

from pipeline.core.errors import NameTaken
from pipeline.delivery.ports import EntryKind
from pipeline.delivery.sftp.folder import SftpFolder
from tests.support.odd_entries import NO_FILES, OUTSIDE, remove
from tests.support.servers.sftp_sites import NAME, Site, file_of

PART = f".{NAME}.0123456789ab.part"


@pytest.mark.parametrize("what", NO_FILES)
def test_what_is_no_file_is_neither_read_nor_written_through(any_site: Site, tmp_path: Path, what: str) -> None:
    """It gives way, but for a folder; a link too that leads to the very bytes. Under a part file's name it goes."""
    make, kind = NO_FILES[what]
    source, site, outside = file_of(tmp_path, 1000), any_site, any_site.out.parent / OUTSIDE
    for name in (NAME, PART):
        make(site.out / name)
    before = outside.exists() and outside.write_bytes(source.read_bytes())
    with site.host().open() as folder:
        assert set(folder.names()) == {NAME, PART}
        assert (folder.kind(NAME), folder.stat(NAME), folder.sha256(NAME)) == (kind, None, None)
        assert not folder.is_begun(NAME) and (kind is not EntryKind.FOLDER) == _is_put(folder, source)
        folder.remove_temporary()
    if kind is not EntryKind.FOLDER:
        assert (site.out / NAME).read_bytes() == source.read_bytes() and not (site.out / NAME).is_symlink()
    else:
        assert (site.out / NAME).is_dir() and (site.out / PART).is_dir(), "not ours to take away"
    for name in site.names():
        remove(site.out / name)
    if before:
        assert outside.read_bytes() == source.read_bytes() and outside.stat().st_nlink == 1
        outside.unlink()


def _is_put(folder: SftpFolder, source: Path) -> bool:
    try:
        folder.put(source, NAME, "run")
    except NameTaken:
        return False
    return folder.stat(NAME) == 1000 and folder.kind(NAME) is EntryKind.FILE
