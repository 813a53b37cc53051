"""Loops: a backend that is one of the proxy's own listeners.

Every line would come back for ever. Asks the kernel which addresses are this host's,
and sends nothing. Must not know: whose sockets are open.
"""

import ipaddress
import itertools
import socket
from collections.abc import Sequence
from typing import NamedTuple

from statshard.daemon.listeners import resolve_listen
from statshard.daemon.overlaps import find_overlaps
from statshard.membership.static import (
    Address,
    Ip,
    Lookup,
    Member,
    find_members,
    unmapped,
)
from statshard.settings.contradictions import at_backend
from statshard.settings.fault import Fault, refuse
from statshard.settings.given import DEFAULT, Origin
from statshard.settings.model import Listen
from statshard.settings.reading import cut
from statshard.settings.section import Origins, Rule
from statshard.settings.setting import Values


class Door(NamedTuple):
    """Where datagrams come in: a URL, and the address that is or will be bound."""

    url: str
    address: Address
    origin: Origin = DEFAULT  # where it stands in the settings


def network_rules(lookup: Lookup) -> tuple[Rule, ...]:
    """Return what is wrong with settings as this host's network has it.

    Backends and listeners that do not resolve; of those that do, loops between them,
    and listeners that cannot be bound side by side.
    """

    def backends(values: Values, origins: Origins) -> list[Fault]:
        return find_members(values["backend"], lookup, origins["backend"])[1]

    def loops(values: Values, origins: Origins) -> list[Fault]:
        members, _ = find_members(values["backend"], lookup, origins["backend"])
        doors, _ = _find_doors(values["listen"], lookup, origins["listen"])
        return find_loops(members, doors)

    return (
        Rule(("backend",), backends),
        *listener_rules(lookup),
        Rule(("backend", "listen"), loops),
    )


def listener_rules(lookup: Lookup) -> tuple[Rule, ...]:
    """Return what is wrong with listeners: they do not resolve, or exclude another."""

    def listeners(values: Values, origins: Origins) -> list[Fault]:
        return _find_doors(values["listen"], lookup, origins["listen"])[1]

    def overlaps(values: Values, origins: Origins) -> list[Fault]:
        return _list_overlaps(
            _find_doors(values["listen"], lookup, origins["listen"])[0]
        )

    return Rule(("listen",), listeners), Rule(("listen",), overlaps)


def refuse_loops(members: Sequence[Member], doors: Sequence[Door]) -> None:
    """Raise SettingsError naming every backend that is one of our own listeners."""
    refuse(find_loops(members, doors))


def find_loops(members: Sequence[Member], doors: Sequence[Door]) -> list[Fault]:
    """Return a fault for every backend that is one of our own listeners."""
    return [
        Fault(
            *at_backend(member.origin, "address", member.backend),
            f"backend {cut(member.backend.name)}: {member.backend.address} is this "
            f"proxy's own listener {door.url}: every line would come back; valid: the "
            "address of a StatsD server",
        )
        for member, door in itertools.product(members, doors)
        if member.port == door.address[1] and _reaches(member, door)
    ]


def _find_doors(
    listens: Sequence[Listen], lookup: Lookup, origin: Origin
) -> tuple[list[Door], list[Fault]]:
    """Return the listeners whose address is known, and the faults of the others.

    What the kernel chooses the port of is neither.
    """
    doors: list[Door] = []
    faults: list[Fault] = []
    for index, listen in enumerate(listens):
        try:
            _, address = resolve_listen(listen, lookup)
        except ValueError as fault:
            faults.append(Fault(origin.of(index), listen.url, str(fault)))
        else:
            door = Door(listen.url, address, origin.of(index))
            doors += [door] if listen.port else []
    return doors, faults


def _list_overlaps(doors: Sequence[Door]) -> list[Fault]:
    """Return a fault for every listener that an earlier one leaves no room for.

    What is the same URL is no matter of the network.
    """
    pairs = find_overlaps([door.address for door in doors])
    return [
        Fault(
            doors[second].origin,
            doors[second].url,
            f"cannot be bound beside {doors[first].url} ({doors[first].origin}), whose "
            "address is the same or within it; valid: one of the two, or another port",
        )
        for first, second in pairs
        if doors[first].url != doors[second].url
    ]


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
