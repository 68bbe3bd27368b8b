"""Each limit on what a host may ask of us: so much may be, and one more is refused with the phase and the limit."""

import struct
import time
from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from paramiko import Channel, SFTPError
from paramiko.common import MSG_IGNORE, MSG_KEXINIT
from paramiko.message import Message

from pipeline.core.errors import DeliveryRefused, DeliveryTransient
from pipeline.delivery.sftp.claims import AnswerReader, Listing, attributes_of
from pipeline.delivery.sftp.errors import explained
from pipeline.delivery.sftp.limits import HostLimits, HostWatch, LimitReached
from pipeline.delivery.sftp.transport import BoundedTransport
from tests.support.servers.unruly_host import page_of

FEW = HostLimits(**{field.name: 10 for field in fields(HostLimits)})


def watching(limits: HostLimits = FEW, seconds: float = 60) -> HostWatch:
    watch = HostWatch(limits)
    watch.begin("listing the folder", seconds)
    return watch


def listed(watch: HostWatch, pages: int, names: int = 1, length: int = 1) -> None:
    listing = Listing(watch)
    for _ in range(pages):
        listing.add(AnswerReader(page_of([b"x" * length] * names)))


ROOM = replace(FEW, listing_bytes=10_000)
REACHED: dict[str, tuple[Callable[[HostWatch], object], Callable[[HostWatch], object], str]] = {
    "names": (lambda w: listed(w, 2, 5), lambda w: listed(w, 2, 6), "holds more than 10 files in our folder"),
    "pages": (lambda w: listed(w, 10), lambda w: listed(w, 11), "a listing of more than 10 pages"),
    "name": (lambda w: listed(w, 1, 1, 10), lambda w: listed(w, 1, 1, 11), "a name of more than 10 bytes"),
    "packets": (
        lambda w: [w.packet(MSG_IGNORE) for _ in range(10)],
        lambda w: [w.packet(MSG_IGNORE) for _ in range(11)],
        "more than 10 packets without an answer",
    ),
    "keys": (
        lambda w: [(w.packet(MSG_KEXINIT), w.progress()) for _ in range(10)],
        lambda w: [(w.packet(MSG_KEXINIT), w.progress()) for _ in range(11)],
        "asks for new keys more than 10 times",
    ),
}


@pytest.mark.parametrize("name", REACHED)
def test_so_much_may_be_and_one_more_is_refused(name: str) -> None:
    may, may_not, words = REACHED[name]
    may(watching(ROOM))
    with pytest.raises(LimitReached, match=f"{words} at listing the folder: have "):
        may_not(watching(ROOM))


def test_a_listing_has_a_length_in_bytes_too() -> None:
    with pytest.raises(LimitReached, match="a listing of more than 10 bytes at listing the folder"):
        listed(watching(), 1)


def test_an_answer_is_waited_for_so_long_and_each_answer_anew() -> None:
    watch = watching(seconds=60)
    watch.look()
    watch.begin("reading back x", 0)
    time.sleep(0.001)
    with pytest.raises(LimitReached, match="does not answer at reading back x within 0 s: it is tried again"):
        watch.look()
    watch.end()
    watch.look()


def test_bytes_beyond_the_window_are_not_kept() -> None:
    """paramiko keeps all of them."""
    take = BoundedTransport._channel_handler_table[94]

    class Carrier:
        watch = watching()

    channel = Channel(1)
    channel.transport = Carrier()
    channel.in_window_size = 100
    piece = Message()
    piece.add_string(b"x" * 60)
    take(channel, Message(piece.asbytes()))
    with pytest.raises(LimitReached, match="sends more than the 100 bytes that it may at listing the folder"):
        take(channel, Message(piece.asbytes()))
    assert len(channel.in_buffer) == 60


@pytest.mark.parametrize("cut", range(28))
def test_attributes_that_are_cut_short_are_refused(cut: int) -> None:
    """paramiko fills them up with zeros."""
    whole = struct.pack(">IQIIII", 0b1011, 7, 1, 2, 3, 4)
    assert attributes_of(AnswerReader(whole)).st_size == 7
    with pytest.raises(SFTPError, match="shorter than it says"):
        attributes_of(AnswerReader(whole[:cut]))


def test_what_ends_the_connection_explains_all_that_follows() -> None:
    watch = watching()
    with pytest.raises(LimitReached):
        watch.at_most(11, 10, "sends an answer of more than {most} bytes", ends=True)
    refused = "gent@h:22 sends an answer of more than 10 bytes at listing the folder: have its SFTP server looked at"
    with pytest.raises(DeliveryRefused, match=refused), explained("gent@h:22", "removing x", lambda: watch.reached):
        raise OSError("Socket is closed")


def test_what_does_not_end_it_explains_itself_alone() -> None:
    watch = watching(ROOM)
    with pytest.raises(DeliveryRefused, match="holds more than"), explained("h", "listing", lambda: watch.reached):
        listed(watch, 2, 6)
    with pytest.raises(DeliveryTransient, match="does not answer"), explained("h", "x", lambda: watch.reached):
        raise OSError("Socket is closed")
