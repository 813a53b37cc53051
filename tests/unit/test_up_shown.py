"""How a view is shown: cells, words, blocks of lines, the table of a terminal, JSON."""

import io
import json
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from statshard.settings.flags import Found
from statshard.up.cells import (
    TRAFFIC_HEAD,
    age,
    dropped_text,
    number,
    series_cells,
    traffic_cells,
)
from statshard.up.live import FEWEST, FIXED_ROWS, GREETING_ROWS, draw, share_rows
from statshard.up.objects import JsonScreen
from statshard.up.options import read_up
from statshard.up.output import Output
from statshard.up.plain import MOST_SERIES, PlainScreen
from statshard.up.screen import SCREENS, open_screen
from statshard.up.view import PROXY, Counts, Dropped, News, View
from statshard.up.words import closing, greeting, list_news, reach
from tests.support.up_records import Story

HOSTILE = "a\x1b[31m\nb\u202e[bold]c[/bold]"
ESCAPED = "a\\x1b[31m\\nb\\u202e[bold]c[/bold]"
LISTENING = ["udp://127.0.0.1:8125"]


def view_of(names: int = 0, key: str = "x") -> View:
    """Return a view with a counter of this key, and the demonstration's, so many."""
    story = Story()
    story.forward(1234, 5678, received=6912)
    counters = {key: 3.0} | {f"client.{n:04}": 1.0 for n in range(names)}
    story.flush(counters=counters)
    return story.view()


def render(view: View, width: int, height: int) -> list[str]:
    """Return what a terminal shows of a view."""
    console = Console(file=io.StringIO(), width=width, height=height, markup=False)
    with console.capture() as shown:
        console.print(draw(view, width, height))
    return shown.get().splitlines()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (1234567.0, "1,234,567"),
        (-3.0, "-3"),
        (31.256, "31.26"),
        (1234.5, "1,234.5"),
        (0.5, "0.5"),
        (0.000123, "0.000123"),
        (1e300, "1e+300"),
        (None, "?"),
    ],
)
def test_numbers_are_short(value: float | None, shown: str) -> None:
    """A number has as many digits as somebody reads."""
    assert shown == number(value)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(2.0, "2 s ago"), (0.3, "0.3 s ago"), (150, "2 min ago"), (7300, "2 h ago")],
)
def test_ages_are_short(seconds: float, shown: str) -> None:
    """An age has one unit."""
    assert shown == age(seconds)


def test_each_type_has_its_figures() -> None:
    """Counter: sum and rate; gauge: value; set: members; timer: mean, count, one
    percentile, and whatever of them is told.
    """
    story = Story()
    story.flush(
        counters={"c": 5.0},
        gauges={"g": 1.5},
        sets={"s": 7},
        timers={
            "t": {"upper_99_9": 9.0, "upper": 10.0, "mean": 4.0, "count": 8.0},
            "u": {"sum": 3.0},
        },
    )
    assert [
        ("c", "counter", "5", "2.5/s", "shard-1"),
        ("g", "gauge", "1.5", "", "shard-1"),
        ("s", "set", "7", "distinct", "shard-1"),
        ("t", "timer", "4", "mean of 8, p99.9 9", "shard-1"),
        ("u", "timer", "?", "", "shard-1"),
    ] == [series_cells(each) for each in story.view().series]


def test_traffic_leaves_out_what_a_row_has_not() -> None:
    """What came in has no samples; a rate that is not known is empty."""
    into, out, *_ = view_of().traffic
    assert ("in", "", "6,912", "0", "", "", "", "") == traffic_cells(into)
    assert ("out", "", "6,912", "0", "0", "0", "0", "1") == traffic_cells(out)


def test_what_was_dropped_is_a_sentence() -> None:
    """Each reason with its count; the place, where there is one."""
    dropped = [
        Dropped("", "no_colon", 1000, "lines"),
        Dropped("shard-1", "bad_value", 1, "samples"),
        Dropped("", "not read in time", 2, "datagrams"),
    ]
    assert (
        "no_colon 1,000, shard-1 bad_value 1, not read in time 2 datagrams"
        == dropped_text(dropped)
    )


@pytest.mark.parametrize("name", ["plain", "live"])
def test_names_move_no_terminal(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Control characters of a name are escaped, and brackets are no markup."""
    view = view_of(key=HOSTILE)
    if name == "plain":
        PlainScreen(Output(1)).show(view, [News("a", f"news {HOSTILE}")], is_round=True)
        lines = capfd.readouterr().out.splitlines()
        assert f"a: news {ESCAPED}" == lines[0]
    else:
        lines = render(view, 120, 40)
    assert any(line.startswith(f"{ESCAPED} ") for line in lines)
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("dropped", [(), (Dropped("", "no_colon", 3, "lines"),)])
@pytest.mark.parametrize(
    ("width", "height", "greeting_rows"),
    [
        *((80, 24, GREETING_ROWS), (100, 40, GREETING_ROWS), (60, 24, GREETING_ROWS)),
        *((40, 10, 0), (32, 12, 0), (80, 10, 0)),
    ],
)
def test_a_table_fits_into_its_terminal(
    width: int, height: int, greeting_rows: int, dropped: tuple[Dropped, ...]
) -> None:
    """However many series, rows and columns fit, also with what was dropped; a client's
    new name is there, and how many are not shown.
    """
    view = replace(view_of(names=500), dropped=dropped)
    lines = render(view, width, height)
    assert len(lines) + greeting_rows < height
    assert all(len(line.rstrip()) <= width for line in lines)
    assert any(line.startswith("client.0000 ") for line in lines)
    shown = sum(line.startswith(("client.", "x ")) for line in lines)
    assert f"... and {501 - shown} more" == lines[-1].strip()


def test_a_long_name_leaves_the_columns_where_they_are() -> None:
    """A name that is too long is cut, and its figures stand where all others do."""
    short, long = (render(view_of(key=key), 80, 24) for key in ("x", "x" * 500))
    (usual,) = [line for line in short if line.startswith("x")]
    (cut,) = [line for line in long if line.startswith("x")]
    assert usual[31:] == cut[31:]
    assert cut[:32].rstrip().endswith("\u2026")


def test_many_backends_leave_the_columns_where_they_are() -> None:
    """Of 64 backends those that fit are shown, and how many more there are; no column
    is cut for it.
    """
    names = [f"shard-{number}" for number in range(1, 65)]
    lines = render(Story(*names).view(), 80, 24)
    assert lines[0].endswith("  refused  series")
    assert len(lines) + GREETING_ROWS <= 24
    shown = sum(line.startswith("  shard-") for line in lines)
    assert f"  +{64 - shown} more" in [line.rstrip() for line in lines]


@pytest.mark.parametrize("width", [32, 41, 40, 50, 60, 70, 79])
def test_a_narrow_table_cuts_no_number(width: int) -> None:
    """Where columns do not fit, whole ones are left out, those of least use first."""
    head, into, *rows = render(view_of(key="hello"), width, 24)
    assert head.split() == list(TRAFFIC_HEAD[1 : 1 + len(head.split())])
    assert ["in", "6,912"] == into.split()[:2]
    (hello,) = [row for row in rows if row.startswith("hello ")]
    assert "3" in hello.split()


@given(st.integers(9, 22), st.integers(1, 64), st.integers(1, 5000))
def test_rows_of_a_low_terminal_are_shared_out(
    height: int, backends: int, series: int
) -> None:
    """However low it is there is a series, and all but the greeting fits."""
    shown, listed = share_rows(height, backends, series)
    assert 1 <= listed <= series
    rows = shown + (shown < backends) + listed + (listed < series)
    assert rows + FIXED_ROWS <= height


@given(st.integers(24, 200), st.integers(1, 64), st.integers(0, 5000))
def test_rows_are_shared_out(height: int, backends: int, series: int) -> None:
    """Some of both are shown, no more than there are, and with what says how many are
    left, all fits.
    """
    shown, listed = share_rows(height, backends, series)
    rows = shown + (shown < backends) + listed + (listed < series)
    assert min(FEWEST, backends) <= shown <= backends
    assert min(FEWEST, series) <= listed <= series
    assert rows + FIXED_ROWS + GREETING_ROWS <= height
    fits = backends + series + FIXED_ROWS + GREETING_ROWS <= height
    assert not fits or (shown, listed) == (backends, series)


def test_a_block_has_what_came_since_the_one_before(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """What had samples in any flush since the last block is in the next one, once."""
    screen, story = PlainScreen(Output(1)), Story("shard-1")
    shown = []
    for counters in ({"a": 1.0}, {"a": 0.0, "b": 1.0}, {"a": 0.0, "b": 0.0}):
        story.flush(counters=counters)
        if counters != {"a": 0.0, "b": 1.0}:  # nobody reads meanwhile
            screen.show(story.view(), [], is_round=True)
            lines = capfd.readouterr().out.splitlines()
            shown.append([line[0] for line in lines if " counter " in line])
    assert [["a"], ["b"]] == shown
    screen.show(story.view(), [], is_round=False)
    assert "" == capfd.readouterr().out


def test_a_block_has_its_bounds(capfd: pytest.CaptureFixture[str]) -> None:
    """Of many series a block has some, and says how many more there are."""
    PlainScreen(Output(1)).show(view_of(names=MOST_SERIES + 9), [], is_round=True)
    lines = capfd.readouterr().out.splitlines()
    assert MOST_SERIES == sum(" counter " in line for line in lines)
    assert "... and 10 more" == lines[-1]


def test_json_is_a_line_a_round(capfd: pytest.CaptureFixture[str]) -> None:
    """An object has all that the view has, and where to send; news go elsewhere."""
    screen, story = JsonScreen(Output(1)), Story("shard-1")
    screen.open(read_up({}, {}).settings, LISTENING)
    story.flush(counters={"\udcff": 1.0})
    screen.show(story.view(), [News("a", "news")], is_round=True)
    screen.show(story.view(), [], is_round=False)
    screen.tell_end(story.picture)
    told = capfd.readouterr()
    flush, balance = map(json.loads, told.out.splitlines())
    assert ("flush", LISTENING) == (flush["event"], flush["listen"])
    assert [("\udcff", {"count": 1.0, "rate": 0.5})] == [
        (each["key"], each["figures"]) for each in flush["series"]
    ]
    assert "balance" == balance["event"]
    assert ("a: news\n", True) == (told.err, told.out.isascii())


@pytest.mark.parametrize(
    "flags",
    [{}, {"no_demo": True}, {"backends": "1"}, {"sink": ("graphite://127.0.0.1",)}],
)
def test_the_greeting_is_five_lines(flags: Found) -> None:
    """Five lines, of 80 characters, say where to send, where it shows, how to stop."""
    lines = greeting(read_up(flags, {}).settings, LISTENING)
    assert 5 == len(lines)
    assert all(len(line) <= 80 for line in lines)
    assert "/dev/udp/127.0.0.1/8125 " in lines[1]
    assert ("demo." in lines[3]) == ("no_demo" not in flags)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("udp://10.0.0.1:8125", ("10.0.0.1", 8125)),
        ("udp://0.0.0.0:8125", ("127.0.0.1", 8125)),
        ("udp://[::]:8125", ("::1", 8125)),
        ("udp://[::1]:8125", ("::1", 8125)),
    ],
)
def test_a_listener_is_reached_from_here(url: str, address: tuple[str, int]) -> None:
    """An address of no host is reached by this host's own."""
    assert address == reach(url)


def test_the_end_is_told_in_balances() -> None:
    """Lines, samples, what lies between, and each sink; what does not add up, too."""
    proxy = {
        "received_lines": 10,
        "forwarded_lines": 8,
        "dropped_lines": 2,
        "waiting_lines": 0,
        "closes": "yes",
    }
    server = {
        "received_samples": 7,
        "aggregated_samples": 6,
        "dropped_samples": 1,
        "received_lines": 7,
        "kernel_dropped_datagrams": 1,
        "closes": "no",
    }
    counts = {PROXY: Counts(proxy), "shard-1": Counts(server)}
    dropped = [
        Dropped("", "no_colon", 2, "lines"),
        Dropped("shard-1", "bad_value", 1, "samples"),
    ]
    sink = {"sent_points": 5, "dropped_points": 1, "waiting_points": 0}
    doubt = "; this does NOT close: a defect, please report it"
    assert (
        "lines    10 in = 8 out + 2 dropped (no_colon 2) + 0 waiting",
        f"samples  7 in = 6 aggregated + 1 dropped (shard-1 bad_value 1){doubt}",
        "between  7 of 8 lines out arrived; the servers' kernel dropped 1 datagrams",
        "sink     graphite:: 10 points sent, 2 dropped, 0 waiting",
    ) == closing(counts, dropped, {"graphite:": [sink, sink]})


def test_what_several_tell_alike_is_one_line() -> None:
    """News of one text are told once, with who tells them, or how many."""
    few = [News("shard-1", "down"), News("shard-2", "up"), News("shard-3", "down")]
    assert ["shard-1, shard-3: down", "shard-2: up"] == list_news(few)
    many = [News(f"shard-{number}", "down") for number in range(8)]
    assert ["8 servers: down"] == list_news(many)


def test_rich_is_loaded_for_a_terminal_only() -> None:
    """Nothing of `statshard up` loads rich but the screen of a terminal."""
    code = (
        "import sys, statshard.cli.up as up; to = up.Output(1); "
        "up.open_screen('plain', to); up.open_screen('json', to); "
        "print('rich' in sys.modules); "
        "up.open_screen('live', to); print('rich' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert "False\nTrue\n" == done.stdout
    assert {"live", "plain", "json"} == set(SCREENS)
    open_screen("plain", Output(1)).close()
