"""Links' sockets: one connected UDP socket per worker and backend.

Connected, so that an error that comes back by ICMP finds its way to us; with
IP_RECVERR, so that the kernel also tells of what it dropped before the wire (ENOBUFS;
without it, it keeps silent: udp(7), ip(7)); with DF set, so that it says EMSGSIZE
instead of fragmenting. Owns nothing: the caller closes what it is given.
"""

import contextlib
import socket
from collections.abc import Sequence

from statshard.daemon.sockets import open_socket
from statshard.errors import SocketError
from statshard.membership.static import Member

# <linux/in.h> and <linux/in6.h>; Python 3.11 has no names for them.
IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_RECVERR = 10, 2, 11
IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO, IPV6_RECVERR = 23, 2, 25

Row = tuple[socket.socket, ...]  # one worker's sockets, in the order of the members


def open_links(members: Sequence[Member], workers: int) -> tuple[Row, ...]:
    """Return each worker's sockets.

    Raises SocketError where there is no way to an address.
    """
    with contextlib.ExitStack() as undo:
        rows = tuple(
            tuple(undo.enter_context(_connect(member)) for member in members)
            for _ in range(workers)
        )
        undo.pop_all()
    return rows


def _connect(member: Member) -> socket.socket:
    """Return a connected, non-blocking socket."""
    s = open_socket(member.family)
    if member.family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO)
        s.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    else:
        s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
        s.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    try:
        s.connect(member.address)
    except OSError as fault:
        s.close()
        raise SocketError(
            f"backend {member.backend.name}: no way to {member.backend.address} "
            f"({fault.strerror}); check the address and this host's routes"
        ) from fault
    return s
