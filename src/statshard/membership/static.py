"""Static: the backends of the settings, their names resolved once, at start."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from statshard.settings.contradictions import at_backend
from statshard.settings.fault import Fault, refuse
from statshard.settings.given import DEFAULT, Origin
from statshard.settings.model import Backend
from statshard.settings.reading import cut, host_and_port, quoted

# As the socket module has it: (host, port) or (host, port, flow, scope).
Address = tuple[Any, ...]  # Any: str or int, by the place
Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[..., list[tuple[Any, ...]]]  # Any: as socket.getaddrinfo returns it


@dataclass(frozen=True, slots=True)
class Member:
    """A backend and the address that its name has now."""

    backend: Backend
    family: socket.AddressFamily
    address: Address
    origin: Origin = DEFAULT  # where the backend stands in the settings

    @property
    def ip(self) -> Ip:
        """The address without its port; an IPv4 one mapped into IPv6 as IPv4."""
        return unmapped(self.address[0])

    @property
    def port(self) -> int:
        """The UDP port."""
        return int(self.address[1])


def unmapped(host: str) -> Ip:
    """Return an address; an IPv4 address that is mapped into IPv6 as IPv4."""
    ip = ipaddress.ip_address(host)
    return getattr(ip, "ipv4_mapped", None) or ip


def resolve_backends(
    backends: Sequence[Backend],
    lookup: Lookup = socket.getaddrinfo,
    origin: Origin = DEFAULT,
) -> tuple[Member, ...]:
    """Return each backend with its address, the first that its name has.

    `origin` is where they stand. Raises SettingsError naming all that have none.
    """
    members, faults = find_members(backends, lookup, origin)
    refuse(faults)
    return members


def find_members(
    backends: Sequence[Backend], lookup: Lookup, origin: Origin
) -> tuple[tuple[Member, ...], list[Fault]]:
    """Return the backends that have an address, and the faults of the others."""
    members: list[Member] = []
    faults: list[Fault] = []
    for index, backend in enumerate(backends):
        host, port = host_and_port(backend.address, lowest_port=1)
        place = origin.of(index)
        try:
            family, _, _, _, address = lookup(host, port, type=socket.SOCK_DGRAM)[0]
        except (OSError, UnicodeError, IndexError) as fault:
            why = getattr(fault, "strerror", None) or fault
            what = (
                f"backend {cut(backend.name)}: {quoted(host)} does not resolve "
                f"({why}); valid: a name that does, or the address itself"
            )
            faults.append(Fault(*at_backend(place, "address", backend), what))
        else:
            members.append(_member(backend, family, address, place))
    return tuple(members), faults


def ask_once(lookup: Lookup) -> Lookup:
    """Return a lookup that asks for each name once, and keeps refusals too."""
    answers: dict[object, Any] = {}  # Any: what `lookup` returned, or raised

    def ask(
        *question: object, **options: object
    ) -> list[tuple[Any, ...]]:  # Any: as Lookup
        key = question, *sorted(options.items())
        if key not in answers:
            try:
                answers[key] = lookup(*question, **options)
            except (OSError, UnicodeError) as fault:
                answers[key] = fault
        if isinstance(answers[key], Exception):
            raise answers[key]
        found: list[tuple[Any, ...]] = answers[key]  # Any: as Lookup
        return found

    return ask


def _member(
    backend: Backend, family: socket.AddressFamily, address: Address, origin: Origin
) -> Member:
    """Return a member; one at an IPv4 address mapped into IPv6 is reached by IPv4.

    Its packets are IPv4, and so are the options and errors of its socket.
    """
    ip = unmapped(address[0])
    if family == socket.AF_INET6 and isinstance(ip, ipaddress.IPv4Address):
        family, address = socket.AF_INET, (str(ip), address[1])
    return Member(backend, family, address, origin)
