"""Measure: runs of a load, each a step: threads, waiting, and what the kernel says.

    generators, each a process   |== send ==========|
    checker, a thread here       |== receives and tallies =========|
    here                         | looks on each 50 ms | waits until nothing comes |

Line numbers go on from step to step, so a straggler of one step is never taken for a
line of the next. Owns sockets and processes until it is closed (a context manager).
"""

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import FrameType, TracebackType
from typing import Self

from statshard.errors import SettingsError, StatshardError
from statshard.load.corpus import name_of, open_traffic
from statshard.load.generators import Generators, Sending, Share, share_out
from statshard.load.options import LoadSettings
from statshard.load.ports import is_here, open_ports, open_senders
from statshard.load.proc import Usage, read_drops, read_usage
from statshard.load.step import Checked, Loser, Process, Sent, Step, delay_of
from statshard.plane.load import LIMITS, Checker, Traffic
from statshard.routing.placement import place

LOOK_S = 0.05  # between two looks at a run
LULL_S = 0.1  # without a line, after which all has come, where none is missing
QUIET_S = 1.0  # the same, where some are missing
STRAGGLE_S = 10.0  # however much still comes: of others, or later than delays are told
LOSERS = 10
LOST_SAMPLE = 100_000  # lost lines that the worst names are looked up of

Progress = Callable[[int], None]


class Measure:
    """The sockets, generators and checker of a load."""

    def __init__(self, settings: LoadSettings) -> None:
        self.settings = settings
        self.traffic = open_traffic(settings)
        self.is_stopped = False  # by Ctrl-C
        self._used = read_usage(settings.pid) if settings.pid else None
        self._has_gone = False  # the watched process
        self._stack = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            senders = open_senders(stack, settings.target, settings.sockets)
            descriptors = [sender.fileno() for sender in senders]
            self._generators = stack.enter_context(
                Generators(self.traffic, descriptors, settings.processes)
            )
            ports = open_ports(stack, settings.ports)
            self._wake = os.eventfd(0, os.EFD_NONBLOCK)
            stack.callback(os.close, self._wake)
            self._stack = stack.pop_all()
        self._sent = (0,) * settings.processes  # datagrams, in all steps
        self._checker = self._open_checker([port.fileno() for port in ports])
        self._counts = self._checker.counts(self._sent) if self._checker else {}
        self._is_target_here = is_here(settings.target)

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
        shares = share_out(rate, self.settings.seconds, self.settings.processes)
        refuse_too_many(self.traffic, self.settings.lines, self._sent, shares)
        drops = read_drops()
        usage = self._usage()
        before = self._generators.look()
        with self._minding_ctrl_c(), self._receiving():
            peak = self._send(shares, progress)
            after = self._generators.look()
            self._wait_for_stragglers(after)
        for each in after:
            if each.fault:
                target = self.settings.target.url
                raise StatshardError(f"--target {target!r}: cannot send: {each.fault}")
        sent = sent_between(rate, self.settings.lines, before, after)
        step_before, self._sent = self._sent, tuple(each.datagrams for each in after)
        return self._step(sent, step_before, drops, self._process(usage, peak))

    def _open_checker(self, ports: list[int]) -> Checker | None:
        """Return what checks the ports; None where there are none."""
        settings = self.settings
        if not ports:
            return None
        ring = settings.ring
        table = place(ring).table if ring else None
        return Checker(self.traffic, ports, self._wake, table)

    @contextlib.contextmanager
    def _minding_ctrl_c(self) -> Iterator[None]:
        """Let a first Ctrl-C only end the sending."""
        before = signal.getsignal(signal.SIGINT)

        def note(_number: int, _frame: FrameType | None) -> None:
            self.is_stopped = True
            signal.signal(signal.SIGINT, before)

        signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    @contextlib.contextmanager
    def _receiving(self) -> Iterator[None]:
        """Receive and tally meanwhile."""
        if self._checker is None:
            yield
            return
        with ThreadPoolExecutor(1) as thread:
            receiving = thread.submit(self._checker.run)
            try:
                yield
            finally:
                self._checker.stop()
                os.eventfd_write(self._wake, 1)
            receiving.result()

    def _send(self, shares: Sequence[Share], progress: Progress) -> int:
        """Let all send until they have, or Ctrl-C ends it.

        Return the most memory that the watched process was seen with.
        """
        peak = 0
        self._generators.start(shares)
        while True:
            now = self._generators.look()
            progress(sum(each.datagrams for each in now) - sum(self._sent))
            usage = self._usage()
            peak = max(peak, usage.rss_bytes if usage else 0)
            if all(each.is_done for each in now):
                return peak
            if self.is_stopped:
                self._generators.stop()
            time.sleep(LOOK_S)

    def _wait_for_stragglers(self, now: Sequence[Sending]) -> None:
        """Return once no line has come for a while."""
        if self._checker is None:
            return
        wanted = sum(each.datagrams for each in now) * self.settings.lines
        seen, since = -1, time.monotonic()
        stop_by = since + STRAGGLE_S
        while time.monotonic() < stop_by:
            lines = self._checker.lines()
            if lines != seen:
                seen, since = lines, time.monotonic()
            quiet = LULL_S if lines >= wanted else QUIET_S
            if time.monotonic() - since >= quiet:
                return
            time.sleep(LULL_S / 10)

    def _step(
        self,
        sent: Sent,
        step_before: tuple[int, ...],
        drops: dict[int, int],
        process: Process | None,
    ) -> Step:
        """Put together what came of a run; the next one begins where it ended."""
        now = read_drops()
        # A socket that was closed takes its count with it.
        grown = {port: max(0, all_ - drops.get(port, 0)) for port, all_ in now.items()}
        ports = {port for _, port in self.settings.ports}
        checked = self._checked(self._checker, sent) if self._checker else None
        target_port = self.settings.target.port
        return Step(
            sent=sent,
            checked=checked,
            target_drops=grown.get(target_port, 0) if self._is_target_here else None,
            receiver_drops=sum(grown.get(port, 0) for port in ports),
            process=process,
            losers=self._losers(step_before) if checked and checked.lost else (),
        )

    def _checked(self, checker: Checker, sent: Sent) -> Checked:
        """Return what the receivers saw since the last step."""
        now = checker.counts(self._sent)
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
            wrong=new["wrong"] if self.settings.hash else None,
            out_of_order=new["out_of_order"] if is_stamped else None,
            foreign=new["foreign"],
            delay=delay_of(*checker.delays()),
        )

    def _losers(self, step_before: tuple[int, ...]) -> tuple[Loser, ...]:
        """Return the names and senders that lost most; of stamped lines only."""
        if self._checker is None or not self.traffic.is_stamped:
            return ()
        spans = zip(step_before, self._sent, strict=True)
        places = Counter(
            self.traffic.place(number)
            for process, (first, end) in enumerate(spans)
            for number in self._checker.lost(process, first, end, LOST_SAMPLE)
        )
        return tuple(
            Loser(sender, name_of(self.settings, name), count)
            for (sender, name), count in places.most_common(LOSERS)
        )

    def _usage(self) -> Usage | None:
        """Return what the watched process has used; once it has gone, that stays."""
        if self.settings.pid is not None:
            try:
                self._used = read_usage(self.settings.pid)
            except SettingsError:
                self._has_gone = True
        return self._used

    def _process(self, before: Usage | None, peak: int) -> Process | None:
        """Return what the watched process used in a run."""
        after = self._usage()
        if self.settings.pid is None or before is None or after is None:
            return None
        return Process(
            self.settings.pid,
            round(after.cpu_s - before.cpu_s, 3),
            max(peak, before.rss_bytes, after.rss_bytes),
            self._has_gone,
        )


def sent_between(
    rate: int, lines: int, before: Sequence[Sending], after: Sequence[Sending]
) -> Sent:
    """Return what all processes together sent between two looks at them."""
    pairs = list(zip(before, after, strict=True))
    datagrams = sum(b.datagrams - a.datagrams for a, b in pairs)
    began_ns = min(each.began_ns for each in after)
    return Sent(
        rate,
        datagrams,
        datagrams * lines,
        (max(each.ended_ns for each in after) - began_ns) / 1e9,
        sum(b.held - a.held for a, b in pairs),
        sum(b.refused - a.refused for a, b in pairs),
    )


def refuse_too_many(
    traffic: Traffic, lines: int, sent: Sequence[int], shares: Sequence[Share]
) -> None:
    """Raise SettingsError where the lines' numbers do not suffice for a step."""
    last = max(
        traffic.number(process, before + count - 1)
        for process, (before, (count, _)) in enumerate(zip(sent, shares, strict=True))
    )
    if (last + 1) * lines > LIMITS["numbers"]:
        raise SettingsError(
            f"more than {LIMITS['numbers']} lines in all; take fewer --seconds"
        )
