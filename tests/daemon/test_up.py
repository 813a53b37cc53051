"""`statshard up` as a real process: its output, its signals, its end."""

import asyncio
import fcntl
import json
import os
import pty
import re
import select
import shlex
import signal
import socket
import struct
import subprocess
import termios
from contextlib import suppress

import pytest

from tests.support.proxy import COMMAND, run_statshard
from tests.support.stores import open_store, wait_for
from tests.support.up import ADDRESS, LISTEN, QUICK, START_S, Up, read_command
from tests.support.wait import wait_until

STATUS_OF_A_PORT = 71
ENDING = re.compile(
    r"\n\nlines +([\d,]+) in = ([\d,]+) out \+ (\d+) dropped(?: \(.*\))? \+ 0 waiting\n"
    r"samples +([\d,]+) in = ([\d,]+) aggregated \+ (\d+) dropped(?: \(.*\))?\n"
    r"between +([\d,]+) of \2 lines out arrived$"
)


def read_ending(text: str) -> list[int]:
    """Return the numbers of the closing balance."""
    found = ENDING.search(text)
    assert found, text
    return [int(number.replace(",", "")) for number in found.groups()]


def test_it_says_where_to_send_and_shows_what_was_sent() -> None:
    """Five lines come first; a client's metric is named, before those of the
    demonstration; lines go to both backends; Ctrl-C ends it with a balance that closes.
    """
    with Up(*QUICK) as up:
        up.send(b"hello:3|c", b"no colon\nwrong:x|c")
        up.wait_for(r"\nhello +counter +3 [^\n]*\ndemo\.")
        up.wait_for(r"dropped: no_colon 1, shard-\d bad_value 1")
        assert 0 == up.stop()
    assert ["statshard", "send", "see", "demo", "stop"] == [
        line.split()[0] for line in up.lines[:5]
    ]
    assert all(len(line) <= 80 for line in up.lines)
    for shard in ("shard-1", "shard-2"):
        assert re.search(rf"\n{shard} +[1-9]\d* +[1-9]", up.text)
    lines, out, dropped, samples, aggregated, bad, arrived = read_ending(up.text)
    assert (lines, samples, arrived) == (out + dropped, aggregated + bad, out)
    assert (1, 1, "") == (dropped, bad, up.errors)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_end_it_alike(number: signal.Signals) -> None:
    """SIGTERM and SIGHUP end it as Ctrl-C does, and what was sent last is shown too."""
    with Up("--flush-interval", "3600", "--no-demo", "--backends", "1") as up:
        up.send(b"hello:1|c")
        assert 0 == up.stop(number)
    assert [1, 1, 0, 1, 1, 0, 1] == read_ending(up.text)
    assert re.search(r"\nhello +counter +1 ", up.text)


def test_a_signal_during_the_start_ends_it() -> None:
    """Told to stop before all has started, it leaves nothing behind, with status 0."""
    with Up() as up:
        wait_until(up.children)
        assert 0 == up.stop()
    assert ("", "") == (up.text, up.errors)


def test_without_the_demonstration_nothing_is_sent() -> None:
    """With --no-demo all that is shown is a client's."""
    with Up(*QUICK, "--no-demo") as up:
        up.wait_for(r"\nshard-2 +0 +0 +0 +0 +0 +0 +0\n")
        up.send(b"demo.web.requests:1|c")
        up.wait_for(r"\ndemo\.web\.requests +counter +1 ")
        assert 0 == up.stop()
    assert [1, 1, 0, 1, 1, 0, 1] == read_ending(up.text)


def test_a_terminal_gets_a_table() -> None:
    """On a terminal the table is drawn in its place, with a client's metric and none of
    the control characters that a sender puts into names; where its size changes, all is
    drawn anew; and the balance stands below.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    told = bytearray()

    def has_told(pattern: bytes) -> bool:
        with suppress(OSError):  # the end of a terminal that nobody writes to any more
            while select.select([ours], [], [], 0)[0]:
                told.extend(os.read(ours, 1 << 16))
        return re.search(pattern, told, re.DOTALL) is not None

    raw = {"STATSHARD_NO_SANITIZE": "true", "TERM": "xterm-256color"}
    raw |= {"COLUMNS": "80", "LINES": "24"}  # as some shells export them
    with (
        Up(*QUICK, output=theirs, environ=raw) as up,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        os.close(theirs)
        wait_until(lambda: has_told(ADDRESS.pattern.encode()), START_S)
        found = ADDRESS.search(told.decode())
        assert found
        sender.sendto(b"h\x1b[7mello:1|g", (found[1], int(found[2])))
        row = rb"h\\x1b\[7mello[^\n]*gauge[^\n]* 1\b"  # what is new is bold, by cells
        wait_until(lambda: has_told(row + rb".*demo\.web"))
        # Whoever is suspended or killed now has not hidden the cursor.
        assert told.rfind(b"\x1b[?25h") >= told.rfind(b"\x1b[?25l")
        up.children()
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 100, 0, 0))
        wait_until(lambda: has_told(rb"\x1b\[2J.*statshard is up: .*mello"))
        up.process.send_signal(signal.SIGINT)
        wait_until(lambda: has_told(rb"lines out arrived"))
        assert 0 == up.wait()
    assert has_told(rb"lines out arrived\r\n$")
    os.close(ours)
    assert b"\x1b[7m" not in told
    assert told.count(b"\x1b[?25l") <= told.count(b"\x1b[?25h")  # of the cursor


def test_a_port_that_is_taken_is_told() -> None:
    """Where the port is in use, it is named with what to type; the status is 71."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy:
        busy.bind(("127.0.0.1", 0))
        url = f"udp://127.0.0.1:{busy.getsockname()[1]}"
        with Up("--listen", url) as up:
            wait_until(up.children)
            assert STATUS_OF_A_PORT == up.wait()
    assert f"statshard: --listen '{url}': cannot bind" in up.errors
    assert "`statshard up --listen udp://127.0.0.1:0` takes a free one\n" in up.errors
    assert "" == up.text


@pytest.mark.parametrize(("word", "name"), [("serve", "shard-1"), ("run", "proxy")])
def test_a_process_that_ends_ends_all(word: str, name: str) -> None:
    """Where a server or the proxy is killed it is named, all are stopped, status 1;
    what is known of every line is told all the same.
    """
    with Up(*QUICK) as up:
        up.wait_for(r"\nshard-2 +[1-9]\d* +[1-9]")
        os.kill(up.child(word), signal.SIGKILL)
        assert 1 == up.wait()
    assert re.search(r"\nlines +[1-9].*\nsamples +[1-9].*\nbetween +\d", up.text)
    assert "; of who was killed, as last told\n" in up.text
    assert "NOT" not in up.text
    assert f"statshard: {name} was killed by SIGKILL\n" == up.errors


def test_a_process_that_cannot_start_lends_its_words_and_status() -> None:
    """What a server says when it cannot start is told, and its status is ours."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        sink = f"prometheus://127.0.0.1:{busy.getsockname()[1]}"
        with Up("--backends", "1", "--sink", sink) as up:
            wait_until(up.children)
            assert STATUS_OF_A_PORT == up.wait()
    assert sink.removeprefix("prometheus://") in up.errors
    assert up.errors.startswith("statshard: ")


def test_killed_it_leaves_no_child() -> None:
    """Its processes are those of `run` and `serve`; killed by SIGKILL, which no program
    sees, it leaves none of them behind.
    """
    with Up(*QUICK) as up:
        up.wait_until_up()
        words = [read_command(pid)[3] for pid in up.children()]
        assert ["run", "serve", "serve"] == sorted(words)
        up.process.kill()
        assert -signal.SIGKILL == up.wait()


def test_a_reader_that_has_seen_enough_ends_it() -> None:
    """Where nobody reads any more, all are stopped, without a word."""
    ours, theirs = os.pipe()
    with Up(*QUICK, output=theirs) as up:
        os.close(theirs)
        assert os.read(ours, 10)
        os.close(ours)
        up.children()
        assert 1 == up.wait()
    assert "" == up.errors


def test_an_output_that_is_full_ends_it() -> None:
    """Where it cannot write, that is told, and all are stopped, with status 1."""
    full = os.open("/dev/full", os.O_WRONLY)
    with Up(*QUICK, output=full) as up:
        os.close(full)
        wait_until(up.children)
        assert 1 == up.wait()
    assert "statshard: standard output: No space left on device\n" == up.errors


def test_four_backends_all_get_lines() -> None:
    """With --backends 4 the demonstration has lines for each."""
    with Up(*QUICK, "--backends", "4") as up:
        for number in range(1, 5):
            up.wait_for(rf"\nshard-{number} +[1-9]\d* +[1-9]")
        assert 5 == len(up.children())
        assert 0 == up.stop()


def test_json_has_an_object_a_flush() -> None:
    """With --json each line is an object: flushes, and at the end the balance."""
    with Up(*QUICK, "--json") as up:
        found = up.wait_for(r'"listen": \["udp://([\d.]+):(\d+)"\]')
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"hello:2|g", (found[1], int(found[2])))
        up.wait_for(r'"key": "hello"')
        assert 0 == up.stop()
    *flushes, balance = map(json.loads, up.lines)
    assert {"flush"} == {each["event"] for each in flushes}
    (hello,) = [each for each in flushes[-1]["series"] if each["key"] == "hello"]
    assert ("gauge", {"value": 2.0}) == (hello["kind"], hello["figures"])
    assert not hello["is_demonstration"]
    assert flushes[-1]["series"][0] == hello
    assert "balance" == balance["event"]
    assert {"yes"} == {
        each["closes"] for each in (balance["proxy"], *balance["servers"].values())
    }
    assert "" == up.errors


def test_sinks_get_the_flushes_too() -> None:
    """A --sink is flushed to by every server, under names of its own for what is of
    the server itself; a balance of it is told at the end.
    """

    async def run() -> None:
        async with open_store() as store:
            with Up(*QUICK, "--sink", f"graphite://127.0.0.1:{store.port}") as up:
                await asyncio.to_thread(up.send, b"hello:5|g")
                await wait_for(lambda: b"stats.gauges.hello 5 " in store.received)
                own = {
                    f"\nstats.statsd.{name}.packets_received ".encode()
                    for name in ("shard-1", "shard-2")
                }
                await wait_for(lambda: all(name in store.received for name in own))
                assert 0 == await asyncio.to_thread(up.stop)
        assert re.search(r"\nsink +graphite://.* points sent, 0 dropped", up.text)

    asyncio.run(run())


def test_who_does_not_read_holds_up_no_flush() -> None:
    """While nobody reads what it writes, flushes go on to the sinks."""
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)

    async def run() -> None:
        async with open_store() as store:
            sink = f"graphite://127.0.0.1:{store.port}"
            flags = ("--flush-interval", "0.1", "--sink", sink)
            with Up(*flags, output=theirs) as up:
                os.close(theirs)

                def count_flushes() -> int:
                    return store.received.count(b"shard-1.packets_received ")

                await wait_for(lambda: count_flushes() > 20)
                up.children()
                up.process.send_signal(signal.SIGINT)
                while await asyncio.to_thread(os.read, ours, 1 << 16):
                    pass
                assert 0 == up.wait()

    asyncio.run(run())
    os.close(ours)


def test_who_never_reads_holds_up_no_end() -> None:
    """Told to stop while nobody reads what it writes, it stops all, says so, and ends
    with status 1.
    """
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)  # full as soon as it has something

    def count_waiting() -> int:
        (count,) = struct.unpack("i", fcntl.ioctl(ours, termios.FIONREAD, bytes(4)))
        return int(count)

    with Up(*QUICK, output=theirs) as up:
        os.close(theirs)
        wait_until(count_waiting, START_S)
        assert 1 == up.stop()
    os.close(ours)
    assert "statshard: standard output: nobody reads it\n" == up.errors


def test_an_output_that_is_closed_is_told() -> None:
    """Where there is no standard output nothing is started, and it says why."""
    command = shlex.join([*COMMAND, "up", *LISTEN])
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {command} >&-"],
        check=False,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert (1, "statshard: standard output: Bad file descriptor\n") == (
        done.returncode,
        done.stderr,
    )


def test_what_is_wrong_is_told_before_the_start() -> None:
    """A flag that is wrong is told, with what is valid, and status 78."""
    done = run_statshard("up", "--sink", "console:")
    assert (78, "") == (done.returncode, done.stdout)
    assert "--sink 'console:': flushes are shown here already; valid: " in done.stderr
