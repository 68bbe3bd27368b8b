"""A host that says OK and does nothing, or on which somebody is quick: looked at after each rename and each removal."""

import re
from pathlib import Path

import asyncssh
import pytest

from pipeline.core.errors import DeliveryTransient, FileTaken
from pipeline.demo.host import HostKeys
from tests.support.servers import faulty_host as faulty
from tests.support.servers.faulty_host import serving
from tests.support.servers.sftp_sites import NAME, Site, content, demo_site, file_of

GO = f"{NAME}.GO"


def saying(site: Site, act: str, source: Path) -> str:
    """The error of that act."""
    with site.host().open() as folder, pytest.raises(DeliveryTransient) as caught:
        if act == "remove":
            folder.remove(NAME)
        else:
            folder.put(source, act, "run")
    assert isinstance(caught.value, FileTaken) is ("gone already" in str(caught.value))
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "act", "words", "left"),
    [
        (faulty.SaysRenamed, NAME, f"says that it renamed {NAME}, and {NAME} is there with 77 bytes of 300;", [NAME]),
        (faulty.SaysRenamed, "new.csv", "says that it renamed new.csv, and new.csv is not there;", [NAME]),
        (faulty.SaysRenamedGo, GO, f"says that it renamed {GO}, and {GO} is not there;", [NAME]),
        (faulty.SaysRemoved, "remove", f"says that it removed {NAME}, and that is there still", [NAME]),
        (faulty.TakesAtOnce, "new.csv", "new.csv was renamed, and is gone already", [NAME]),
    ],
)
def test_what_a_host_says_is_looked_at(
    tmp_path: Path, demo_keys: HostKeys, kind: type[asyncssh.SFTPServer], act: str, words: str, left: list[str]
) -> None:
    with serving(tmp_path) as port, demo_site(tmp_path, demo_keys, port).host().open() as folder:
        folder.put(file_of(tmp_path, 77), NAME, "run")
    with serving(tmp_path, kind) as port:
        site = demo_site(tmp_path, demo_keys, port)
        text = saying(site, act, file_of(tmp_path, 300))
    assert words in text and re.search(": it is tried again", text)
    assert site.names() == left and (site.out / NAME).read_bytes() == content(77)


def test_a_host_that_answers_in_another_order_is_asked_again(tmp_path: Path, demo_keys: HostKeys) -> None:
    """The looks go out with the act: one that was answered first says nothing."""
    with serving(tmp_path, faulty.RenamesLate) as port:
        site = demo_site(tmp_path, demo_keys, port)
        with site.host().open() as folder:
            for size in (77, 300, 300):
                folder.put(file_of(tmp_path, size), NAME, "run")
                assert folder.sizes((NAME, GO)) == {NAME: size, GO: None}
            assert folder.remove(NAME) is True
            assert folder.remove(NAME) is False
    assert site.names() == []


def test_sizes_are_those_of_files_alone(site_with_odd_names: Site) -> None:
    """A link is none, wherever it leads: ProFTPD tells of one in a listing alone, with which each visit begins."""
    with site_with_odd_names.host().open() as folder:
        folder.remove_temporary()
        names = ("a.csv", "folder", "dangling", "missing", "linked")
        assert folder.sizes(names) == dict(zip(names, (77, None, None, None, None), strict=True))
        assert folder.sizes(()) == {} and all(folder.stat(name) == size for name, size in folder.sizes(names).items())


@pytest.fixture
def site_with_odd_names(any_site: Site) -> Site:
    (any_site.out / "a.csv").write_bytes(bytes(77))
    (any_site.out / "folder").mkdir()
    (any_site.out / "dangling").symlink_to("nowhere")
    (any_site.out / "linked").symlink_to("a.csv")
    return any_site
