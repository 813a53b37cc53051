"""The profile: what perf reports, as tables that name our lines."""

from bench.profile import (
    MOST,
    Share,
    format_table,
    list_functions,
    list_lines,
    list_objects,
)
from tests.support.tree import PLANE

KERNEL = "[kernel.kallsyms]"
WORKER = "worker.cpython-311-x86_64-linux-gnu.so"


def test_a_sample_in_our_code_names_the_line_of_its_pyx() -> None:
    """A place in a module's C file is the same line of the .pyx, shown in words."""
    lines = (PLANE / "worker.pyx").read_text("utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "while True:" in line)
    rows = [["1.35%", WORKER, f"worker.c:{number}"]]
    assert [Share(1.35, f"worker.pyx:{number}", "while True:")] == list_lines(rows)


def test_a_sample_elsewhere_keeps_its_own_place() -> None:
    """A library's line is named with the library; what has no line, by its symbol."""
    rows = [["4.45%", "libc.so.6", "memchr.S:113"], ["0.1%", WORKER, "read+12"]]
    shares = [Share(4.45, "libc.so.6 memchr.S:113"), Share(0.1, "worker read+12")]
    assert shares == list_lines(rows)


def test_the_kernel_has_a_table_of_its_own() -> None:
    """Its functions are no lines of ours, and nothing else is one of its functions."""
    rows = [["9.05%", KERNEL, "[k] copy"], ["5.1%", "libc.so.6", "[.] memchr"]]
    assert list_lines([["9.05%", KERNEL, "copy+128"]]) == []
    assert [Share(9.05, "copy")] == list_functions(rows)


def test_objects_go_without_what_names_the_interpreter() -> None:
    """A compiled module is named as its source is."""
    rows = [["78.7%", KERNEL], ["2.05%", WORKER]]
    assert [Share(78.7, KERNEL), Share(2.05, "worker")] == list_objects(rows)


def test_a_table_has_the_greatest_shares_only() -> None:
    """What is shown ends after MOST rows."""
    table = format_table("line", [Share(1.0, str(n), "x = 1") for n in range(100)])
    assert len(table.splitlines()) == 2 + MOST
    assert "| 0 | 1.0 | `x = 1` |" in table
