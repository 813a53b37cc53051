"""`statshard plan` tells beforehand what a change moves, by flags and by files."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from statshard import Ring
from statshard.routing.show_plan import plan_as_json, plan_as_text
from tests.support.proxy import COMMAND, Proxy, run_statshard
from tests.support.receivers import Receivers
from tests.support.senders import open_senders, send_closed_loop

ONE, TWO, SIX = "one=10.0.0.1:8125", "two=10.0.0.2:8125", "six=10.0.0.6:8125"
FLAGS = ["--backend", ONE, "--backend", TWO]
NOW = Ring([ONE, TWO])
LINES = [b"page.%d.views:1|c|#k:%d" % divmod(number, 5) for number in range(400)]


@pytest.mark.parametrize(
    ("change", "then"),
    [
        (["--add", SIX], Ring([ONE, TWO, SIX])),
        (["--add", SIX + ",weight=3"], Ring([ONE, TWO, SIX + ",weight=3"])),
        (["--remove", "one"], Ring([TWO])),
        (["--remove", "one", "--add", SIX], Ring([TWO, SIX])),
        (["--weight", "two=2.5"], Ring([ONE, TWO + ",weight=2.5"])),
        (["--to-hash", "djb2"], Ring([ONE, TWO], "djb2")),
        (["--to-hash", "etsy"], Ring([ONE, TWO], "etsy")),
        (["--to-shard-by", "series"], Ring([ONE, TWO], shard_by="series")),
        (["--shard-by", "name", "--to-hash", "sdbm"], Ring([ONE, TWO], "sdbm", "name")),
    ],
)
def test_a_change_is_planned(change: list[str], then: Ring) -> None:
    """Each flag of a change comes to the plan of the rings before and after."""
    done = run_statshard("plan", *FLAGS, *change, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    plan = NOW.plan(then)
    assert json.loads(done.stdout) == json.loads(json.dumps(plan_as_json(plan)))
    text = run_statshard("plan", *FLAGS, *change).stdout
    assert text == plan_as_text(plan) + "\n"
    assert "\x1b" not in text


MAP = ["--shard-map", "one", "--shard-map", "two", "--shard-map", "one"]
ONE_TWO_ONE = {"shard_map": ["one", "two", "one"]}


@pytest.mark.parametrize(
    ("ring", "change", "options", "then"),
    [
        (["--hash", "murmur3"], ["--add", SIX], {}, [ONE, TWO, SIX]),
        (["--hash", "murmur3"], ["--remove", "one"], {}, [TWO]),
        (["--hash", "murmur3", *MAP], ["--add", SIX], ONE_TWO_ONE, [ONE, TWO, SIX]),
        (
            ["--hash", "jump", "--hash-prefix", "p"],
            ["--add", SIX],
            {"hash_prefix": "p"},
            [ONE, TWO, SIX],
        ),
    ],
)
def test_what_a_ring_has_stays_where_the_hash_does(
    ring: list[str], change: list[str], options: dict[str, Any], then: list[str]
) -> None:
    """A prefix and a map that were given stay; a map that follows goes on following."""
    done = run_statshard("plan", *FLAGS, *ring, *change, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    plan = Ring([ONE, TWO], ring[1], **options).plan(Ring(then, ring[1], **options))
    assert json.loads(done.stdout) == json.loads(json.dumps(plan_as_json(plan)))
    assert (plan.moved == 0) == (options == ONE_TWO_ONE)


def test_two_files_are_compared(tmp_path: Path) -> None:
    """-c is what is now, --to what comes after."""
    rows = '[[backend]]\nname = "{}"\naddress = "10.0.0.1:8125"\n'
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text(rows.format("a") + rows.format("b"), encoding="utf-8")
    new.write_text(rows.format("b") + rows.format("c"), encoding="utf-8")
    done = run_statshard("plan", "-c", str(old), "--to", str(new), "--json")
    told = json.loads(done.stdout)
    assert [each["name"] for each in told["backends"]] == ["a", "b", "c"]
    assert told["backends"][0]["after"] is None
    assert told["backends"][2]["before"] is None


@pytest.mark.parametrize("is_file", [True, False])
def test_keys_of_a_file_are_counted(tmp_path: Path, *, is_file: bool) -> None:
    """--keys weighs by the lines of a file, or of standard input."""
    lines = b"".join(b"page.%d:1|c\n" % (number**2 % 97) for number in range(500))
    path = tmp_path / "lines"
    path.write_bytes(lines)
    where = str(path) if is_file else "-"
    done = subprocess.run(
        [*COMMAND, "plan", *FLAGS, "--add", SIX, "--keys", where, "--json"],
        input=lines,
        capture_output=True,
        check=True,
        timeout=60,
    )
    plan = NOW.plan(Ring([ONE, TWO, SIX]), lines.splitlines())
    assert json.loads(done.stdout) == json.loads(json.dumps(plan_as_json(plan)))
    assert (plan.basis, plan.total) == ("lines", 500)


def arrivals(receivers: Receivers, flags: list[str]) -> dict[bytes, str]:
    """Return the backend of each line, by a proxy with these flags."""
    receivers.forget()
    with Proxy(*flags) as proxy, open_senders(proxy.address) as senders:
        lines = [(line, 1) for line in LINES]
        send_closed_loop(senders, lines, lambda: receivers.lines)
    return {line: each.name for each in receivers.each for line in each.list_lines()}


@pytest.mark.parametrize("hash_name", ["rendezvous", "etsy", "djb2"])
def test_a_plan_is_what_two_proxies_do(tmp_path: Path, hash_name: str) -> None:
    """The moves of a plan over lines are those between two proxies' backends."""
    keys = tmp_path / "lines"
    keys.write_bytes(b"".join(line + b"\n" for line in LINES))
    with Receivers(4) as receivers:
        flags = receivers.backends()
        added, now, then = flags[:2], flags[2:], [*flags[4:], *flags[:2]]
        now += ["--hash", hash_name]
        before = arrivals(receivers, now)
        after = arrivals(
            receivers, [*then, "--hash", hash_name, "--shard-by", "series"]
        )
    change = ["--remove", "shard-1", "--add", added[1], "--to-shard-by", "series"]
    told = json.loads(
        run_statshard("plan", *now, *change, "--keys", str(keys), "--json").stdout
    )
    moves = Counter((before[line], after[line]) for line in LINES)
    expected = {pair: many for pair, many in moves.items() if pair[0] != pair[1]}
    assert expected == {(m["source"], m["target"]): m["count"] for m in told["moves"]}
    assert (told["moved"], told["total"]) == (sum(expected.values()), len(LINES))
    assert len(expected) > 1


def test_a_locale_without_such_characters_gets_a_plain_picture() -> None:
    """Where the output cannot have the picture's marks, plain ones stand for them."""
    done = subprocess.run(
        [*COMMAND, "plan", *FLAGS, "--add", SIX],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.isascii()
    assert b"# stays  + comes  . goes" in done.stdout


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ([], 2, "nothing comes after: give --to FILE, or a change"),
        (["--to", "x", "--add", SIX], 2, "--to and --add: a file, or a change"),
        (["--to", "nowhere.toml"], 78, "nowhere.toml"),
        (
            ["--remove", "tow"],
            78,
            "--remove 'tow': did you mean 'two'? valid: ",
        ),
        (["--remove", "one", "--remove", "two"], 78, "0 backends"),
        (["--add", ONE], 78, "backend 'one': twice"),
        (["--add", "x"], 78, "--add 'x': valid: HOST:PORT"),
        (["--weight", "two"], 78, "--weight 'two': valid: NAME=W"),
        (["--weight", "two=0"], 78, "--weight 'two=0': '0' is not a number above 0"),
        (["--weight", "two=2", "--to-hash", "jump"], 78, "jump has no weights"),
        (["--to-hash", "jmp"], 78, "hash 'jmp': did you mean 'jump'?"),
        (["--to-shard-by", "nme"], 78, "shard_by 'nme': did you mean 'name'?"),
        (["--add", SIX, "--keys", "/nowhere"], 1, "--keys '/nowhere': No such file"),
    ],
)
def test_what_cannot_be_planned_is_refused(
    words: list[str], status: int, told: str
) -> None:
    """Faults have the statuses of all commands, and say what is valid."""
    done = run_statshard("plan", *FLAGS, *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert told in done.stderr
