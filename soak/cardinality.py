"""Cardinality: ten million names for an aggregation server with room for few.

    make cardinality NAMES=10000000
    python -m soak.cardinality --names 300000 --series-max 10000

    names, each once, and some known before --UDP--> statshard serve --> a Graphite
    as fast as it takes them                         (a child)           (a thread)

No more is sent than fits the receive buffer before the server has read it, so nothing
is lost, and all must come out: each name beyond the bound as overflow, to the sample;
the names known before as if there were no others; memory that does not grow between a
tenth of the names and all of them; the prefixes that were made up, with their share.
Exit status: 0 all held; 1 something did not.
"""

import argparse
import json
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.process import Process
from soak.graphite import Graphite
from statshard.load.proc import read_usage

STATSHARD = str(Path(sys.executable).with_name("statshard"))  # the console script
HOST = "127.0.0.1"
KNOWN = 1000  # counters that are known before
# What the names are sent as -> the type of their series, as the server calls it.
TYPES = {"c": "counter", "g": "gauge", "ms": "timer", "s": "set"}
LINES = 40  # of a datagram, and one more of a known name
PARTS = 4  # of the names up to a look, with a flush between: each table is filled
AHEAD = 64  # datagrams that are sent before it is asked what was read
# Of a thousand names so many begin so; the others have nothing in common.
KINDS = ((975, "api.users.u{n}.login"), (20, "web.session{n}"), (5, "{n:x}.x"))
SHARE, SHARE_LESS = 0.975, 1 / 64
GROWTH_BYTES = 16 << 20  # that RSS may differ by, once at its cap
WAIT_S, LOOK_S, DRAIN_S = 120.0, 0.002, 60.0
WARNING = "series_overflow"


@dataclass(frozen=True, slots=True)
class Look:
    """The server after so many names."""

    names: int
    rss_bytes: int
    us_per_line: float  # CPU of the whole process since the look before


@dataclass(frozen=True)
class Run:
    """What a run came to."""

    names: int
    series_max: int
    known_lines: int
    type: str  # of the names' series
    looks: tuple[Look, ...]
    told: tuple[str, ...]  # by the text port
    log: tuple[dict[str, object], ...]
    sums: dict[str, int]

    @property
    def overflowed(self) -> int:
        """How many samples must overflow."""
        return overflowed(self.names, self.series_max, self.type)

    def event(self, name: str, **fields: object) -> dict[str, object]:
        """Return the last event of a name with these fields; none: empty."""
        found = [
            each
            for each in self.log
            if each["event"] == name and fields.items() <= each.items()
        ]
        return found[-1] if found else {}

    def faults(self) -> Iterator[str]:
        """Yield what does not hold."""
        lines = self.names + self.known_lines
        expected = [
            ("balance closes", "yes", self.event("balance").get("closes")),
            ("received", lines, self.event("balance").get("received_samples")),
            ("dropped", 0, self.event("balance").get("dropped_samples")),
            (
                "overflowed",
                self.overflowed,
                self.event("balance_overflowed", type=self.type).get("samples", 0),
            ),
            (
                "told as counter _overflow",
                self.overflowed if self.type == "counter" else 0,
                self.sums.get("_overflow", 0),
            ),
            (
                "known names",
                {f"known.k{n}": self.known_lines // KNOWN for n in range(KNOWN)},
                {k: n for k, n in self.sums.items() if k.startswith("known")},
            ),
        ]
        for what, right, found in expected:
            if right != found:
                yield f"{what}: {found!r:.200} and not {right!r:.200}"
        yield from self._faults_of_offenders()
        tenth, whole = self.looks[-2:]
        if whole.rss_bytes - tenth.rss_bytes > GROWTH_BYTES:
            yield f"memory grew from {tenth.rss_bytes:,} to {whole.rss_bytes:,} bytes"

    def _faults_of_offenders(self) -> Iterator[str]:
        """Yield what is wrong with the offender that is named."""
        warning = self.event(WARNING, type=self.type)
        share = float(str(warning.get("share_1", "0%")).rstrip("%")) / 100
        offender = warning.get("offender_1")
        is_right = SHARE - SHARE_LESS - 0.005 <= share <= SHARE + 0.005
        if offender != "api.users.u" or not is_right or "offender_2" in warning:
            yield f"the warning names {warning}"
        if not any("api.users.u" in line for line in self.told):
            yield f"the text port tells {self.told}"


def overflowed(names: int, series_max: int, kind: str) -> int:
    """Return how many of so many names of a type find no room."""
    known = KNOWN if kind == "counter" else 0
    return max(0, names - (series_max - known))


class Sender:
    """Sends names no faster than they are read."""

    def __init__(self, process: Process, series_max: int, letters: str) -> None:
        self._series_max = series_max
        self._letters = letters  # the type of the names
        events = list(read_events(process.read_log()))
        self._process = process
        url = next(str(e["listener"]) for e in events if e["event"] == "listening")
        port = next(int(str(e["port"])) for e in events if e["event"] == "text_port")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect((HOST, int(url.rpartition(":")[2])))
        self._text = socket.create_connection((HOST, port)).makefile("rwb")
        self._cpu_s = 0.0
        self.lines = self.names = self.known_lines = 0

    def send_known(self) -> None:
        """Send each of the known names once."""
        for first in range(0, KNOWN, LINES):
            lines = [f"known.k{n}:1|c" for n in range(first, min(first + LINES, KNOWN))]
            self._send(lines)
        self.known_lines += KNOWN
        self._wait()

    def send_names(self, upto: int) -> Look:
        """Send names, each once, up to so many; return how it is afterwards."""
        before = self.lines
        for part in range(PARTS, 0, -1):
            self._send_part(self.names + (upto - self.names) // part)
        usage = read_usage(self._process.pid)
        cpu_s, self._cpu_s = usage.cpu_s - self._cpu_s, usage.cpu_s
        return Look(upto, usage.rss_bytes, 1e6 * cpu_s / (self.lines - before))

    def _send_part(self, upto: int) -> None:
        """Send names up to so many, and the known ones, and wait for their flush."""
        made = list_names(self.names, upto)
        for turn, first in enumerate(range(self.names, upto, LINES)):
            count = min(LINES, upto - first)
            self._send([f"{next(made)}:1|{self._letters}" for _ in range(count)])
            if turn % AHEAD == AHEAD - 1:
                self._wait()
        self.names = upto
        self.send_known()
        kind = TYPES[self._letters]
        samples = overflowed(upto, self._series_max, kind)
        self._wait_for("overflow", f"{kind}.overflowed_samples: {samples}")

    def ask(self, verb: str) -> list[str]:
        """Return what the text port tells."""
        self._text.write(verb.encode() + b"\n")
        self._text.flush()
        lines = []
        while (line := self._text.readline().decode().rstrip("\n")) != "END":
            lines.append(line)
        self._text.readline()
        return lines

    def wait_until_flushed(self) -> None:
        """Wait until the known names are known."""
        self._wait_for("overflow", f"counter.series: {KNOWN} of")

    def _send(self, lines: list[str]) -> None:
        self._socket.send("\n".join(lines).encode())
        self.lines += len(lines)

    def _wait(self) -> None:
        """Wait until all that was sent is read."""
        self._wait_for("stats", f"samples.received: {self.lines}")

    def _wait_for(self, verb: str, line: str) -> None:
        due_s = time.monotonic() + WAIT_S
        while not any(f"{each} ".startswith(f"{line} ") for each in self.ask(verb)):
            if time.monotonic() > due_s:
                sys.exit(f"cardinality: {verb} does not come to {line!r}: lines lost?")
            time.sleep(LOOK_S)


def list_names(first: int, end: int) -> Iterator[str]:
    """Yield the names of these numbers; each is another."""
    kinds = [form for share, form in KINDS for _ in range(share)]
    for number in range(first, end):
        yield kinds[number * 7 % 1000].format(n=number)


def read_events(log: str) -> Iterator[dict[str, object]]:
    """Yield the events of a log."""
    for line in log.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def run(asked: argparse.Namespace) -> Run:
    """Make the run."""
    with Graphite() as graphite:
        words = [
            *(STATSHARD, "serve", "--log-format", "json", "--workers", "1"),
            *("--listen", f"udp://{HOST}:0", "--text-port", f"{HOST}:0"),
            *("--sink", f"graphite://{HOST}:{graphite.port}"),
            *("--flush-interval", f"{asked.flush_interval:g}"),
            *("--drain-s", f"{DRAIN_S:g}", "--series-max", str(asked.series_max)),
            *("--series-bytes", asked.series_bytes, "--table-bytes", asked.table_bytes),
        ]
        with Process(words) as process:
            sender = Sender(process, asked.series_max, asked.type)
            sender.send_known()
            sender.wait_until_flushed()
            looks = []
            for names in (asked.names // 100, asked.names // 10, asked.names):
                looks.append(sender.send_names(names))
                tell(looks[-1])
            told = tuple(sender.ask("overflow"))
        if not graphite.wait_for_end(WAIT_S):
            sys.exit("cardinality: the last flush has not come")
        return Run(
            names=asked.names,
            series_max=asked.series_max,
            known_lines=sender.known_lines,
            type=TYPES[asked.type],
            looks=tuple(looks),
            told=told,
            log=tuple(read_events(process.log)),
            sums=dict(graphite.sums),
        )


def tell(look: Look) -> None:
    """Print a look."""
    print(
        f"{look.names:>12,} names   rss {look.rss_bytes / (1 << 20):7.1f} MiB   "
        f"{look.us_per_line:.3f} us of CPU a line",
        flush=True,
    )


def main() -> int:
    """Run, and show what held; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="cardinality",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--names", type=int, default=10_000_000)
    parser.add_argument("--type", choices=TYPES, default="c")
    parser.add_argument("--series-max", type=int, default=100_000)
    parser.add_argument("--series-bytes", default="64MiB")
    parser.add_argument("--table-bytes", default="64MiB")
    parser.add_argument("--flush-interval", type=float, default=2.0)
    made = run(parser.parse_args())
    for line in made.told:
        print(f"  {line}")
    faults = list(made.faults())
    for fault in faults:
        print(f"FAILED {fault}")
    if not faults:
        print(f"held: {made.overflowed:,} samples overflowed, each counted and told")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
