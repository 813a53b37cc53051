"""Soak the proxy: a long load, while its backends come and go.

    make soak MINUTES=20 RATE=50000
    python -m soak.run --minutes 1 --seed 7

    statshard load  --- RATE --->  statshard run  --->  shard-0  steady
    (a child)    datagrams/s       (a child)            shard-1  gone at times
                                                        shard-2  gone at times
                                                        shard-3  stalled at times

Every LOOK_S it looks at the proxy's process, and the proxy logs a summary each second.
At the end, or at Ctrl-C, all is held against soak/judge.py, and each failed expectation
is told. Exit status: 0 all held; 1 something did not; 130 Ctrl-C, and all held so far.
"""

import argparse
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from soak.judge import Look, Run, Verdict, judge
from soak.lines import list_lines
from soak.receivers import HOST, Receivers
from soak.schedule import plan_absences
from soak.watched import Generator, Proxy, SoakError

WORKERS = 2
LINES = 4  # of each datagram
SENDERS = 16  # as many flows, so that each worker has some
LOOK_S = 0.5
TELL_S = 10.0  # between two lines on the terminal, at most
TELLS = 5  # lines in a short run, at least
# Each worker reads up to so many datagrams at once; memory for them is touched when it
# first does. A freeze of so many such batches shows it that within the warm-up.
BATCH, FROZEN_BATCHES = 512, 4
INTERRUPTED = 130


class Soak:
    """One run: the looks of it, and what is said meanwhile."""

    def __init__(self, asked: argparse.Namespace, stop: threading.Event) -> None:
        self.asked = asked
        self.seconds = asked.minutes * 60
        self.stop = stop  # set by Ctrl-C
        self.looks: list[Look] = []

    def run(self) -> Run:
        """Make the run: start everything, look on, stop in the order of the flow."""
        receivers = Receivers(plan_absences(self.asked.seed, self.seconds))
        backends = [f"{each.name}={HOST}:{each.port}" for each in receivers.each]
        with receivers, Proxy(backends, WORKERS) as proxy:
            url = proxy.wait_for_start()
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "lines")
                path.write_text("\n".join(list_lines()), encoding="ascii")
                with Generator(url, self._load_words(path)) as generator:
                    self._look_on(proxy, generator, receivers)
                    sent = generator.stop()
            status = proxy.stop()
            receivers.end()
            return Run(
                rate=self.asked.rate,
                sent=sent,
                looks=self.looks,
                log=proxy.log,
                errors=proxy.errors,
                status=status,
                arrived=receivers.arrived(),
            )

    def _load_words(self, path: Path) -> dict[str, object]:
        """Return the generator's flags."""
        return {
            "file": path,
            "rate": self.asked.rate,
            "seconds": self.seconds,
            "lines": LINES,
            "senders": SENDERS,
        }

    def _look_on(
        self, proxy: Proxy, generator: Generator, receivers: Receivers
    ) -> None:
        """Look at the proxy until the generator has sent all, or Ctrl-C."""
        self._look(proxy, 0.0)
        began_s = time.monotonic()
        receivers.begin()
        tell_s = min(TELL_S, self.seconds / TELLS)
        told_s = 0.0
        is_frozen = False
        while generator.is_alive and proxy.is_alive and not self.stop.is_set():
            self.stop.wait(LOOK_S)
            now_s = time.monotonic() - began_s
            if not is_frozen and proxy.last("summary"):
                is_frozen = True
                proxy.freeze(FROZEN_BATCHES * BATCH * WORKERS / self.asked.rate)
            self._look(proxy, now_s)
            if now_s - told_s >= tell_s:
                told_s = now_s
                say(self._tell(proxy, receivers))

    def _look(self, proxy: Proxy, at_s: float) -> None:
        """Look at the proxy's process once."""
        look = proxy.look(at_s)
        if look is not None:
            self.looks.append(look)

    def _tell(self, proxy: Proxy, receivers: Receivers) -> str:
        """Return the line of this moment."""
        look = self.looks[-1]
        summary = proxy.last("summary") or {}
        cells = [f"{look.at_s:6.0f} s"]
        cells += [
            f"{key.replace('_', ' ')} {summary.get(key, 0):,}"
            for key in ("received_datagrams", "received_lines", "dropped_lines")
        ]
        cells.append(f"waiting {summary.get('waiting_lines', 0)}")
        cells.append(f"rss {look.rss_bytes / (1 << 20):.2f} MiB")
        cells.append(f"fds {look.descriptors} threads {look.threads}")
        cells.append(f"away: {', '.join(receivers.away) or 'nobody'}")
        return "  ".join(cells)


def main() -> int:
    """Soak, and show what held; return the exit status."""
    asked = parse_arguments()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    say(f"{asked.minutes:g} min at {asked.rate:,} datagrams/s, seed {asked.seed}")
    try:
        run = Soak(asked, stop).run()
    except SoakError as fault:
        say(f"soak: {fault}")
        return INTERRUPTED if stop.is_set() else 1
    is_whole = show(judge(run))
    if stop.is_set():
        say("interrupted: all of this is of the time until then")
    if not is_whole:
        return 1
    return INTERRUPTED if stop.is_set() else 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="soak", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--rate", type=int, default=50_000, help="datagrams/s")
    parser.add_argument("--seed", type=int, default=1, help="of the schedule")
    return parser.parse_args()


def show(verdicts: Sequence[Verdict]) -> bool:
    """Print the table of what held, and every fault; return whether there is none."""
    say("")
    for verdict in verdicts:
        word = "FAILED" if verdict.faults else "held"
        say(f"{verdict.name:<12} {word:<7} {verdict.seen}")
    faults = [(verdict.name, fault) for verdict in verdicts for fault in verdict.faults]
    for name, fault in faults:
        say(f"FAILED {name}: {fault}")
    return not faults


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
