"""Every command of README.md and docs/ runs, and every link leads somewhere.

How each command of a fenced block is run, by its first words. A block that fails is
named by its page and line.

    # needs root        this comment and the commands below it are read by the shell's
    # needs telegraf    -n, and no more: they need what a test has not (see NEEDED);
                        those of packagers are what scripts/prerequisites says
    make TARGET         `make -n TARGET`: the target exists (.ci/run really runs most)
    pip install .       from a copy of the tree into an empty folder, without index,
                        dependencies and compiling (`make sdist` does all of that)
    statshard run ...   really started, with these flags, but each --listen is
                        udp://127.0.0.1:0 and each backend's address that of a receiver;
                        lines sent to it arrive, and SIGTERM ends it with status 0;
                        of a file that -c names a copy is taken, with such addresses
    statshard serve ... with a sink graphite: really started too, its address that of a
                        receiver; what is sent to it comes to both sinks at the stop,
                        status 0
    statshard up ...    really started, on a free port; what is sent to it is named, and
                        Ctrl-C ends it with status 0
    statshard run ...   with a file that an earlier command made, and servers with other
    statshard serve ... sinks: `statshard check` takes these words, as the page stands
    statshard load ...  its flags are read, and it is not begun
    echo ... > /dev/udp run by bash, to the port of a receiver, which gets the line
    eval "$(statshard)" run by bash, which then completes the command's words
    any other           those of a page one after the other, by bash, in a folder with
                        examples/, the files of tests/foreign and those that the page
                        shows (a `toml` block that begins with its name): status 0, no
                        error; in a `console` block, exactly the output that is shown

A `python` block is run as a program of its own, a page's `pycon` blocks by doctest. One
that sends to port 8125 sends to `statshard up`, which then names each of its metrics.
What other blocks hold is the business of test_page_files.py.
"""

import doctest
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from docs.pages.man import load_command
from statshard.load.flags import load_from_flags
from tests.support.pages import (
    DOCS,
    README,
    SHELLS,
    Block,
    Command,
    list_commands,
    read_blocks,
    read_page,
)
from tests.support.proxy import LOOPBACK, Proxy
from tests.support.receivers import Receivers
from tests.support.serve import Serve
from tests.support.tree import ROOT
from tests.support.up import QUICK, Up
from tests.support.wait import TIMEOUT_S, wait_until
from tests.truth.test_prerequisites import Machine

PAGES = (README, "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")
BLOCKS = [block for page in (README, *DOCS) for block in read_blocks(page)]
SHELL_BLOCKS = [block for block in BLOCKS if block.language in SHELLS]
PYTHON = [block for block in BLOCKS if block.language == "python"]
CLIENTS = [block for block in PYTHON if '127.0.0.1", 8125)' in block.text]
PROGRAMS = [block for block in PYTHON if block not in CLIENTS]
SESSIONS = [block for block in BLOCKS if block.language == "pycon"]
ROOT_MARK = "# needs root"
# What the prerequisites lack: the only software that a block may be marked to need.
NEEDED = {"root", "telegraf", "influxdb", "grafana", "prometheus", "iproute2"}
# Of a backend; a listener's stands behind udp://.
ADDRESS = re.compile(r"(?<!/)\b\d+\.\d+\.\d+\.\d+:\d+")
# A clone may be without them.
MADE = {f"bench/{name}.md" for name in ("RESULTS", "PROFILE", "LOOKUP", "EVENNESS")}
RELEASES = {
    "Debian": "ID=debian\n",
    "Ubuntu": "ID=ubuntu\nID_LIKE=debian\n",
    "Fedora": "ID=fedora\n",
    "Alpine": "ID=alpine\n",
    "Arch": "ID=arch\n",
}


COMMANDS = [command for block in BLOCKS for command in list_commands(block)]


def of_kind(*start: str) -> list[Command]:
    """Return the commands that begin with these words."""
    return [command for command in COMMANDS if command.starts_with(*start)]


def each(commands: Iterable[Command]) -> pytest.MarkDecorator:
    """Run a test for the text of each command, named by where it first stands."""
    places = {command.text: command.place for command in reversed(list(commands))}
    rows = [pytest.param(text, id=place) for text, place in places.items()]
    return pytest.mark.parametrize("command", rows)


def config_of(words: list[str]) -> str:
    """Return the file that -c names among words; nothing where it is not there."""
    return words[words.index("-c") + 1] if "-c" in words else ""


def is_startable(command: Command) -> bool:
    """Tell whether a command's settings file is of the tree, if it has one."""
    name = config_of(command.text.split())
    return (ROOT / name).exists() and "--help" not in command.text


RUNS = [c for c in of_kind("statshard", "run") if is_startable(c)]
SERVES = [c for c in of_kind("statshard", "serve") if "graphite:" in c.text]
UPS = of_kind("statshard", "up")
LOADS = [c for c in of_kind("statshard", "load") if "--help" not in c.text]
MAKES = of_kind("make")
PIPS = of_kind("pip", "install", ".")
EVALS = of_kind("eval")
ECHOES = [c for c in COMMANDS if "/dev/udp/" in c.text]
APART = RUNS + SERVES + UPS + LOADS + MAKES + PIPS + EVALS + ECHOES
IN_ORDER = [command for command in COMMANDS if command not in APART]
# The first words of what bash runs in the order of its page.
BY_BASH = {"statshard", "printf"}
# What does not end by itself, and what takes the same words and does.
ENDING = {
    "statshard run": "statshard check --no-network",
    "statshard serve": "statshard check --for serve --no-network",
}
PREAMBLE = f"""\
statshard() {{ '{sys.executable}' -m statshard "$@"; }}
export PYTHONUTF8=1
set -euo pipefail
"""


def test_every_command_is_of_a_kind_that_is_run() -> None:
    """Each command is run by one of the tests below, and each of them has one."""
    unknown = [c for c in IN_ORDER if c.text.split()[0] not in BY_BASH]
    assert [] == unknown
    assert all([RUNS, SERVES, UPS, LOADS, MAKES, PIPS, ECHOES, EVALS, IN_ORDER])


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize("block", SHELL_BLOCKS, ids=lambda block: block.place)
def test_every_block_is_shell(block: Block) -> None:
    """Each block, what cannot be run here included, has the syntax of its shell."""
    subprocess.run([block.language, "-n"], input=block.text, text=True, check=True)
    assert block.needs in NEEDED | {""}


@pytest.mark.parametrize("name", RELEASES)
def test_the_prerequisites_are_those_that_make_asks_for(
    name: str, tmp_path: Path
) -> None:
    """The line for each distribution is what make says where everything is missing."""
    tools = {"uname": "echo Linux", "id": "echo 1000"}
    done = Machine(tmp_path, tools, RELEASES[name]).run()
    line = done.stderr.splitlines()[-1].strip()
    for page in (README, "docs/start.md"):
        told = rf"^{ROOT_MARK}; .*\b{name}\b.*\n(.*)$"
        shown = re.search(told, read_page(page), re.MULTILINE)
        assert shown is not None
        assert shown[1] == line


@each(MAKES)
def test_make_targets_exist(command: str) -> None:
    """Each target of make that is named is one."""
    # MAKEFLAGS are those of the make that runs the tests.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    make = ["make", "-n", *shlex.split(command)[1:]]
    done = subprocess.run(
        make, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@each(PIPS)
def test_pip_installs_the_tree(command: str, tmp_path: Path) -> None:
    """`pip install .` installs the package and its command."""
    clean = tmp_path / "clean"
    unwanted = shutil.ignore_patterns(".*", "build*", "*.so", "*.egg-info")
    shutil.copytree(ROOT, clean, ignore=unwanted)
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command), *offline, "--target", "../to"],
        cwd=clean,
        env=os.environ | {"STATSHARD_METADATA_ONLY": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "to/bin/statshard").exists()
    assert (tmp_path / "to/statshard/cli/run.py").exists()


@each(RUNS)
def test_a_proxy_runs_as_shown(command: str, tmp_path: Path) -> None:
    """A `statshard run` carries lines to all its backends, and stops."""
    words = shlex.split(command.removesuffix(" &"))[2:]
    config = config_of(words)
    shown = [*words, (ROOT / config).read_text("utf-8") if config else ""]
    with Receivers(sum(len(ADDRESS.findall(each)) for each in shown)) as receivers:
        there = iter([receiver.address for receiver in receivers.each])
        *flags, text = [ADDRESS.sub(lambda _: next(there), each) for each in shown]
        flags = [re.sub("^udp://.*", LOOPBACK[0], flag) for flag in flags]
        if config:
            copy = tmp_path / Path(config).name
            copy.write_text(text, encoding="utf-8")
            flags[words.index(config)] = str(copy)
        with Proxy(*flags, listen=() if "--listen" in words else LOOPBACK) as proxy:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for number in range(100):
                    sender.sendto(b"readme.%d:1|c" % number, proxy.address)
            receivers.wait_for_lines(100)
            ending = proxy.stop()
        assert ending.status == 0
        assert all(receiver.lines for receiver in receivers.each)


@each(SERVES)
def test_a_server_runs_as_shown(command: str, tmp_path: Path) -> None:
    """A `statshard serve` tells each of its sinks what came, and stops."""
    words = [re.sub("^udp://.*", LOOPBACK[0], w) for w in shlex.split(command)[2:]]
    with socket.create_server(("127.0.0.1", 0)) as graphite:
        there = f"graphite://127.0.0.1:{graphite.getsockname()[1]}"
        words = [re.sub("^graphite://.*", there, word) for word in words]
        assert there in words
        with Serve(tmp_path, *words, listen=()) as serve:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(b"readme.hits:3|c", serve.address)
            assert serve.stop().status == 0
        connection, _ = graphite.accept()
        with connection, connection.makefile("rb") as told:
            assert b"stats_counts.readme.hits 3 " in told.read()
    console = (tmp_path / "console.json").read_text(encoding="utf-8")
    assert "'readme.hits': 3" in console
    assert '"readme.hits": 3.0' in console


@each(UPS)
def test_the_whole_picture_is_shown(command: str) -> None:
    """A `statshard up` names what each of the pages' clients sends, and stops."""
    with socket.create_server(("127.0.0.1", 0)) as graphite:
        there = f"graphite://127.0.0.1:{graphite.getsockname()[1]}"
        words = [re.sub("^graphite://.*", there, w) for w in shlex.split(command)[2:]]
        with Up(*words, *QUICK) as up:
            _, port = up.wait_until_up()
            for program in CLIENTS:
                there = program.text.replace("8125", str(port))
                run = [sys.executable, "-W", "error", "-c", there]
                subprocess.run(run, check=True)
                for name in re.findall(r"hello\.\w+", program.text):
                    figure = r"(1|12\.5|320)"
                    up.wait_for(rf"\n{re.escape(name)} +(counter|timer) +{figure} ")
            assert up.stop() == 0
    assert CLIENTS


@each(LOADS)
def test_the_flags_of_a_load_are_valid(command: str) -> None:
    """The flags of a `statshard load` are read."""
    words = shlex.split(command)[2:]
    load_from_flags(load_command("load").make_context("load", words).params)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize("page", sorted({c.place.split(":")[0] for c in IN_ORDER}))
def test_commands_that_end_by_themselves_end_well(page: str, tmp_path: Path) -> None:
    """All other commands of a page, one after the other: status 0, and no error; where
    the output is shown, it is exactly that.
    """
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "tests/foreign", tmp_path, dirs_exist_ok=True)
    for block in BLOCKS:
        if block.page == page and block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
    for command in (c for c in IN_ORDER if c.place.split(":")[0] == page):
        text = command.text
        for endless, ending in ENDING.items():
            if "--help" not in text:
                text = re.sub(f"^{endless} ", f"{ending} ", text)
        done = subprocess.run(
            ["bash", "-c", PREAMBLE + text.removesuffix("&")],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        told = (command.place, done.returncode, done.stderr)
        assert told == (command.place, 0, "")
        if command.printed is not None:
            assert (command.place, done.stdout.rstrip("\n")) == (
                command.place,
                command.printed,
            )


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda block: block.place)
def test_python_runs(program: Block) -> None:
    """Each program runs, without a word of warning."""
    command = [sys.executable, "-W", "error", "-c", program.text]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("page", sorted({b.page for b in SESSIONS}))
def test_python_answers_as_shown(page: str) -> None:
    """The sessions with Python of a page, as one, go as they are shown."""
    lines = [""] * read_page(page).count("\n")
    for block in (each for each in SESSIONS if each.page == page):
        shown = block.text.splitlines()
        lines[block.line : block.line + len(shown)] = shown
    parsed = doctest.DocTestParser().get_doctest("\n".join(lines), {}, page, page, 0)
    told: list[str] = []
    outcome = doctest.DocTestRunner().run(parsed, out=told.append)
    assert "".join(told) == ""
    assert outcome.attempted


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@each(ECHOES)
def test_bash_sends_a_line(command: str) -> None:
    """The redirection to /dev/udp sends exactly the line shown, as many times."""
    shown = re.search(r'echo "(.*?)"', command)
    assert shown is not None
    repeated = re.search(r"\{1\.\.(\d+)\}", command)
    lines = [f"{shown[1]}\n".encode()] * (int(repeated[1]) if repeated else 1)
    with Receivers(1) as receivers:
        port = receivers.each[0].port
        there = re.sub(r"/dev/udp/\S+", f"/dev/udp/127.0.0.1/{port}", command)
        subprocess.run(["bash", "-c", there], check=True)
        wait_until(lambda: receivers.datagrams == lines)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@each(EVALS)
def test_bash_completes(command: str) -> None:
    """After the command, bash knows who completes the words of statshard."""
    done = subprocess.run(
        ["bash", "-c", f"{command}\ncomplete -p statshard"],
        env=os.environ
        | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("-F _statshard_completion statshard\n")
    assert done.stderr == ""


@pytest.mark.parametrize("name", [*PAGES, *DOCS])
def test_every_link_leads_somewhere(name: str) -> None:
    """Each relative link of a page names a file of the project."""
    page = ROOT / name
    text = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"))
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    files = [link for link in links if "://" not in link]
    files = [link for link in files if link.removeprefix("../") not in MADE]
    assert [link for link in files if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", [*PAGES, *DOCS])
def test_every_file_that_a_page_names_exists(name: str) -> None:
    """Each path of the sources that a page names in code style is there."""
    text = (ROOT / name).read_text(encoding="utf-8")
    paths = re.findall(r"`((?:src|tests|bench|docs|examples|scripts)/[\w./-]+)`", text)
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert [path for path in missing if path not in MADE] == []
