"""Every command of README.md runs, and every link of the pages leads somewhere.

How each command of a fenced `sh` or `bash` block is run, by its first words:

    # needs root        this comment and the commands below it are read by `sh -n`, and
                        no more; those of packagers are what scripts/prerequisites says
    make TARGET         `make -n TARGET`: the target exists (.ci/run really runs most)
    pip install .       from a copy of the tree into an empty folder, without index,
                        dependencies and compiling (`make sdist` does all of that)
    statshard run ...   really started, with these flags, but each --listen is
                        udp://127.0.0.1:0 and each backend's address that of a receiver;
                        lines sent to it arrive, and SIGTERM ends it with status 0;
                        of a file that -c names a copy is taken, with such addresses
    statshard serve ... really started too, Graphite's address that of a receiver; what
                        is sent to it comes to both sinks at the stop, status 0
    statshard up ...    really started, on a free port; what is sent to it is named, and
                        Ctrl-C ends it with status 0
    statshard ...       any other: run as it is, status 0
    echo ... > /dev/udp run by bash, to the port of a receiver, which gets the line
    eval "$(statshard)" run by bash, which then completes the command's words

A `python` block is run as a program of its own; one that sends to port 8125 sends to
`statshard up`, which then names each of its metrics.

A command of any other kind fails the test: it has to be added here first.
"""

import itertools
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.proxy import LOOPBACK, Proxy, run_statshard
from tests.support.receivers import Receivers
from tests.support.serve import Serve
from tests.support.tree import ROOT
from tests.support.up import QUICK, Up
from tests.truth.test_prerequisites import Machine

PAGES = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")
DOCS = (
    *("docs/etsy.md", "docs/metrics.md", "docs/placement.md", "docs/settings.md"),
    "docs/up.md",
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(?:sh|bash)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
ROOT_MARK = "# needs root"
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


def list_commands(block: str) -> list[str]:
    """Return the commands of a block, each on one line, without those for root."""
    if ROOT_MARK in block:
        block = block[: block.index(ROOT_MARK)]
    lines = block.replace("\\\n", " ").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


COMMANDS = [command for block in BLOCKS for command in list_commands(block)]


def of_kind(*start: str) -> list[str]:
    """Return the commands that begin with these words."""
    return [c for c in COMMANDS if c.split()[: len(start)] == list(start)]


RUNS = [c for c in of_kind("statshard", "run") if "--help" not in c]
SERVES = of_kind("statshard", "serve")
UPS = of_kind("statshard", "up")
OTHERS = [c for c in of_kind("statshard") if c not in RUNS + SERVES + UPS]
CLIENTS = [program for program in PROGRAMS if '127.0.0.1", 8125)' in program]
MAKES = of_kind("make")
PIPS = of_kind("pip", "install", ".")
EVALS = of_kind("eval")
ECHOES = [c for c in of_kind("echo") if "/dev/udp/" in c]


def test_every_command_is_of_a_kind_that_is_run() -> None:
    """Each command of README is run by one of the tests below, and each has one."""
    kinds = [RUNS, SERVES, UPS, OTHERS, MAKES, PIPS, ECHOES, EVALS]
    assert sorted(COMMANDS) == sorted(itertools.chain.from_iterable(kinds))
    assert all(kinds)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_is_shell(block: str) -> None:
    """Each block, commands for root included, has the syntax of a shell."""
    subprocess.run(["sh", "-n"], input=block, text=True, check=True)


@pytest.mark.parametrize("name", RELEASES)
def test_the_prerequisites_are_those_that_make_asks_for(
    name: str, tmp_path: Path
) -> None:
    """The line for each distribution is what make says where everything is missing."""
    tools = {"uname": "echo Linux", "id": "echo 1000"}
    done = Machine(tmp_path, tools, RELEASES[name]).run()
    line = done.stderr.splitlines()[-1].strip()
    shown = re.search(rf"^{ROOT_MARK}; .*\b{name}\b.*\n(.*)$", README, re.MULTILINE)
    assert shown is not None
    assert shown[1] == line


@pytest.mark.parametrize("command", MAKES)
def test_make_targets_exist(command: str) -> None:
    """Each target of make that README names is one."""
    # MAKEFLAGS are those of the make that runs the tests.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    make = ["make", "-n", *command.split()[1:]]
    done = subprocess.run(
        make, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", PIPS)
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


@pytest.mark.parametrize("command", RUNS)
def test_a_proxy_runs_as_shown(command: str, tmp_path: Path) -> None:
    """A `statshard run` of README carries lines to all its backends, and stops."""
    words = shlex.split(command)[2:]
    place = words.index("-c") + 1 if "-c" in words else None
    shown = [*words, (ROOT / words[place]).read_text("utf-8") if place else ""]
    with Receivers(sum(len(ADDRESS.findall(each)) for each in shown)) as receivers:
        there = iter([receiver.address for receiver in receivers.each])
        *flags, text = [ADDRESS.sub(lambda _: next(there), each) for each in shown]
        flags = [re.sub("^udp://.*", LOOPBACK[0], flag) for flag in flags]
        if place:
            flags[place] = str(tmp_path / Path(words[place]).name)
            Path(flags[place]).write_text(text, encoding="utf-8")
        with Proxy(*flags, listen=() if "--listen" in words else LOOPBACK) as proxy:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for number in range(100):
                    sender.sendto(b"readme.%d:1|c" % number, proxy.address)
            receivers.wait_for_lines(100)
            ending = proxy.stop()
        assert ending.status == 0
        assert all(receiver.lines for receiver in receivers.each)


@pytest.mark.parametrize("command", SERVES)
def test_a_server_runs_as_shown(command: str, tmp_path: Path) -> None:
    """A `statshard serve` of README tells each of its sinks what came, and stops."""
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


@pytest.mark.parametrize("command", UPS)
def test_the_whole_picture_is_shown(command: str) -> None:
    """A `statshard up` of README names what each of its clients sends, and stops."""
    with socket.create_server(("127.0.0.1", 0)) as graphite:
        there = f"graphite://127.0.0.1:{graphite.getsockname()[1]}"
        words = [re.sub("^graphite://.*", there, w) for w in shlex.split(command)[2:]]
        with Up(*words, *QUICK) as up:
            _, port = up.wait_until_up()
            for program in CLIENTS:
                there = program.replace("8125", str(port))
                run = [sys.executable, "-W", "error", "-c", there]
                subprocess.run(run, check=True)
                for name in re.findall(r"hello\.\w+", program):
                    up.wait_for(rf"\n{re.escape(name)} +(counter|timer) +(1|12\.5) ")
            assert up.stop() == 0
    assert CLIENTS


@pytest.mark.parametrize("command", OTHERS)
def test_a_command_that_ends_by_itself_ends_well(command: str) -> None:
    """Any other `statshard` command of README prints something, with status 0."""
    done = run_statshard(*shlex.split(command)[1:])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("program", [p for p in PROGRAMS if p not in CLIENTS])
def test_python_runs(program: str) -> None:
    """Each program of README runs, without a word of warning."""
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize("command", ECHOES)
def test_bash_sends_a_line(command: str) -> None:
    """The redirection to /dev/udp sends exactly the line that is shown."""
    with Receivers(1) as receivers:
        port = receivers.each[0].port
        there = re.sub(r"/dev/udp/\S+", f"/dev/udp/127.0.0.1/{port}", command)
        subprocess.run(["bash", "-c", there], check=True)
        receivers.wait_for_lines(1)
        assert receivers.each[0].datagrams == [b"hello:1|c\n"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize("command", EVALS)
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


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_a_page_names_exists(name: str) -> None:
    """Each path of the sources that a page names in code style is there."""
    text = (ROOT / name).read_text(encoding="utf-8")
    paths = re.findall(r"`((?:src|tests|bench|docs|examples|scripts)/[\w./-]+)`", text)
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert [path for path in missing if path not in MADE] == []
