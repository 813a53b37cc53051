"""Names that want out of their field, and what each store may make of them.

Each is counted by a value of its own, so that whatever breaks out is found: as a series
that nobody expects, or as a sum that is not the name's. Sent to a server that keeps
names as they come (--no-sanitize).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Hostile:
    """One name, as sent and as kept."""

    sent: bytes  # name
    text: str  # InfluxDB's
    metric: str  # Prometheus', without _total
    path: str  # of its folder, below the counters', in carbon; "": of a hash
    sent_tags: bytes = b""
    tags: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def line(self, number: int) -> bytes:
        """Return the line that counts it."""
        tags = b"|#" + self.sent_tags if self.sent_tags else b""
        return b"%b:%d|c%b" % (self.sent, 1 << number, tags)


HOSTILE = (
    Hostile(b"../../up", "../../up", "______up", "-/-up"),
    Hostile(b"\x1b[31mred", "_[31mred", "__31mred", "31mred"),
    Hostile(b"n\x00ul\rcr", "n_ul_cr", "n_ul_cr", "nul_cr"),
    Hostile(b"quo\"te'", "quo\"te'", "quo_te_", "quote"),
    Hostile(b'{brace="x"} 1', '{brace="x"} 1', "_brace__x___1", "brace=x_1"),
    Hostile(b"<i>html</i>", "<i>html</i>", "_i_html__i_", "ihtml-i"),
    Hostile("café".encode(), "café", "caf_", "caf"),
    Hostile(b"raw\xff\xfe", "raw\ufffd\ufffd", "raw__", "raw"),
    Hostile(b"sp count=9 1", "sp count=9 1", "sp_count_9_1", "sp_count=9_1"),
    Hostile(b"back\\sl\\", "back_sl_", "back_sl_", "backsl"),
    Hostile("ls\u2028x".encode(), "ls_x", "ls_x", "ls_x"),
    Hostile(
        b"tags",
        "tags",
        "tags",
        "",
        b'k"}:v"} 9,b\\:x\\,__name__:y,time:1,c,=d,w= x',
        {
            'k"}': 'v"} 9',
            "b_": "x_",
            "__name___": "y",
            "time_": "1",
            "unnamed": "d__c",
            "w": " x",
        },
        {
            "k__": 'v"} 9',
            "b_": "x\\",
            "_name__": "y",
            "time": "1",
            "unnamed": "d__c",
            "w": " x",
        },
    ),
)
SENDINGS = tuple(each.line(number) for number, each in enumerate(HOSTILE))
