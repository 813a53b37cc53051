"""What of the network a test needs: IPv6, a port free everywhere, ICMP to itself."""

import socket

import pytest


def has_ipv6() -> bool:
    """Tell whether this host has ::1."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


NEEDS_IPV6 = pytest.mark.skipif(not has_ipv6(), reason="this host has no ::1")

# The kernel limits the ICMP errors of a whole machine (icmp(7), icmp_msgs_per_sec). Of
# the tests that count refusals, or cause many, no two run at a time (pytest -n 2 --dist
# loadgroup).
NEEDS_ICMP = pytest.mark.xdist_group("icmp")


def find_free_port() -> int:
    """Return a UDP port that the kernel has just found free for IPv4 and IPv6."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        probe.bind(("::", 0))
        return int(probe.getsockname()[1])
