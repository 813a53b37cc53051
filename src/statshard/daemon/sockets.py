"""Sockets: opened, or refused with what to do; and the limit on their number."""

import contextlib
import errno
import resource
import socket

from statshard.errors import SocketError


def open_socket(family: socket.AddressFamily) -> socket.socket:
    """Return a non-blocking UDP socket. Raises SocketError where none is to be had."""
    try:
        return socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    except OSError as fault:
        if fault.errno not in (errno.EMFILE, errno.ENFILE):
            raise SocketError(f"cannot open a socket ({fault.strerror})") from fault
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        raise SocketError(
            f"cannot open a socket ({fault.strerror}): this process may have {limit} "
            "descriptors, and each worker needs one for each listener and backend; "
            "raise the limit (`ulimit -Hn`, systemd: LimitNOFILE=), "
            "or take fewer --workers"
        ) from fault


def raise_descriptor_limit() -> None:
    """Raise the soft limit on descriptors to the hard one (getrlimit(2)).

    The soft one is 1024 on most hosts, for the sake of programs that use select(2).
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
