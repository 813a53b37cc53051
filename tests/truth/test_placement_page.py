"""docs/placement.md says what placement does."""

import re
import subprocess

import pytest

from statshard import Ring
from statshard.settings.hashes import HASHES, KEYS
from tests.support.tree import ROOT

PAGE = (ROOT / "docs/placement.md").read_text(encoding="utf-8")
BAR = "\x00"  # in the place of a bar within a cell
FIRST = {"rendezvous": "name", "etsy": "node", "ketama": "node", "libketama": "node"}


def table(head: str) -> list[list[str]]:
    """Return the rows of the table whose head begins with a cell."""
    (found,) = re.findall(
        rf"^\| {head} \|.*\n\| ---.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE
    )
    rows = found.replace(r"\|", BAR).splitlines()
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in rows]


def test_the_keys_are_those_that_are() -> None:
    """Each value of shard_by is told, in the order of the settings."""
    assert list(KEYS) == [key for key, _ in table("`shard_by`")]


@pytest.mark.parametrize("row", table("line"), ids=lambda row: row[0])
def test_a_line_has_the_keys_that_are_shown(row: list[str]) -> None:
    """Each line of the page has, by each shard_by, the key beside it."""
    line, *expected = (cell.replace(BAR, "|") for cell in row)
    rings = [Ring(["a:1"], shard_by=key) for key in KEYS]
    assert expected == [ring.explain(line).key.decode() for ring in rings]


def test_the_hashes_are_those_that_are() -> None:
    """Each hash has its own key, weights and identity as the settings have them."""
    told = {name: (key, weights, by) for name, _, key, weights, by in by_hash()}
    assert told == {
        name: (
            row.key,
            row.weights.value,
            "position" if row.is_by_position else FIRST[name],
        )
        for name, row in HASHES.items()
    }


def by_hash() -> list[list[str]]:
    """Return the rows of the table of hashes, the one that tells of weights."""
    head = r"`hash` \| as in"
    return table(head)


def test_every_hash_says_where_the_keys_of_one_that_is_out_go() -> None:
    """The table of those that are out has each hash once."""
    rows = table(r"`hash` \| where the keys of the one that is out go")
    names = [name for row in rows for name in re.findall(r"\w+", row[0])]
    assert set(HASHES) == set(names)
    assert len(HASHES) == len(names)


def test_the_command_gives_the_ring_id() -> None:
    """What the shell makes of the lines is the id of the ring beside it."""
    (command,) = re.findall(r"```sh\n(.*)\n```", PAGE)
    (ring,) = re.findall(r"`Ring\((.*)\)\.ring_id`", PAGE)
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=True
    )
    backends = re.findall(r'"(.*?)"', ring)
    assert done.stdout.strip() == Ring(backends).ring_id
