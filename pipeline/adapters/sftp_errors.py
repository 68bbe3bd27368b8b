"""Which SFTP failure may pass by itself and which needs a person, in words that name the host and the remedy."""

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import paramiko

from pipeline.errors import DeliveryRefused, DeliveryTransient

_REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (paramiko.BadHostKeyException, "shows another host key than the pinned one: ask the host's owner before anything else"),
    (paramiko.AuthenticationException, "refuses our key: have the public key put on that account"),
    (paramiko.IncompatiblePeer, "has no algorithm in common with us: have its SSH server updated"),
)


@contextmanager
def explained(where: str, phase: Callable[[], str], late: Callable[[], bool]) -> Iterator[None]:
    """Raises DeliveryTransient or DeliveryRefused for anything that paramiko or the network raises.

    `where` is account@host:port; `phase` says what was being done; `late` whether the deadline passed.
    """
    try:
        yield
    except tuple(kind for kind, _ in _REFUSALS) as error:
        says = next(says for kind, says in _REFUSALS if isinstance(error, kind))
        raise DeliveryRefused(f"{where} {says}") from None
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise _of(error, where, phase(), late()) from None


def _of(error: Exception, where: str, phase: str, late: bool) -> DeliveryTransient | DeliveryRefused:
    number = getattr(error, "errno", None)
    if late:
        return DeliveryTransient(f"{where} took longer than the deadline at {phase}: it is tried again")
    if isinstance(error, paramiko.SSHException) and "not found in known_hosts" in str(error):
        return DeliveryRefused(f"{where} has no key of the pinned kind: check host_key in its connection")
    if isinstance(error, socket.gaierror):
        return DeliveryTransient(f"{where} has no address: check its name, or the name server")
    if number == errno.ENOENT:
        return DeliveryRefused(f"{where} lacks the folder or file at {phase}: have the account's folder restored")
    if number in (errno.EACCES, errno.EPERM) and not isinstance(error, ConnectionError):
        return DeliveryRefused(f"{where} denies permission at {phase}: have the account's rights restored")
    if number == errno.EIO:
        return DeliveryTransient(f"{where} answers Failure at {phase}, as when its disk is full: it is tried again")
    return DeliveryTransient(f"{where} does not answer at {phase} ({type(error).__name__}): it is tried again")
