"""Converted: the whole trip from another program's file to settings that hold."""

from pathlib import Path

import pytest

from statshard.settings.foreign.converted import convert
from statshard.settings.foreign.foreign import Source
from statshard.settings.foreign.programs import PROGRAMS
from tests.support.foreign import EXAMPLES, example
from tests.support.settings import effective

Placed = tuple[str, str, float]  # name, address, weight


def plain(*addresses: str) -> list[Placed]:
    """Return backends named by their addresses."""
    return [(address, address, 1.0) for address in addresses]


# program -> hash, and the backends of its example
EXPECTED: dict[str, tuple[str, list[Placed]]] = {
    "etsy": ("etsy", plain("127.0.0.1:8127", "127.0.0.1:8129", "127.0.0.1:8131")),
    "statsrelay": (
        "jump",
        [
            ("10.0.0.1:8125", "10.0.0.1:8125", 1.0),
            ("10.0.0.2:8125:a", "10.0.0.2:8125", 1.0),
            ("10.0.0.2:8125:b", "10.0.0.2:8125", 1.0),
        ],
    ),
    "hit9": (
        "ketama",
        [
            ("127.0.0.1:8126", "127.0.0.1:8126", 1.0),
            ("127.0.0.1:8127", "127.0.0.1:8127", 2.0),
            ("127.0.0.1:8128", "127.0.0.1:8128", 4.0),
        ],
    ),
    "hulu": ("sdbm", plain("127.0.0.1:9100", "127.0.0.1:9102", "127.0.0.1:9104")),
    "lyft": ("murmur3", plain("10.0.0.1:8128", "10.0.0.2:8128")),
    "uber": ("murmur3", plain("10.0.0.1:8128", "10.0.0.2:8128", "10.0.0.3:8128")),
    "rust": ("djb2", plain("10.0.0.1:8125", "10.0.0.2:8125", "10.0.0.3:8125")),
}


@pytest.mark.parametrize("program", EXPECTED)
def test_a_converted_file_is_valid_settings(program: str) -> None:
    """Each example is recognised, and its settings hold: hash, key, backends."""
    converted = convert(example(program), usable_cpus=2)
    name, backends = EXPECTED[program]
    settings = converted.settings
    assert (program, name) == (converted.program, settings.hash)
    assert settings.shard_by == ("embedded" if name == "djb2" else "raw")
    found = [(one.name, one.address, one.weight) for one in settings.backend]
    assert backends == found
    assert PROGRAMS[program].read(example(program)).leftovers == converted.leftovers


def test_each_program_is_expected() -> None:
    """No program's trip is left out."""
    assert EXPECTED.keys() == EXAMPLES.keys() == PROGRAMS.keys()


def test_the_rust_file_is_what_run_makes_of_it(tmp_path: Path) -> None:
    """A config.ini converted is the one that `run -c` takes: names, order, all."""
    text = "threads = 3\nbind_interface = ::1\ndestinations = b:1 a:1 b:1\n"
    path = tmp_path / "config.ini"
    path.write_text(text, encoding="utf-8")
    converted = convert(Source("config.ini", text), usable_cpus=3)
    assert effective(path).settings == converted.settings
