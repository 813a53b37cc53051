"""Lines into datagrams, greedily, in order.

    lines       aaa   bb   ccccccccccc   d   e         limit 8
    datagrams   aaa LF bb / ccccccccccc / d LF e

Rules: a line joins the open datagram if both and the LF between them fit the limit,
else the open one is closed and the line opens the next. No line is split, dropped or
moved. A line above the limit therefore goes alone: it fits behind nothing, and nothing
fits behind it. Datagrams hold no empty line and do not end in LF.

Source: our own rule; LF between lines and none at the end is what StatsD clients send.
"""

from collections.abc import Sequence


def pack(lines: Sequence[bytes], limit: int) -> list[bytes]:
    """Pack lines, none of them empty, into datagrams of at most ``limit`` bytes."""
    datagrams: list[list[bytes]] = []
    for line in lines:
        if datagrams and len(b"\n".join([*datagrams[-1], line])) <= limit:
            datagrams[-1].append(line)
        else:
            datagrams.append([line])
    return [b"\n".join(datagram) for datagram in datagrams]


def split(datagram: bytes, limit: int) -> list[bytes]:
    """Cut a packed datagram at its LFs into pieces of at most ``limit`` bytes.

    A single line above the limit is a piece alone.
    """
    return pack(datagram.split(b"\n"), limit)
