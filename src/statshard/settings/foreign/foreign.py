"""Foreign: the interface between the readers of other proxies' files and the writer.

    text -> one file for each program (etsy.py, hit9.py, ...) -> Foreign -> writer.py

A reader goes by this rule: what places a key, where lines come in and where they go to
must be read, or it is a fault; all else either has a counterpart, or is left over. So
nothing is dropped in silence. A draft is what a reader fills in. Must not know:
programs, sockets, files.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from statshard.errors import SettingsError
from statshard.settings import addresses, reading
from statshard.settings.fault import FAULTS_MAX
from statshard.settings.given import show_plain
from statshard.settings.kinds import guess
from statshard.settings.model import PROXY
from statshard.settings.reading import LONGEST, cut, printable

LATER_TCP = "TCP is not supported by this version"
LATER_HEALTH = "health checks are not supported by this version"
GUESSES_MAX = 100  # unknown keys for which one that is like them is sought
_ROWS = {row.key: row for row in PROXY.rows}


@dataclass(frozen=True, slots=True)
class Source:
    """What a reader is given: a file's text, or the words of a command line."""

    shown: str  # the file, as errors and comments show it
    text: str
    words: tuple[str, ...] | None = None

    @property
    def counted(self) -> str:
        """What the numbers of its places count."""
        return "line" if self.words is None else "word"


@dataclass(frozen=True, slots=True)
class Item:
    """One setting of another program, as it stands there."""

    line: int  # from 1; of words, the place among them; 0: nowhere, a default
    key: str
    value: object


@dataclass(frozen=True, slots=True)
class Leftover:
    """A setting that has no counterpart, and why; all are printable."""

    line: int
    key: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class ForeignBackend:
    """A server that the other program sends to."""

    name: str
    address: str
    weight: int = 1
    node: str = ""  # what that program hashes, where it is not the address


@dataclass(frozen=True, slots=True)
class Foreign:
    """What another program's configuration comes to, in our words."""

    hash: str
    shard_by: str
    backends: tuple[ForeignBackend, ...]
    values: Mapping[str, object]  # keys of [proxy] and what TOML holds for them
    hash_prefix: str = ""
    shard_map: tuple[str, ...] = ()  # empty: each backend once, in order
    leftovers: tuple[Leftover, ...] = ()
    notes: tuple[str, ...] = ()  # what differs without any setting, a sentence each


@dataclass
class Draft:
    """A Foreign in the making, with all that is wrong so far."""

    source: Source
    program: str  # its name in sentences
    values: dict[str, object] = field(default_factory=dict)
    backends: list[ForeignBackend] = field(default_factory=list)
    leftovers: list[Leftover] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, item: Item, what: str) -> None:
        """Add a fault."""
        shown = "" if item.value is None else f" = {show_plain(item.value)}"
        self.blame(item.line, f"{cut(item.key)}{shown}: {what}")

    def blame(self, line: int, what: str) -> None:
        """Add a fault of a place."""
        place = self.source.shown
        if line:
            is_file = self.source.words is None
            place += f":{line}" if is_file else f": word {line}"
        self.faults.append((line, f"{place}: {what}"))

    def leave(self, item: Item, why: str) -> None:
        """List a setting that has no counterpart."""
        value = "" if item.value is None else show_plain(item.value)
        key = cut(printable(item.key))
        self.leftovers.append(Leftover(item.line, key, value, printable(why)))

    def leave_rest(
        self,
        items: Mapping[str, Item],
        reasons: Mapping[str, str],
        known: Collection[str],
    ) -> None:
        """List what a reader has not taken, by the keys of one table.

        It takes `known` itself; `reasons` says why it does not take the others that
        the program has. Any other key is one of none.
        """
        for key, item in items.items():
            if key in known:
                continue
            is_short = len(key) <= LONGEST and len(self.leftovers) < GUESSES_MAX
            near = guess(key, (*reasons, *known)) if is_short else ""
            unknown = f"no key of {self.program}; {near}".rstrip("; ")
            self.leave(item, reasons.get(key, unknown))

    def offer(self, key: str, item: Item, plain: object) -> None:
        """Take a setting that places nothing; one beyond our bounds is left over."""
        try:
            value = _ROWS[key].kind.take(plain)
        except ValueError as fault:
            self.leave(item, f"no value of {key}, which stays at its default: {fault}")
        else:
            self.values[key] = _ROWS[key].kind.show(value)

    def listen(self, item: Item, host: str, port: object) -> None:
        """Take where datagrams come in."""
        url = f"udp://{bracketed(host)}:{port}"
        try:
            addresses.read_listen(url)
        except ValueError as fault:
            self.refuse(item, str(fault))
        else:
            self.values["listen"] = [url]

    def add(
        self, item: Item, host: str, port: object, *, name: str = "", node: str = ""
    ) -> None:
        """Take a backend; without a name it is named by its address."""
        address = f"{bracketed(host)}:{port}"
        try:
            addresses.read_address(address)
            reading.name(name or address)
        except ValueError as fault:
            self.refuse(item, str(fault))
        else:
            named = name or address
            self.backends.append(ForeignBackend(named, address, node=node))

    def finish(self, made: Foreign) -> Foreign:
        """Return what was made, with the leftovers in order; raises SettingsError."""
        if self.faults:
            ordered = sorted(self.faults, key=lambda one: (not one[0], one[0]))
            told = [printable(text) for _, text in ordered]
            lines = list(dict.fromkeys(told))
            more = len(lines) - FAULTS_MAX
            lines[FAULTS_MAX:] = [f"and {more} more"] if more > 0 else []
            raise SettingsError("\n".join(lines))
        leftovers = sorted(self.leftovers, key=lambda one: one.line)
        return replace(
            made,
            backends=made.backends or tuple(self.backends),
            values=dict(self.values),
            leftovers=tuple(leftovers),
        )


def bracketed(host: str) -> str:
    """Return a host as it stands before a port: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def numbered(backends: Iterable[ForeignBackend]) -> tuple[ForeignBackend, ...]:
    """Return backends with a name of their own each, where a place in order counts.

    A later one of the same name has its position behind it, as in ini_file.py: b:1#3.
    """
    named: list[ForeignBackend] = []
    seen: set[str] = set()
    for position, backend in enumerate(backends, 1):
        is_first = backend.name not in seen
        name = backend.name if is_first else f"{backend.name}#{position}"
        seen.add(backend.name)
        named.append(replace(backend, name=name))
    return tuple(named)


def last_of_each(items: Iterable[Item], draft: Draft) -> dict[str, Item]:
    """Return key -> item, of equal keys the last; the others are left over."""
    found: dict[str, Item] = {}
    for item in items:
        if item.key in found:
            where = f"{draft.source.counted} {item.line}"
            draft.leave(found[item.key], f"given again, which holds: {where}")
        found[item.key] = item
    return found
