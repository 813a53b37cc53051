r"""Pages for people, as tests read them: the fenced blocks, each with its place.

    ```sh                           a block: language sh, at docs/operating.md:12
    # needs root; until the next boot
    sudo sysctl -w ...
    ```

    ```console                      a session: what stands behind $ is a command, what
    $ statshard route a:1           follows it is what it prints
    shard-1	a:1
    ```

    ```toml                         a settings file: later commands of the page find it
    # proxy.toml                    under this name
    ```

A command is one line once those that end with \ are joined. Below a comment "# needs X"
of a shell's block they need what a test has not: root, or software of others.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.tree import ROOT

README = "README.md"
DOCS = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md"))
SHELLS = ("sh", "bash")
NEEDS = re.compile(r"^# needs (\w+)", re.MULTILINE)
OWN_FILE = re.compile(r"# ([\w-]+\.toml)$", re.MULTILINE)
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: the page and line that it begins at, its language and text."""

    page: str
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        """Where it stands, as PAGE:LINE."""
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str:
        """The settings file that it is, by its first line; nothing where it is none."""
        found = OWN_FILE.match(self.text) if self.language == "toml" else None
        return found[1] if found else ""

    @property
    def needs(self) -> str:
        """What a test has not and this block needs; nothing where it can be run."""
        found = NEEDS.search(self.text)
        return found[1] if found else ""


@dataclass(frozen=True)
class Command:
    """A command on one line, where it stands, and what it is said to print."""

    place: str
    text: str
    printed: str | None = None

    def starts_with(self, *words: str) -> bool:
        """Tell whether these are its first words."""
        return self.text.split()[: len(words)] == list(words)


def read_page(page: str) -> str:
    """Return the text of a page, named from the root of the project."""
    return (ROOT / page).read_text(encoding="utf-8")


def read_blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    text = read_page(page)
    return [
        Block(
            page,
            text.count("\n", 0, found.start()) + 1,
            found[1],
            found[2].rstrip("\n"),
        )
        for found in FENCE.finditer(text)
    ]


def list_commands(block: Block) -> list[Command]:
    """Return the commands of a block that a test can run, in order."""
    if block.language == "console":
        return list(_read_session(block))
    if block.language not in SHELLS:
        return []
    found = NEEDS.search(block.text)
    text = block.text[: found.start()] if found else block.text
    lines = text.replace("\\\n", " ").splitlines()
    return [Command(block.place, x) for x in lines if x and not x.startswith("#")]


def _read_session(block: Block) -> Iterator[Command]:
    """Yield the commands of a session with what each prints."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        text, _, printed = part.replace("\\\n", " ").partition("\n")
        yield Command(block.place, text, printed.rstrip("\n"))
