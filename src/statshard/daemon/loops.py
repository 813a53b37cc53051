"""Loops: a backend that is one of the proxy's own listeners.

Every line would come back for ever. Asks the kernel which addresses are this host's,
and sends nothing. Must not know: whose sockets are open.
"""

import ipaddress
import itertools
import socket
from collections.abc import Sequence
from typing import NamedTuple

from statshard.errors import SettingsError
from statshard.membership.static import Address, Ip, Member, unmapped


class Door(NamedTuple):
    """Where datagrams come in: a URL, and the address that is or will be bound."""

    url: str
    address: Address


def refuse_loops(members: Sequence[Member], doors: Sequence[Door]) -> None:
    """Raise SettingsError naming every backend that is one of our own listeners."""
    faults = [
        f"backend {member.backend.name}: {member.backend.address} is this proxy's own "
        f"listener {door.url}: every line would come back; give it the address of a "
        "StatsD server"
        for member, door in itertools.product(members, doors)
        if member.port == door.address[1] and _reaches(member, door)
    ]
    if faults:
        raise SettingsError("\n".join(faults))


def _reaches(member: Member, door: Door) -> bool:
    """Tell whether a datagram to a member would arrive at a listener on its port."""
    bound = unmapped(door.address[0])
    target = member.ip
    if target.is_unspecified:  # the kernel connects to the loopback address instead
        is_ipv6 = isinstance(target, ipaddress.IPv6Address)
        target = ipaddress.ip_address("::1" if is_ipv6 else "127.0.0.1")
    if not bound.is_unspecified:
        return bound == target
    is_ipv4_only = isinstance(bound, ipaddress.IPv4Address)
    if is_ipv4_only and isinstance(target, ipaddress.IPv6Address):
        return False
    return _is_local(member, target)


def _is_local(member: Member, target: Ip) -> bool:
    """Tell whether the address that a member is reached at is one of this host's.

    To such a one the kernel sends from that address itself. (That it can be bound says
    less: net.ipv4.ip_nonlocal_bind.)
    """
    with socket.socket(member.family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(member.address)
        except OSError:
            return False
        return target.is_loopback or unmapped(probe.getsockname()[0]) == target
