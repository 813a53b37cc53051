"""Static: the backends of the settings, their names resolved once, at start."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from statshard.errors import SettingsError
from statshard.settings.model import Backend
from statshard.settings.reading import host_and_port

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
    backends: Sequence[Backend], lookup: Lookup = socket.getaddrinfo
) -> tuple[Member, ...]:
    """Return each backend with its address, the first that its name has.

    Raises SettingsError naming all that have none.
    """
    members = []
    faults = []
    for backend in backends:
        host, port = host_and_port(backend.address, lowest_port=1)
        try:
            family, _, _, _, address = lookup(host, port, type=socket.SOCK_DGRAM)[0]
        except (OSError, UnicodeError, IndexError) as fault:
            why = getattr(fault, "strerror", None) or fault
            faults.append(
                f"backend {backend.name}: {host!r} does not resolve ({why}); "
                "check the name, or write the address itself"
            )
        else:
            members.append(_member(backend, family, address))
    if faults:
        raise SettingsError("\n".join(faults))
    return tuple(members)


def _member(backend: Backend, family: socket.AddressFamily, address: Address) -> Member:
    """Return a member; one at an IPv4 address mapped into IPv6 is reached by IPv4.

    Its packets are IPv4, and so are the options and errors of its socket.
    """
    ip = unmapped(address[0])
    if family == socket.AF_INET6 and isinstance(ip, ipaddress.IPv4Address):
        return Member(backend, socket.AF_INET, (str(ip), address[1]))
    return Member(backend, family, address)
