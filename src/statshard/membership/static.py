"""Static: the backends of the settings, their names resolved once, at start."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from statshard.errors import SettingsError
from statshard.settings.model import Backend
from statshard.settings.reading import host_and_port

Lookup = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Member:
    """A backend and the address that its name has now."""

    backend: Backend
    family: socket.AddressFamily
    address: tuple[Any, ...]  # as the socket module has it: (host, port) or (host, port, flow, scope)

    @property
    def ip(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        """The address without its port; an IPv4 address that is mapped into IPv6 is the IPv4 one."""
        ip = ipaddress.ip_address(self.address[0])
        return getattr(ip, "ipv4_mapped", None) or ip

    @property
    def port(self) -> int:
        """The UDP port."""
        return int(self.address[1])


def resolve_backends(backends: Sequence[Backend], lookup: Lookup = socket.getaddrinfo) -> tuple[Member, ...]:
    """Return each backend with its address, the first that its name has. Raises SettingsError naming all that have none."""
    members = []
    faults = []
    for backend in backends:
        host, port = host_and_port(backend.address, lowest_port=1)
        try:
            family, _, _, _, address = lookup(host, port, type=socket.SOCK_DGRAM)[0]
        except (OSError, UnicodeError, IndexError) as fault:
            faults.append(
                f"backend {backend.name}: {host!r} does not resolve ({getattr(fault, 'strerror', None) or fault}); "
                "check the name, or write the address itself"
            )
        else:
            members.append(Member(backend, family, address))
    if faults:
        raise SettingsError("\n".join(faults))
    return tuple(members)
