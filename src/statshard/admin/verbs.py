"""Verbs: what the text port answers, as etsy's server does. Pure but for the state.

    stats                                     uptime: 7 LF ... END LF LF
    counters | timers | gauges                { 'a.b': 1 } LF END LF LF
    delcounters | deltimers | delgauges K...  deleted: K LF ... END LF LF
    health [up|down]                          health: up LF
    overflow                                  counter.series: 7 of 1000000 LF ... END
    config | help | quit                      anything else: ERROR LF

Rules, from etsy/statsd (stats.js, lib/mgmt_console.js, run and observed): words are cut
at single blanks, verbs are in lower case; K may be a folder, `a.*`: all that begins
with `a.`; a key that is not there is told and harms no other. `sets`, `delsets` and
`overflow` are ours. Must not know: sockets, tables.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

END = "END\n\n"
ERROR = "ERROR\n"
FOLDERS_MAX = 16  # in one line: each is a look at every key


class State(Protocol):
    """What the verbs ask of a server; the daemon implements it."""

    @property
    def is_up(self) -> bool:
        """What `health` tells."""

    def set_health(self, *, is_up: bool) -> None:
        """Let `health` tell that from now on."""

    def list_stats(self) -> Iterable[tuple[str, object]]:
        """Yield the lines of `stats`: "messages.bad_lines_seen", 3."""

    async def list_overflow(self) -> Iterable[tuple[str, object]]:
        """Return the lines of `overflow`: "counter.series", "7 of 1000000"."""

    def list_config(self) -> Iterable[tuple[str, object]]:
        """Yield the settings in force, secrets hidden."""

    async def show(self, kind: str) -> str:
        """Return all series of a kind as Node.js shows an object."""

    async def list_keys(self, kind: str) -> Iterable[str]:
        """Return the keys of a kind, in order."""

    async def delete(self, kind: str, keys: Sequence[str]) -> None:
        """Forget some series."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back, and whether the connection ends with it."""

    text: str
    is_last: bool = False


Verb = Callable[[State, Sequence[str]], Awaitable[Answer]]


async def answer(line: str, state: State) -> Answer:
    """Return the answer to one line."""
    verb, *words = line.strip().split(" ")
    if verb not in VERBS:
        return Answer(ERROR)
    return await VERBS[verb](state, words)


def matching(keys: Collection[str], word: str) -> list[str]:
    """Return the keys that a word of a del verb means: itself, or a folder `a.*`."""
    if not is_folder(word):
        return [word] if word in keys else []
    return [key for key in keys if key == word or key.startswith(word[:-1])]


def is_folder(word: str) -> bool:
    """Tell whether a word of a del verb means all keys below it."""
    return word.endswith(".*")


async def _stats(state: State, _: Sequence[str]) -> Answer:
    lines = [f"{name}: {value}\n" for name, value in state.list_stats()]
    return Answer("".join(lines) + END)


async def _overflow(state: State, _: Sequence[str]) -> Answer:
    told = await state.list_overflow()
    lines = [f"{name}: {_one_line(str(value))}\n" for name, value in told]
    return Answer("".join(lines) + END)


async def _config(state: State, _: Sequence[str]) -> Answer:
    lines = [f"{name}: {value}\n" for name, value in state.list_config()]
    return Answer("\n" + "".join(lines))


async def _health(state: State, words: Sequence[str]) -> Answer:
    asked = words[0].lower() if words else ""
    if asked in ("up", "down"):
        state.set_health(is_up=asked == "up")
    return Answer(f"health: {'up' if state.is_up else 'down'}\n")


async def _help(_: State, __: Sequence[str]) -> Answer:
    return Answer(f"Commands: {', '.join(VERBS)}\n\n")


async def _quit(_: State, __: Sequence[str]) -> Answer:
    return Answer("", is_last=True)


def _shows(kind: str) -> Verb:
    """Return the verb that shows all series of a kind."""

    async def show(state: State, _: Sequence[str]) -> Answer:
        return Answer(f"{await state.show(kind)}\n{END}")

    return show


def _deletes(kind: str) -> Verb:
    """Return the verb that deletes series of a kind."""

    async def delete(state: State, words: Sequence[str]) -> Answer:
        if sum(map(is_folder, words)) > FOLDERS_MAX:
            return Answer(ERROR)
        rest = dict.fromkeys(await state.list_keys(kind))
        gone: list[str] = []
        lines = []
        for word in words:
            found = matching(rest, word)
            lines += [f"deleted: {_one_line(key)}\n" for key in found]
            if not found:
                lines.append(f"metric {_one_line(word)} not found\n")
            for key in found:
                del rest[key]
            gone += found
        if gone:
            await state.delete(kind, gone)
        return Answer("".join(lines) + END)

    return delete


def _one_line(key: str) -> str:
    """Return a key so that no byte of it ends a line or moves a terminal."""
    return key if key.isprintable() else key.encode("unicode_escape").decode()


VERBS: Mapping[str, Verb] = {
    "stats": _stats,
    "counters": _shows("counter"),
    "timers": _shows("timer"),
    "gauges": _shows("gauge"),
    "sets": _shows("set"),
    "delcounters": _deletes("counter"),
    "deltimers": _deletes("timer"),
    "delgauges": _deletes("gauge"),
    "delsets": _deletes("set"),
    "overflow": _overflow,
    "health": _health,
    "config": _config,
    "help": _help,
    "quit": _quit,
}
