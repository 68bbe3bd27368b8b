"""The checked client against a host that answers in any order: the same bytes as a plain write, or an error."""

import hashlib
import io
import itertools
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paramiko import SFTPError

from pipeline.core.errors import DeliveryRefused
from pipeline.delivery.sftp.client import BLOCK, UNDER_WAY, CheckedClient, StatusError
from pipeline.delivery.sftp.errors import explained
from pipeline.delivery.sftp.limits import HostLimits, HostWatch, LimitReached
from tests.support.servers.sftp_sites import content
from tests.support.servers.unruly_host import page_of, unruly

blocks = st.sampled_from([0, 1, 2, 3, UNDER_WAY - 1, UNDER_WAY, UNDER_WAY + 1, 3 * UNDER_WAY])
sizes = st.builds(lambda count, more: max(0, count * BLOCK + more), blocks, st.sampled_from([-1, 0, 1, 17, BLOCK // 2]))
MOST = HostLimits().names
seeds, patience = st.integers(0, 2**32), st.sampled_from([1, 2, 5, UNDER_WAY])


def plain_write(client: CheckedClient, data: bytes) -> None:
    """The reference: paramiko's own, one write of at most 32,000 bytes at a time, each answered before the next."""
    with client.open("/plain", "wb") as remote:
        for start in range(0, len(data), BLOCK):
            remote.write(data[start : start + BLOCK])


@settings(max_examples=60, deadline=None)
@given(sizes, seeds, patience)
def test_what_is_written_and_read_back_is_what_was_sent(size: int, seed: int, patience: int) -> None:
    data = content(size)
    with unruly(seed, patience) as (client, host):
        assert client.write_new(io.BytesIO(data), "/x", 0o640) == []
        written = bytes(host.file)
        assert client.sha256("/x") == hashlib.sha256(data).hexdigest()
        assert host.most_waiting <= UNDER_WAY + 1
        host.file.clear()
        plain_write(client, data)
        assert bytes(host.file) == written == data


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3 * UNDER_WAY), st.integers(1, 3 * UNDER_WAY), seeds, patience)
def test_no_refused_write_goes_unnoticed(blocks: int, refused: int, seed: int, patience: int) -> None:
    """Whichever it is; afterwards the connection is sound."""
    refused = min(refused, blocks)
    with unruly(seed, patience, refused) as (client, host):
        with pytest.raises(StatusError):
            client.write_new(io.BytesIO(content(blocks * BLOCK)), "/x", 0o640)
        assert host.writes <= refused + UNDER_WAY + patience, "what comes after it need not be sent"
        host.file.clear()
        assert client.write_new(io.BytesIO(b"again"), "/x", 0o640) == []
        assert bytes(host.file) == b"again"


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 70 * BLOCK), st.integers(1, 70 * BLOCK), seeds, patience)
def test_a_changed_file_reads_back_as_another(size: int, at: int, seed: int, patience: int) -> None:
    data, at = content(size), min(at, size) - 1
    with unruly(seed, patience) as (client, host):
        client.write_new(io.BytesIO(data), "/x", 0o640)
        host.file[at] ^= 1
        assert client.sha256("/x") != hashlib.sha256(data).hexdigest()
        host.file[at] ^= 1
        del host.file[at:]
        assert client.sha256("/x") == hashlib.sha256(data[:at]).hexdigest()


def test_a_window_is_kept_full() -> None:
    """64 requests under way, or a distant host would be slow."""
    with unruly(1, UNDER_WAY) as (client, host):
        client.write_new(io.BytesIO(content(10 * UNDER_WAY * BLOCK)), "/x", 0o640)
        assert host.most_waiting == UNDER_WAY


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.binary(max_size=40), min_size=1, max_size=20), max_size=5), seeds)
def test_a_listing_gives_every_name_of_every_page(pages: list[list[bytes]], seed: int) -> None:
    with unruly(seed, patience=1) as (client, host):
        host.pages = iter([page_of(names) for names in pages])
        assert client.names("/out") == [name.decode(errors="replace") for names in pages for name in names]


@pytest.mark.parametrize("claimed", [0, 2, 3, 1000, 2**32 - 1])
def test_a_page_that_claims_other_names_than_it_has_ends_the_listing(claimed: int) -> None:
    """Four billion names in 20 bytes: a client that believes it never ends; nor does one that takes empty pages."""
    with unruly(1, patience=1) as (client, host):
        host.pages = itertools.repeat(page_of([b"x"], claimed))
        with pytest.raises(SFTPError, match="does not hold as many names"):
            client.names("/out")


def test_a_folder_without_end_is_refused_and_bounded() -> None:
    page = page_of([b"x"] * 1000)
    with unruly(1, patience=1) as (client, host):
        host.pages = itertools.repeat(page)
        with pytest.raises(LimitReached, match="holds more than 100,000 files in our folder"):
            client.names("/out")
        host.pages = iter([page] * (MOST // 1000))
        assert len(client.names("/out")) == MOST
    with (
        pytest.raises(DeliveryRefused, match="holds more than 100,000 files in our folder"),
        explained("gent@host:22", "listing the folder", lambda: None),
    ):
        HostWatch(HostLimits()).reach(f"holds more than {MOST:,} files in our folder", "have it emptied", ends=False)


EXTENDED = 1 << 31
EVERY_FIELD = struct.pack(">IQIIIII", 0b1111 | EXTENDED, 7, 1, 2, 0o100640, 3, 4)
"""Flags, size, owner, group, mode and times; a count of extended attributes follows."""
ONE_MORE = struct.pack(">I", 1) + b"a" + struct.pack(">I", 2) + b"bc"
READS: dict[str, Callable[[CheckedClient], object]] = {
    "stat": lambda client: client.stat("/x"),
    "fstat": lambda client: client.sha256("/x"),
    "listing": lambda client: client.names("/out"),
}


@pytest.mark.parametrize("claimed", [1, 1000, 2**32 - 1])
@pytest.mark.parametrize("fields", [struct.pack(">I", EXTENDED), EVERY_FIELD], ids=["alone", "after the others"])
@pytest.mark.parametrize("read", READS)
def test_attributes_that_claim_to_be_more_than_they_are_are_not_waited_for(
    read: str, fields: bytes, claimed: int
) -> None:
    """The same claim as a page's: paramiko would read four billion attributes out of nothing."""
    with unruly(1, patience=1) as (client, host):
        host.attributes = fields + struct.pack(">I", claimed)
        host.pages = iter([page_of([b"x"], attributes=host.attributes)])
        with pytest.raises(SFTPError, match="not as many as they say"):
            READS[read](client)


def test_extended_attributes_are_read_past() -> None:
    told = EVERY_FIELD + struct.pack(">I", 2) + 2 * ONE_MORE
    with unruly(1, patience=1) as (client, host):
        host.attributes = told
        assert (client.stat("/x").st_size, client.stat("/x").st_mode) == (7, 0o100640)
        host.pages = iter([page_of([b"one", b"two"], attributes=told)])
        assert client.names("/out") == ["one", "two"]
