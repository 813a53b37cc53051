"""A first look: the proxy at work between some traffic and two counting receivers.

    this program --- 200 lines/s ---> statshard run ---> shard-1   a receiver here
    your echo    --- your lines ----> (a child)     ---> shard-2   another one

    make run                     until Ctrl-C
    examples/first_look.py --seconds 3

Once a second one line: what came in, and where it went. What came in, was dropped and
waits is the proxy's own word (the summary in its log); what arrived, the receivers'.
At the end both accounts must agree. Nothing is used but the standard library.
"""

import argparse
import contextlib
import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import IO, Any

HOST = "127.0.0.1"
PORT = 8125  # where StatsD clients send unless told otherwise
SHARDS = ("shard-1", "shard-2")
RATE = 200  # lines/s
TICK_S = 0.05
STOP_TIMEOUT_S = 10.0
DATAGRAM_MAX = 65_536
SERVICES = ("api", "auth", "cart", "mail", "search")
SAMPLES = ("requests:1|c", "latency:{}|ms", "load:{}|g", "users:{}|s")
MARK = "|#by:first_look"  # a tag, by which we know our own lines again
SHOWN_NAMES = 3  # of your metrics, in one line
SHOWN_LENGTH = 40  # characters of one name
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Event = Mapping[str, Any]  # one line of the proxy's log, or one of our own
Events = SimpleQueue[Event]


@dataclass
class Receiver:
    """A UDP socket in the place of a StatsD server. Its thread alone writes here."""

    name: str
    socket: socket.socket
    lines: int = 0  # that arrived
    ours: int = 0  # of those, the lines that this program sent
    # Names of the others, not shown yet.
    yours: deque[str] = field(default_factory=lambda: deque(maxlen=100))

    def take_datagram(self) -> None:
        """Count the lines of one datagram."""
        for line in self.socket.recv(DATAGRAM_MAX).split(b"\n"):
            self.lines += 1
            if line.endswith(MARK.encode()):
                self.ours += 1
            else:
                self.yours.append(show_name(line.partition(b":")[0]))


def main() -> int:
    """Show the proxy at work; return the exit status."""
    asked = parse_arguments()
    events = catch_signals()
    receivers = [Receiver(name, open_socket()) for name in SHARDS]
    ending: list[Event] = []
    sent = 0
    with count_arrivals(receivers):
        command = build_command(choose_port(asked.port), receivers)
        with run_proxy(command, events, ending) as proxy:
            address = wait_for_start(events)
            if address is not None:
                invite(address)
                sent = show_traffic(address, receivers, events, asked.seconds)
    if proxy.returncode == -signal.SIGTERM:
        say("stopped before the proxy was ready")
        return 0
    if proxy.returncode != 0:
        return proxy.returncode if proxy.returncode > 0 else 128 - proxy.returncode
    return show_balance(ending, receivers, sent)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--seconds", type=int, help="end after so many; default: at Ctrl-C"
    )
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"listen here; default: {PORT}"
    )
    return parser.parse_args()


def catch_signals() -> Events:
    """Return the queue that signals and the proxy's log go to, in their order."""
    events: Events = SimpleQueue()
    for number in STOP_SIGNALS:
        # A SimpleQueue may be put to from within a signal handler; a lock may not.
        signal.signal(number, lambda *_: events.put({"event": "stop"}))
    return events


# === Receivers ===


def open_socket() -> socket.socket:
    """Return a UDP socket on a loopback port that the kernel chose."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind((HOST, 0))
    return opened


@contextlib.contextmanager
def count_arrivals(receivers: Sequence[Receiver]) -> Iterator[None]:
    """Count what arrives; afterwards nothing is left in the sockets."""
    is_over = threading.Event()

    def count() -> None:
        with selectors.DefaultSelector() as selector:
            for receiver in receivers:
                selector.register(receiver.socket, selectors.EVENT_READ, receiver)
            while True:
                ready = selector.select(TICK_S)
                if not ready and is_over.is_set():
                    return
                for key, _ in ready:
                    key.data.take_datagram()

    thread = threading.Thread(target=count, name="receivers")
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        for receiver in receivers:
            receiver.socket.close()


# === The proxy ===


def choose_port(wanted: int) -> int:
    """Return the port to listen on; 0, which lets the kernel choose, if it is busy."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((HOST, wanted))
        except OSError as fault:
            say(f"port {wanted} is not to be had ({fault.strerror}): taking a free one")
            return 0
        except OverflowError:
            pass  # no port at all: the proxy says what is valid
    return wanted


def build_command(port: int, receivers: Sequence[Receiver]) -> list[str]:
    """Return the command of the proxy."""
    words = [sys.executable, "-m", "statshard", "run"]
    words += ["--listen", f"udp://{HOST}:{port}"]
    for receiver in receivers:
        to = receiver.socket.getsockname()[1]
        words += ["--backend", f"{receiver.name}={HOST}:{to}"]
    return [*words, "--summary-s", "1", "--log-format", "json"]


@contextlib.contextmanager
def run_proxy(
    command: Sequence[str], events: Events, ending: list[Event]
) -> Iterator[subprocess.Popen[str]]:
    """Run the proxy; at the end SIGTERM, and wait for it.

    Its log is put to `events`, but for the closing balance, which goes to `ending`.
    """
    proxy = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C goes to all of a terminal's foreground group; the order to stop
        # shall come from here, once the traffic has ceased.
        start_new_session=True,
    )
    assert proxy.stderr is not None  # noqa: S101 - it was asked for, for mypy
    reader = threading.Thread(target=read_log, args=(proxy.stderr, events, ending))
    reader.start()
    try:
        yield proxy
    finally:
        proxy.terminate()
        try:
            proxy.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            proxy.kill()
            proxy.wait()
        reader.join()
        proxy.stderr.close()


def read_log(log: IO[str], events: Events, ending: list[Event]) -> None:
    """Put each line of the proxy's log where it belongs, and then that it has ended."""
    for row in log:
        try:
            event = json.loads(row)
        except ValueError:  # an error, which is told as it is
            sys.stderr.write(row)
            continue
        if event["event"].startswith("balance"):
            ending.append(event)
        else:
            events.put(event)
    events.put({"event": "ended"})


def wait_for_start(events: Events) -> tuple[str, int] | None:
    """Return the address that the proxy listens on; None if it did not start."""
    listening = ""
    while True:
        event = events.get()
        if event["event"] in {"stop", "ended"}:
            return None
        if event["event"] == "listening":
            listening = event["listener"]
        if event["event"] == "started":
            host, _, port = listening.removeprefix("udp://").rpartition(":")
            return host, int(port)


# === Traffic, and a line each second ===


def show_traffic(
    address: tuple[str, int],
    receivers: Sequence[Receiver],
    events: Events,
    seconds: int | None,
) -> int:
    """Send lines and print what becomes of them until told to stop; return how many."""
    names = [f"demo.{service}.{s}{MARK}" for service in SERVICES for s in SAMPLES]
    before = [0, *(0 for _ in receivers)]
    shown = sent = 0
    due = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while shown != seconds:
            now = time.monotonic()
            due = max(due, now - TICK_S * 2)  # after Ctrl-Z and fg, no burst
            while due <= now:
                line = random.choice(names).format(random.randrange(100))
                sender.sendto(line.encode(), address)
                sent += 1
                due += 1 / RATE
            event = wait_for_event(events, TICK_S)
            if event["event"] in {"stop", "ended"}:
                break
            if event["event"] == "summary":
                shown += 1
                before = show_second(event, receivers, before)
            elif event.get("level") == "warning":
                say(f"proxy: {json.dumps(event)}")
    return sent


def wait_for_event(events: Events, at_most_s: float) -> Event:
    """Return the next event, or one without a meaning after a while."""
    try:
        return events.get(timeout=at_most_s)
    except Empty:
        return {"event": "nothing"}


def show_second(
    summary: Event, receivers: Sequence[Receiver], before: Sequence[int]
) -> list[int]:
    """Print the line of one second; return the counts from which the next one goes."""
    counts = [summary["received_lines"], *(receiver.lines for receiver in receivers)]
    news = [now - then for now, then in zip(counts, before, strict=True)]
    labels = ["in", *(f"to {receiver.name}" for receiver in receivers)]
    cells = [f"{label} {n:4}" for label, n in zip(labels, news, strict=True)]
    cells += [f"dropped {summary['dropped_lines']}"]
    cells += [f"waiting {summary['waiting_lines']}"]
    cells += [f"total {counts[0]}"]
    yours = list_yours(receivers)
    say("   ".join(cells + ([f"yours: {yours}"] if yours else [])))
    return counts


def list_yours(receivers: Sequence[Receiver]) -> str:
    """Return which metrics came that are not ours since the last call, and where to."""
    found: dict[str, None] = {}
    for receiver in receivers:
        while receiver.yours:
            found[f"{receiver.yours.popleft()} -> {receiver.name}"] = None
    rest = len(found) - SHOWN_NAMES
    return ", ".join([*list(found)[:SHOWN_NAMES], *([f"+{rest}"] if rest > 0 else [])])


# === What is said ===


def invite(address: tuple[str, int]) -> None:
    """Print where to send to."""
    host, port = address
    say(f"statshard listens on udp://{host}:{port}, before {' and '.join(SHARDS)}")
    say(f"{RATE} lines a second come from here; send your own from another bash:")
    say(f'    echo "hello:1|c" > /dev/udp/{host}/{port}')
    say("each line: this second's lines; dropped and total are since the start")
    say("Ctrl-C ends it")
    say("")


def show_balance(log: Sequence[Event], receivers: Sequence[Receiver], sent: int) -> int:
    """Print what became of every line; return 0 where all that was sent arrived."""
    balance = next(event for event in log if event["event"] == "balance")
    shards = [event for event in log if event["event"] == "balance_backend"]
    out = sum(shard["forwarded_datagrams"] for shard in shards)
    arrived = sum(receiver.lines for receiver in receivers)
    ours = sum(receiver.ours for receiver in receivers)
    is_whole = ours == sent and arrived == balance["forwarded_lines"]
    say("")
    say(f"received   {balance['received_lines']} lines, as the proxy counted them")
    each = ", ".join(f"{e['backend']} {e['forwarded_lines']}" for e in shards)
    say(f"forwarded  {balance['forwarded_lines']} ({each})")
    reasons = [e for e in log if e["event"] == "balance_dropped"]
    why = ", ".join(f"{e['reason']} {e['lines']}" for e in reasons)
    say(f"dropped    {balance['dropped_lines']}" + (f" ({why})" if why else ""))
    say(f"waiting    {balance['waiting_lines']}")
    say(f"closes     {balance['closes']}: received = forwarded + dropped + waiting")
    say(f"datagrams  {balance['received_datagrams']} in, {out} out")
    say(f"arrived    {arrived} lines, as the receivers counted them")
    say(
        f"sent       {sent} from here, of which {ours} arrived: "
        + ("everything" if is_whole else "NOT everything")
    )
    return 0 if is_whole else 1


def show_name(name: bytes) -> str:
    """Return a sender's bytes as a terminal may see them: nothing moves its cursor."""
    text = name.decode("utf-8", "backslashreplace")
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode()
        for c in text[:SHOWN_LENGTH]
    )
    return shown + ("..." if len(text) > SHOWN_LENGTH else "")


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # `| head` has seen enough; the proxy is stopped already
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
