"""Measure: runs of a load, each a step: threads, waiting, and what the kernel says.

    generator thread   |== sends ==========|
    checker thread     |== receives and tallies =========|
    here               | looks on each 50 ms | waits until nothing comes any more |

Line numbers go on from step to step, so a straggler of one step is never taken for a
line of the next. Owns the sockets until it is closed (a context manager).
"""

import contextlib
import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self

from statshard.errors import SettingsError, StatshardError
from statshard.load.corpus import name_of, open_traffic
from statshard.load.options import LoadSettings
from statshard.load.ports import is_here, open_ports, open_senders
from statshard.load.proc import Usage, read_drops, read_usage
from statshard.load.step import Checked, Loser, Process, Sent, Step, delay_of
from statshard.plane.plane import LIMITS, Checker, Generator

LOOK_S = 0.05  # between two looks at a run
LULL_S = 0.1  # without a line, after which all has come, where none is missing
QUIET_S = 1.0  # the same, where some are missing
LOSERS = 10
LOST_SAMPLE = 100_000  # lost lines that the worst names are looked up of

Progress = Callable[[int], None]


class Measure:
    """The sockets, generator and checker of a load."""

    def __init__(self, settings: LoadSettings) -> None:
        self.settings = settings
        self.traffic = open_traffic(settings)
        self.is_stopped = False  # by Ctrl-C
        self._stack = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            senders = open_senders(stack, settings.target, settings.senders)
            ports = open_ports(stack, settings.receive)
            self._wake = os.eventfd(0, os.EFD_NONBLOCK)
            stack.callback(os.close, self._wake)
            self._stack = stack.pop_all()
        self._generator = Generator(self.traffic, [s.fileno() for s in senders])
        self._checker = Checker(self.traffic, [p.fileno() for p in ports], self._wake)
        self._is_target_here = is_here(settings.target)
        self._counts = self._checker.counts(0)
        self._sent = 0  # datagrams, in all steps

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def run(self, rate: int, progress: Progress = lambda _: None) -> Step:
        """Send for the settings' seconds at a rate; tell what became of it.

        `progress` is called now and then with the datagrams that were sent. Ctrl-C ends
        the sending early. Raises StatshardError where a datagram cannot be sent.
        """
        count = max(1, round(rate * self.settings.seconds))
        if (self._sent + count) * self.settings.lines > LIMITS["numbers"]:
            raise SettingsError(
                f"more than {LIMITS['numbers']} lines in all; take fewer --seconds"
            )
        drops = read_drops()
        usage = self._usage()
        before = self._generator.counts()
        peak = self._send_and_receive(count, rate, progress)
        after = self._generator.counts()
        datagrams, held, refused = (b - a for a, b in zip(before, after, strict=True))
        sent = Sent(
            rate,
            datagrams,
            datagrams * self.settings.lines,
            self._generator.elapsed_ns() / 1e9,
            held,
            refused,
        )
        return self._step(sent, drops, usage, peak)

    def _send_and_receive(self, count: int, rate: int, progress: Progress) -> int:
        """Run both threads until all has been sent and come.

        Return the most memory that the watched process was seen with.
        """
        with ThreadPoolExecutor(2) as threads:
            receiving = threads.submit(self._checker.run)
            sending = threads.submit(self._generator.run, count, rate)
            try:
                peak = self._look_on(sending, progress)
                self._wait_for_stragglers()
            except KeyboardInterrupt:
                self.is_stopped = True
                peak = 0
            finally:
                self._generator_stop(sending)
                self._checker.stop()
                os.eventfd_write(self._wake, 1)
                wait([sending, receiving])
        try:
            sending.result()
        except OSError as fault:
            raise StatshardError(
                f"--target {self.settings.target.url!r}: cannot send: {fault.strerror}"
            ) from fault
        return peak

    def _generator_stop(self, sending: Future[None]) -> None:
        """Stop a generator that still sends; it cannot be run again."""
        if not sending.done():
            self._generator.stop()

    def _look_on(self, sending: Future[None], progress: Progress) -> int:
        """Wait for the generator; return the most memory seen of the process."""
        peak = 0
        while not sending.done():
            wait([sending], LOOK_S)
            progress(self._generator.counts()[0] - self._sent)
            usage = self._usage()
            peak = max(peak, usage.rss_bytes if usage else 0)
        return peak

    def _wait_for_stragglers(self) -> None:
        """Return once no line has come for a while."""
        if not self.settings.receive:
            return
        wanted = self._generator.counts()[0] * self.settings.lines
        seen, since = -1, time.monotonic()
        while True:
            lines = self._checker.lines()
            if lines != seen:
                seen, since = lines, time.monotonic()
            quiet = LULL_S if lines >= wanted else QUIET_S
            if time.monotonic() - since >= quiet:
                return
            time.sleep(LULL_S / 10)

    def _step(
        self, sent: Sent, drops: dict[int, int], usage: Usage | None, peak: int
    ) -> Step:
        """Put together what came of a run; the next one begins where it ended."""
        first = self._sent * self.settings.lines
        self._sent += sent.datagrams
        now = read_drops()
        grown = {port: count - drops.get(port, 0) for port, count in now.items()}
        ports = {port for _, port in self.settings.receive}
        checked = self._checked(sent) if self.settings.receive else None
        target_port = self.settings.target.port
        return Step(
            sent=sent,
            checked=checked,
            target_drops=grown.get(target_port, 0) if self._is_target_here else None,
            receiver_drops=sum(max(0, grown.get(port, 0)) for port in ports),
            process=self._process(usage, peak),
            losers=self._losers(first) if checked and checked.lost else (),
        )

    def _checked(self, sent: Sent) -> Checked:
        """Return what the receivers saw since the last step."""
        now = self._checker.counts(self._sent * self.settings.lines)
        new = {name: count - self._counts[name] for name, count in now.items()}
        self._counts = now
        is_stamped = self.traffic.is_stamped
        return Checked(
            datagrams=new["datagrams"],
            bytes=new["bytes"],
            lines=new["lines"],
            arrived=new["arrived"],
            lost=max(0, sent.lines - new["found"]),
            altered=new["altered"],
            duplicated=new["duplicated"],
            misplaced=new["misplaced"],
            misplaced_names=new["misplaced_names"],
            out_of_order=new["out_of_order"] if is_stamped else None,
            delay=delay_of(*self._checker.delays()),
        )

    def _losers(self, first: int) -> tuple[Loser, ...]:
        """Return the names and senders that lost most; of stamped lines only."""
        if not self.traffic.is_stamped:
            return ()
        end = self._sent * self.settings.lines
        lost = self._checker.lost(first, end, LOST_SAMPLE)
        places = Counter(self.traffic.place(number) for number in lost)
        return tuple(
            Loser(sender, name_of(self.settings, name), count)
            for (sender, name), count in places.most_common(LOSERS)
        )

    def _usage(self) -> Usage | None:
        """Return what the watched process has used."""
        return read_usage(self.settings.pid) if self.settings.pid else None

    def _process(self, before: Usage | None, peak: int) -> Process | None:
        """Return what the watched process used in a run."""
        after = self._usage()
        if self.settings.pid is None or before is None or after is None:
            return None
        return Process(
            self.settings.pid,
            round(after.cpu_s - before.cpu_s, 3),
            max(peak, before.rss_bytes, after.rss_bytes),
        )
