"""Generators: the processes that send a load, each a share of its rate and datagrams.

    here                        a process, for each of --processes
    (count, rate), STOP, LOOK ->  thread: Generator.run
                              <-  Sending, after each order

Which datagrams are whose follows from their numbers, so those of all processes together
are one traffic, checked in one place. The processes are forked when this is opened:
before there is any other thread. They end when it is closed, or when this process is
gone. Ctrl-C is for this process; they hear of it by STOP.
"""

import multiprocessing
import signal
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

from statshard.errors import StatshardError
from statshard.plane.load import Generator, Traffic

Share = tuple[int, int]  # datagrams, and how many of them in a second
Order = Share | str
STOP, LOOK = "stop", "look"


@dataclass(frozen=True, slots=True)
class Sending:
    """How far a process is: counts since its start, times of its last share."""

    datagrams: int
    held: int
    refused: int
    began_ns: int
    ended_ns: int
    is_done: bool
    fault: str  # why it could not send; empty: it could


class Generators:
    """The processes of a load; a context manager that ends them."""

    def __init__(self, traffic: Traffic, senders: Sequence[int], count: int) -> None:
        context = multiprocessing.get_context("fork")
        self._pipes: list[Connection] = []
        self._processes = []
        for place in range(count):
            ours, theirs = context.Pipe()
            own = list(senders[place::count])
            process = context.Process(
                target=_serve, args=(ours, theirs, traffic, own, place), daemon=True
            )
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join()

    def start(self, shares: Sequence[Share]) -> None:
        """Let each process send its share."""
        self._ask(shares)

    def stop(self) -> None:
        """Let all processes end their sending; they cannot send again."""
        self._ask([STOP] * len(self._pipes))

    def look(self) -> list[Sending]:
        """Return how far each process is."""
        return self._ask([LOOK] * len(self._pipes))

    def _ask(self, orders: Sequence[Order]) -> list[Sending]:
        """Give each process an order; return what each answers."""
        try:
            for pipe, order in zip(self._pipes, orders, strict=True):
                pipe.send(order)
            return [pipe.recv() for pipe in self._pipes]
        except (EOFError, OSError) as fault:
            raise StatshardError("a process that sends was killed") from fault


def share_out(rate: int, seconds: float, processes: int) -> list[Share]:
    """Return each process's share of a rate for some seconds: about the same.

    At least a datagram, and one in a second, for each.
    """
    rates = [
        max(1, rate * (place + 1) // processes - rate * place // processes)
        for place in range(processes)
    ]
    return [(max(1, round(each * seconds)), each) for each in rates]


def _serve(
    ours: Connection,
    theirs: Connection,
    traffic: Traffic,
    senders: list[int],
    place: int,
) -> None:
    """Obey orders until the other end of the pipe is closed: what a process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A copy, by the fork: the pipe has no end as long as it is open.
    ours.close()
    generator = Generator(traffic, senders, place)
    sending: Future[None] | None = None
    with closing(theirs), ThreadPoolExecutor(1) as thread:
        # OSError: this process's answer was still unread when the other one was gone.
        with suppress(EOFError, OSError):
            while True:
                order: Order = theirs.recv()
                if isinstance(order, tuple):
                    sending = thread.submit(generator.run, *order)
                elif order == STOP:
                    generator.stop()
                theirs.send(_tell(generator, sending))
        generator.stop()


def _tell(generator: Generator, sending: Future[None] | None) -> Sending:
    """Return how far a generator is."""
    is_done = sending is None or sending.done()
    fault = sending.exception() if sending is not None and is_done else None
    return Sending(
        *generator.counts(),
        *generator.span_ns(),
        is_done=is_done,
        fault=(getattr(fault, "strerror", None) or repr(fault)) if fault else "",
    )
