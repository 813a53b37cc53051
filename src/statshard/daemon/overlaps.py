"""Overlaps: addresses of which a host has only one to give. Pure.

    127.0.0.1  0.0.0.0     the second has the first within it
    127.0.0.1  [::]        that too, for it is dual-stack, ...
    0.0.0.0    [::]        ... unless 0.0.0.0 stands there too: then it is IPv6 only

Must not know: sockets, settings.
"""

from collections.abc import Iterator, Sequence

from statshard.membership.static import Address, unmapped

Mark = tuple[object, ...]  # a port, and what of it is taken
SOME, ALL = "some", "all"  # addresses of an IP version


def find_overlaps(addresses: Sequence[Address]) -> Iterator[tuple[int, int]]:
    """Yield the places of an address and of a later one that has to do with it.

    Each later one once. An address is as the socket module has it; its port is not 0.
    """
    ports = {port for host, port, *_ in addresses if host == "0.0.0.0"}  # noqa: S104 -- compared
    taken: dict[Mark, int] = {}
    for second, address in enumerate(addresses):
        takes, bars = _marks(address, is_apart=address[1] in ports)
        first = min((taken[mark] for mark in bars if mark in taken), default=None)
        if first is not None:
            yield first, second
        for mark in takes:
            taken.setdefault(mark, second)


def _marks(address: Address, *, is_apart: bool) -> tuple[list[Mark], list[Mark]]:
    """Return what an address takes of its port, and what must not be taken before.

    `is_apart`: 0.0.0.0 stands there for IPv4.
    """
    host, port, *rest = address
    ip = unmapped(host)
    if not ip.is_unspecified:
        itself = (port, ip, rest[-1] if rest else 0)  # with the scope of IPv6
        return [itself, (port, SOME, ip.version)], [itself, (port, ALL, ip.version)]
    versions = (4,) if ip.version == 4 else (6,) if is_apart else (6, 4)  # noqa: PLR2004 -- of IP
    some: list[Mark] = [(port, SOME, version) for version in versions]
    return some + [(port, ALL, version) for version in versions], some
