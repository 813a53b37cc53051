"""Shell completion: what a shell gets when it asks the command how a word goes on."""

import os
import subprocess

import pytest

from statshard.settings.hashes import HASHES
from tests.support.proxy import COMMAND


def complete(words: str) -> list[str]:
    """Return how the last of some words may go on, as bash is told."""
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    done = subprocess.run(
        COMMAND,
        env=os.environ | asked | {"_STATSHARD_COMPLETE": "bash_complete"},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("statshard ro", ["plain,route"]),
        ("statshard u", ["plain,up"]),
        ("statshard up --no", ["plain,--no-demo"]),
        ("statshard plan --to-s", ["plain,--to-shard-by"]),
        ("statshard run --hash ", [f"plain,{name}" for name in HASHES]),
        ("statshard load --shard-by s", ["plain,series"]),
        ("statshard plan --to-hash sd", ["plain,sdbm"]),
        ("statshard convert --from hi", ["plain,hit9"]),
        ("statshard check -c ex", ["file,ex"]),
        ("statshard plan --keys ex", ["file,ex"]),
        ("statshard plan --to ex", ["file,ex"]),
        ("statshard convert ex", ["file,ex"]),
    ],
)
def test_a_word_goes_on(words: str, expected: list[str]) -> None:
    """Commands, flags, names that are known, and files are completed."""
    assert expected == complete(words)
