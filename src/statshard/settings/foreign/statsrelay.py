"""Statsrelay: the command line of jjneely/statsrelay, the one written in Go.

    statsrelay -bind 0.0.0.0 -port 9125 -metrics-prefix prod 10.0.0.1:8125 10.0.0.2:8125

Given as words, or as the text of a unit, upstart or shell file in which the program's
name stands before them (else the whole text is the words). Flags are as Go reads them:
-flag X, --flag=X, up to the first word that is none. A backend is HOST:PORT or
HOST:PORT:INSTANCE, placed by its order (jjneely/statsrelay: statsrelay.go, jump.go).
Must not know: how a key is placed.
"""

import re
import shlex
from collections.abc import Iterator, Sequence

from statshard.settings.foreign.foreign import (
    LATER_TCP,
    Draft,
    Foreign,
    ForeignBackend,
    Item,
    Source,
    last_of_each,
    numbered,
)
from statshard.settings.foreign.program import Program
from statshard.settings.kinds import guess
from statshard.settings.reading import quoted

TITLE = "statsrelay (Go)"
NAME = "statsrelay"
LONGEST_LINE = 1 << 16  # characters
# flag -> the one that it is short for
FLAGS = {
    "b": "bind",
    "bind": "bind",
    "bufsize": "bufsize",
    "metrics-prefix": "metrics-prefix",
    "metrics-tags": "metrics-tags",
    "p": "port",
    "packetlen": "packetlen",
    "port": "port",
    "prefix": "prefix",
    "sendproto": "sendproto",
    "t": "tcptimeout",
    "tcptimeout": "tcptimeout",
    "v": "verbose",
    "verbose": "verbose",
}
SWITCHES = ("verbose",)  # these have no value of their own
DEFAULTS = {"bind": "0.0.0.0", "port": "9125", "packetlen": "1400"}  # noqa: S104 -- that program's
OFFERS = {"packetlen": "max_payload", "bufsize": "receive_buffer"}
TAKEN = (*DEFAULTS, *OFFERS, "sendproto")
REASONS = {
    "metrics-prefix": "hash_prefix has it, which places; it is not put before names, "
    "as there: let the senders or the servers do that",
    "metrics-tags": "no tags are added; let the senders or the servers do that",
    "prefix": "statshard sends no metrics of its own; the log has the balance",
    "tcptimeout": LATER_TCP,
    "verbose": "no line of log for each metric: statshard tells none",
}
_FLAG = re.compile(r"--?([^-=][^=]*)(?:=(.*))?", re.DOTALL)
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_COMMAND = re.compile(rf"(?:^|[\s/=]){NAME}\s", re.ASCII)
_HOST = re.compile(r"[\w.]:\d", re.ASCII)

Word = tuple[int, str]  # the line, or the place among the words


def is_its(_path: str, text: str) -> bool:
    """Tell whether a line of a text begins the program, with a HOST:PORT behind it."""
    for line in re.sub(r"\\\r?\n", " ", text).split("\n"):
        command = None if line.lstrip().startswith("#") else _COMMAND.search(line)
        if command and _HOST.search(line, command.end()):
            return True
    return False


def read(source: Source) -> Foreign:
    """Return what the command line says."""
    draft = Draft(source, TITLE)
    if source.words is not None:
        words = list(enumerate(source.words, 1))
    else:
        words = _find_words(draft)
    given, hosts = _split(draft, words)
    found = {key: Item(0, key, value) for key, value in DEFAULTS.items()}
    found |= last_of_each(given, draft)
    _take_listen(draft, found["bind"], found["port"])
    for flag, ours in OFFERS.items():
        if flag in found:
            text = str(found[flag].value)
            draft.offer(ours, found[flag], int(text) if _is_whole(text) else text)
    _take_protocol(draft, found.get("sendproto"))
    draft.leave_rest(found, REASONS, TAKEN)
    prefix = found.get("metrics-prefix")
    foreign = Foreign(
        "jump",
        "raw",
        _take_hosts(draft, hosts),
        {},
        hash_prefix=str(prefix.value) if prefix else "",
    )
    return draft.finish(foreign)


def _find_words(draft: Draft) -> list[Word]:
    """Return the words of a text, behind the program's name where it has that."""
    commands: list[list[Word]] = []
    everything: list[Word] = []
    for logical in _logical_lines(draft):
        everything += logical
        names = [_program(word) for _, word in logical]
        if NAME in names[:-1]:
            at = len(names) - 1 - names[-2::-1].index(NAME)
            commands.append(logical[at:])
    runs = [words for words in commands if any(":" in word for _, word in words)]
    if len(runs) > 1:
        lines = " and ".join(str(words[0][0]) for words in runs)
        draft.blame(runs[1][0][0], f"commands on lines {lines}; valid: one")
    return runs[0] if runs else everything


def _program(word: str) -> str:
    """Return the name of the program that a word may call."""
    return word.removeprefix("ExecStart=").lstrip("-@:+!").rpartition("/")[2]


def _logical_lines(draft: Draft) -> Iterator[list[Word]]:
    r"""Yield the words of each line, one that ends in \ together with the next."""
    words: list[Word] = []
    for number, line in enumerate(draft.source.text.split("\n"), 1):
        kept = line.rstrip("\r")
        if len(kept) > LONGEST_LINE:
            draft.blame(number, f"longer than {LONGEST_LINE} characters: no command")
            continue
        is_open = kept.endswith("\\") and not kept.lstrip().startswith("#")
        try:
            found = shlex.split(kept[:-1] if is_open else kept, comments=True)
        except ValueError as fault:
            if NAME in line or words:
                draft.blame(number, f"{quoted(line.strip())}: {fault}")
            continue
        words += [(number, word) for word in found]
        if words and not is_open:
            yield words
            words = []
    if words:
        yield words


def _split(draft: Draft, words: Sequence[Word]) -> tuple[list[Item], list[Word]]:
    """Return the flags and the hosts."""
    items: list[Item] = []
    at = 0
    while at < len(words):
        line, word = words[at]
        match = _FLAG.fullmatch(word)
        if word == "--":
            return items, list(words[at + 1 :])
        if not match:
            break
        at += 1
        key, value = FLAGS.get(match[1]), match[2]
        if key is None:
            near = guess(match[1], FLAGS)
            draft.blame(
                line, f"{quoted(word)}: no flag of {TITLE}; {near}".rstrip("; ")
            )
        elif key in SWITCHES:
            items.append(Item(line, key, (value or "true") in _TRUE))
        elif value is None and at == len(words):
            draft.blame(line, f"{quoted(word)}: no value; valid: {word} VALUE")
        else:
            if value is None:
                value = words[at][1]
                at += 1
            items.append(Item(line, key, value))
    return items, list(words[at:])


def _take_listen(draft: Draft, bind: Item, port: Item) -> None:
    """Take the listener; Go listens on all of IPv6 too where it is told 0.0.0.0."""
    host = str(bind.value)
    if host in ("", DEFAULTS["bind"]):
        host = "::"
        draft.leave(bind, "[::] here: in Go, 0.0.0.0 takes IPv6 as well")
    draft.listen(port if port.line else bind, host, port.value)


def _take_protocol(draft: Draft, item: Item | None) -> None:
    """Take how that program sends."""
    if item is None or item.value == "UDP":
        return
    if item.value in ("TCP", "TEST"):
        why = f"{LATER_TCP}: lines go out by UDP" if item.value == "TCP" else "no test"
        draft.leave(item, why)
    else:
        draft.refuse(item, "valid: UDP or TCP")


def _take_hosts(draft: Draft, words: Sequence[Word]) -> tuple[ForeignBackend, ...]:
    """Return the backends; a host that has an instance is named with it."""
    for line, word in words:
        host, *rest = word.split(":")
        item = Item(line, "backend", word)
        if len(rest) not in (1, 2):
            draft.refuse(item, "valid: HOST:PORT or HOST:PORT:INSTANCE")
        elif "$" in word:
            draft.refuse(item, "a variable; valid: HOST:PORT, written out")
        else:
            draft.add(item, host, rest[0], name=word)
    if not words:
        draft.blame(0, "no backend; valid: HOST:PORT, one or more, behind the flags")
    return numbered(draft.backends)


def _is_whole(text: str) -> bool:
    """Tell whether a text is a whole number, and no longer than any that is valid."""
    return re.fullmatch(r"[1-9]\d{0,11}", text, re.ASCII) is not None


PROGRAM = Program(NAME, TITLE, is_its, read)
