"""SFTP failures in words that name the host and the remedy: transient, or refused until a person acts."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import paramiko
from paramiko.sftp import SFTP_NO_SUCH_FILE, SFTP_PERMISSION_DENIED
from paramiko.ssh_exception import IncompatiblePeer

from pipeline.core.errors import DeliveryRefused, DeliveryTransient
from pipeline.delivery.sftp.client import StatusError
from pipeline.delivery.sftp.limits import NO_SFTP, LimitReached

_REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (paramiko.BadHostKeyException, "shows another host key than the pinned one: ask the host's owner before all else"),
    (paramiko.AuthenticationException, "refuses our key: have the account made and our public key put on it"),
    (IncompatiblePeer, "has no algorithm in common with ours: ask its owner to update its SSH server"),
    (paramiko.SFTPError, f"{NO_SFTP}: have its SFTP subsystem restored"),
)
_STATUSES = {
    SFTP_NO_SUCH_FILE: "lacks the folder or file at {phase}: have the account's folder restored",
    SFTP_PERMISSION_DENIED: "denies permission at {phase}: have the account's rights restored",
}
_CUT_OFF = ("Authentication timeout", "transport shut down")
"""How paramiko words an authentication that was never answered."""


@contextmanager
def explained(where: str, phase: str, reached: Callable[[], LimitReached | None]) -> Iterator[None]:
    """Raises DeliveryTransient or DeliveryRefused for anything that paramiko or the network raises.

    `where` is account@host:port; `phase` names the step; `reached` gives the limit with which the connection ended:
    all else follows from it.
    """
    try:
        yield
    except (paramiko.SSHException, paramiko.SFTPError, EOFError, OSError) as error:
        limit = reached() or (error if isinstance(error, LimitReached) else None)
        if limit is not None:
            raise (DeliveryTransient if limit.passes else DeliveryRefused)(f"{where} {limit}") from None
        refusal = _refusal(error)
        if refusal is not None:
            raise DeliveryRefused(f"{where} {refusal.format(phase=phase)}") from None
        raise DeliveryTransient(f"{where} {_passing(error).format(phase=phase)}") from None


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
