"""SFTP failures in words that name the host and the remedy: transient, or refused until a person acts."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import paramiko
from paramiko.sftp import SFTP_NO_SUCH_FILE, SFTP_PERMISSION_DENIED
from paramiko.ssh_exception import IncompatiblePeer

from pipeline.core.errors import DeliveryRefused, DeliveryTransient
from pipeline.delivery.sftp.claims import MOST_NAMES, FolderTooFull
from pipeline.delivery.sftp.client import StatusError

_REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (paramiko.BadHostKeyException, "shows another host key than the pinned one: ask the host's owner before all else"),
    (paramiko.AuthenticationException, "refuses our key: have the account made and our public key put on it"),
    (IncompatiblePeer, "has no algorithm in common with ours: ask its owner to update its SSH server"),
    (FolderTooFull, f"holds more than {MOST_NAMES:,} files in our folder: have what is not ours moved elsewhere"),
    (paramiko.SFTPError, "does not speak SFTP on this account: have its SFTP subsystem restored"),
)
_STATUSES = {
    SFTP_NO_SUCH_FILE: "lacks the folder or file at {phase}: have the account's folder restored",
    SFTP_PERMISSION_DENIED: "denies permission at {phase}: have the account's rights restored",
}
_CUT_OFF = ("Authentication timeout", "transport shut down")
"""How paramiko words an authentication that was never answered."""


@contextmanager
def explained(where: str, phase: str, late: Callable[[], bool]) -> Iterator[None]:
    """Raises DeliveryTransient or DeliveryRefused for anything that paramiko or the network raises.

    `where` is account@host:port; `phase` names the step; `late` tells whether the deadline passed.
    """
    try:
        yield
    except (paramiko.SSHException, paramiko.SFTPError, EOFError, OSError) as error:
        refusal = None if late() else _refusal(error)
        if refusal is not None:
            raise DeliveryRefused(f"{where} {refusal.format(phase=phase)}") from None
        why = "took longer than the deadline at {phase}: it is tried again" if late() else _passing(error)
        raise DeliveryTransient(f"{where} {why.format(phase=phase)}") from None


def _refusal(error: Exception) -> str | None:
    """The sentence for a failure that needs a person, or None for a transient failure."""
    if isinstance(error, StatusError):
        return _STATUSES.get(error.code)
    if any(words in str(error) for words in _CUT_OFF):
        return None
    return next((says for kind, says in _REFUSALS if isinstance(error, kind)), None)


def _passing(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "has no address: it is tried again; check its name, or the name server, when this stays"
    if isinstance(error, StatusError):
        return "answers Failure at {phase}: it is tried again; have its disk space looked at when this stays"
    return f"does not answer at {{phase}} ({type(error).__name__}): it is tried again"
