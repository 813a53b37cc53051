"""Ports: the sockets of a load, those that send and those that receive.

Owns nothing: the caller closes what it is given (an ExitStack).
"""

import contextlib
import socket
from collections.abc import Sequence
from typing import Any

from statshard.errors import SettingsError, SocketError
from statshard.settings.addresses import Listen

SO_RCVBUFFORCE = 33  # <asm-generic/socket.h>; Python has no name for it
SO_TIMESTAMPNS = 35  # likewise; each datagram comes with its time of arrival
RECEIVE_BUFFER = 32 << 20  # bytes, asked of the kernel
SEND_BUFFER = 4 << 20

Address = tuple[Any, ...]  # Any: str or int, by the place, as the socket module has it


def open_senders(
    stack: contextlib.ExitStack, target: Listen, count: int
) -> list[socket.socket]:
    """Return so many connected, non-blocking sockets.

    Raises SettingsError where the name does not resolve, SocketError where there is no
    way to it.
    """
    family, address = _resolve("--target", target.url, target.host, target.port)
    senders = []
    for _ in range(count):
        sender = _open(stack, family)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        try:
            sender.connect(address)
        except OSError as fault:
            raise SocketError(
                f"--target {target.url!r}: no way to it ({fault.strerror})"
            ) from fault
        senders.append(sender)
    return senders


def open_ports(
    stack: contextlib.ExitStack, addresses: Sequence[tuple[str, int]]
) -> list[socket.socket]:
    """Return a bound, non-blocking socket for each address.

    Raises SettingsError where a name does not resolve, SocketError where an address
    cannot be bound.
    """
    ports = []
    for host, number in addresses:
        shown = f"{host}:{number}"
        family, address = _resolve("--receive", shown, host, number)
        port = _open(stack, family)
        try:
            port.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        except PermissionError:
            port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        port.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        try:
            port.bind(address)
        except OSError as fault:
            raise SocketError(
                f"--receive {shown!r}: {fault.strerror}; choose a port of this host "
                "that is free"
            ) from fault
        ports.append(port)
    return ports


def is_here(target: Listen) -> bool:
    """Tell whether an address is one of this host's own."""
    family, address = _resolve("--target", target.url, target.host, target.port)
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address[0], 0, *address[2:]))
        except OSError:
            return False
    return True


def _open(stack: contextlib.ExitStack, family: int) -> socket.socket:
    """Return a non-blocking UDP socket that the stack closes."""
    kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
    return stack.enter_context(socket.socket(family, kind))


def _resolve(
    flag: str, shown: str, host: str, port: int
) -> tuple[socket.AddressFamily, Address]:
    """Return the first address that a name has, and its family."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as fault:
        raise SettingsError(f"{flag} {shown!r}: {host!r} does not resolve") from fault
    family, _, _, _, address = found[0]
    return family, address
