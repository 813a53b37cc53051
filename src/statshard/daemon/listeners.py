"""Listeners: the sockets that datagrams come in by, one per worker and address.

    udp://0.0.0.0:8125   socket of worker 0   bound without SO_REUSEPORT: a second
                                              statshard gets EADDRINUSE
                         socket of worker 1   SO_REUSEPORT on both, then bound: the
                                              kernel spreads the flows
                         ...

Owns the sockets until `close`. Must not know: lines, workers' threads, backends' names.
"""

import contextlib
import errno
import ipaddress
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from statshard.daemon.sockets import open_socket
from statshard.errors import SettingsError, SocketError
from statshard.membership.static import Address, Lookup
from statshard.settings.model import Listen
from statshard.settings.reading import quoted

SO_RCVBUFFORCE = 33  # <asm-generic/socket.h>; Python has no names for these two
SO_MEMINFO = 55
MEMINFO_SIZE = 64  # bytes, room for its array of u32
MEMINFO_DROPS = 8  # the place of SK_MEMINFO_DROPS in it (<linux/sock_diag.h>)


@dataclass(frozen=True, slots=True)
class Listener:
    """One address that datagrams come in by."""

    url: str
    sockets: tuple[socket.socket, ...]  # one per worker

    @property
    def address(self) -> Address:
        """The address that is bound; for port 0, with the port the kernel chose."""
        address: Address = self.sockets[0].getsockname()
        return address

    @property
    def bound_url(self) -> str:
        """The URL of that address."""
        host, port = self.address[:2]
        return f"udp://[{host}]:{port}" if ":" in host else f"udp://{host}:{port}"

    def granted_bytes(self) -> int:
        """Return the receive buffer that the kernel granted each socket.

        As the kernel accounts for it: twice what was asked.
        """
        return min(
            s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) for s in self.sockets
        )

    def kernel_drops(self) -> int:
        """Return how many datagrams the kernel has dropped here since the start.

        It had no room for them, because nobody had read those before them yet.
        """
        return sum(_drops_of(s) for s in self.sockets)

    def shut_door(self) -> None:
        """Let nothing new in, and keep what is queued: connect each socket to itself.

        A connected UDP socket takes datagrams from its peer only, and from here none
        comes. Nobody else may hold these sockets. What a sender sends from now on is
        refused by the kernel, as if nobody listened. Where that cannot be (the address
        is no longer this host's), nothing comes in by it any more either.
        """
        for s in self.sockets:
            host, *rest = s.getsockname()
            peers = [host]
            if ipaddress.ip_address(host).is_unspecified:
                peers = ["127.0.0.1"]
            if host == "::":  # a host may lack ::1; a dual-stack socket reaches IPv4
                peers = ["::1", "::ffff:127.0.0.1"]
            _connect_to_first(s, [(peer, *rest) for peer in peers])

    def close(self) -> None:
        """Close the sockets; what is still queued in them is lost."""
        for s in self.sockets:
            s.close()


def open_listeners(
    listens: Sequence[Listen], workers: int, receive_buffer: int
) -> tuple[Listener, ...]:
    """Bind every address, with one socket per worker; ask `receive_buffer` bytes each.

    Raises SettingsError where a name does not resolve, SocketError where an address
    cannot be bound.
    """
    with contextlib.ExitStack() as undo:
        opened = []
        for listen in listens:
            try:
                family, address = resolve_listen(listen)
            except ValueError as fault:
                raise SettingsError(f"--listen {listen.url!r}: {fault}") from fault
            listener = _open(
                listen,
                family,
                address,
                workers,
                receive_buffer,
                v6_only=_shares_port_with_ipv4(address, listens),
            )
            undo.callback(listener.close)
            opened.append(listener)
        undo.pop_all()
    return tuple(opened)


def resolve_listen(
    listen: Listen, lookup: Lookup = socket.getaddrinfo
) -> tuple[socket.AddressFamily, Address]:
    """Return the family and address to bind.

    Raises ValueError where the name has none.
    """
    try:
        found = lookup(
            listen.host, listen.port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as fault:
        raise ValueError(
            f"{quoted(listen.host)} does not resolve; valid: an address of this host, "
            "for example udp://0.0.0.0:8125"
        ) from fault
    family, _, _, _, address = found[0]
    return family, address


def _shares_port_with_ipv4(address: Address, listens: Sequence[Listen]) -> bool:
    """Tell whether 0.0.0.0 is configured with the same port as this [::].

    That one then is for IPv6 only.
    """
    return address[0] == "::" and any(
        other.host == "0.0.0.0" and other.port == address[1]  # noqa: S104 -- compared
        for other in listens
    )


def _open(  # noqa: PLR0913 -- a socket has that many properties
    listen: Listen,
    family: socket.AddressFamily,
    address: Address,
    workers: int,
    receive_buffer: int,
    *,
    v6_only: bool,
) -> Listener:
    """Bind one address for all workers."""
    with contextlib.ExitStack() as undo:
        sockets: list[socket.socket] = []
        for worker in range(workers):
            s = undo.enter_context(open_socket(family))
            if family == socket.AF_INET6:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6_only)
            if worker > 0:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            _ask_for_buffer(s, receive_buffer)
            try:
                s.bind(sockets[0].getsockname() if sockets else address)
            except OSError as fault:
                raise SocketError(_why_not_bound(listen, fault)) from fault
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sockets.append(s)
        undo.pop_all()
    return Listener(listen.url, tuple(sockets))


def _ask_for_buffer(s: socket.socket, receive_buffer: int) -> None:
    """Ask for a receive buffer of so many bytes.

    Beyond net.core.rmem_max if we may (CAP_NET_ADMIN), else up to it (socket(7)).
    """
    try:
        s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, receive_buffer)
    except OSError:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)


def _why_not_bound(listen: Listen, fault: OSError) -> str:
    """Return what a failed bind means and what to do about it."""
    advice = {
        errno.EADDRINUSE: (
            "the port is in use, perhaps by another statshard; find the owner with "
            f"`ss -ulnp 'sport = :{listen.port}'`, stop it, or choose another port"
        ),
        errno.EADDRNOTAVAIL: (
            f"{listen.host} is no address of this host; `ip address` lists them"
        ),
        errno.EACCES: (
            "ports below 1024 need CAP_NET_BIND_SERVICE; "
            "choose a higher one, or grant it"
        ),
    }
    what = advice.get(fault.errno or 0, "choose another address")
    return f"--listen {listen.url!r}: cannot bind ({fault.strerror}): {what}"


def _drops_of(s: socket.socket) -> int:
    """Return how many datagrams the kernel has dropped for want of room in a socket."""
    words = s.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO_SIZE)
    drops: int = struct.unpack_from("I", words, MEMINFO_DROPS * struct.calcsize("I"))[0]
    return drops


def _connect_to_first(s: socket.socket, peers: Sequence[Address]) -> None:
    """Connect to the first peer that there is a way to, or to none."""
    for peer in peers:
        with contextlib.suppress(OSError):
            s.connect(peer)
            return
