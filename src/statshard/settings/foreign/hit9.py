"""Hit9: the configuration of hit9/statsd-proxy, a key and a value on each line.

    port 8125
    num_threads 4
    flush_interval 10              # ms
    node 127.0.0.1:8126:1          host:port:weight, one line for each

`#` begins a comment. A key may be shortened, as there: `nod` is node. A last line that
no LF ends is not read, as there; a node twice is one, of the greater weight, as its
points are the same (hit9/statsd-proxy: src/config.c, src/cfg.c, src/ketama.c). Must not
know: how a ring is made.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from statshard.settings.foreign.foreign import (
    Draft,
    Foreign,
    Item,
    Source,
    last_of_each,
)
from statshard.settings.foreign.program import Program

TITLE = "hit9's statsd-proxy"
DEFAULTS = {"port": "8125", "num_threads": "4", "flush_interval": "10"}
KEYS = (*DEFAULTS, "node")
OFFERS = {"num_threads": "workers", "flush_interval": "max_delay_ms"}
_LINE = re.compile(r"[ \t]*([^ \t#]+)[ \t]+([^ \t#]+)[ \t]*(?:#.*)?")
_NODE = re.compile(r"([^:]+):(\d{1,5}):(\d{1,9})", re.ASCII)
_MARK = re.compile(r"^[ \t]*node[ \t]+[^\s:]+:\d+:\d+", re.MULTILINE)


def is_its(_path: str, text: str) -> bool:
    """Tell whether a text has a node as this program writes it."""
    return _MARK.search(text) is not None


def read(source: Source) -> Foreign:
    """Return what a statsd-proxy.cfg says."""
    draft = Draft(source, TITLE)
    items = list(_items(draft))
    _take_nodes(draft, [item for item in items if item.key == "node"])
    others = [item for item in items if item.key != "node"]
    found = {key: Item(0, key, value) for key, value in DEFAULTS.items()}
    found |= last_of_each(others, draft)
    any_host = "0.0.0.0"  # noqa: S104 -- the only one that program has
    draft.listen(found["port"], any_host, found["port"].value)
    for key, ours in OFFERS.items():
        text = str(found[key].value)
        is_whole = re.fullmatch(r"\d{1,9}", text, re.ASCII)
        draft.offer(ours, found[key], int(text) if is_whole else text)
    draft.leave_rest(found, {}, KEYS)
    return draft.finish(Foreign("ketama", "raw", (), {}))


def _items(draft: Draft) -> Iterator[Item]:
    """Yield the settings of the lines, their keys in full."""
    *lines, last = draft.source.text.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if not line.split("#")[0].strip():
            continue
        match = _LINE.fullmatch(line)
        if not match:
            draft.refuse(Item(number, line.strip(), None), "valid: KEY VALUE")
            continue
        meant = [key for key in KEYS if key.startswith(match[1])]
        if len(meant) > 1 and match[1] not in KEYS:
            what = f"may be {' or '.join(meant)}; valid: one of them"
            draft.refuse(Item(number, match[1], match[2]), what)
            continue
        yield Item(number, meant[0] if meant else match[1], match[2])
    if last.split("#")[0].strip():
        why = "no end of the line: that program does not read it"
        draft.leave(Item(len(lines) + 1, last.strip(), None), why)


def _take_nodes(draft: Draft, items: list[Item]) -> None:
    """Take the backends."""
    weights: dict[str, int] = {}
    for item in items:
        match = _NODE.fullmatch(str(item.value))
        if not match:
            draft.refuse(item, "valid: HOST:PORT:WEIGHT, for example 10.0.0.1:8126:1")
            continue
        host, port, weight = match[1], int(match[2]), int(match[3])
        node = f"{host}:{port}"
        if not weight:
            draft.leave(item, "of weight 0: it gets nothing")
        elif node in weights:
            weights[node] = max(weight, weights[node])
            draft.leave(item, "stands before: one node, of the greater weight")
        else:
            weights[node] = weight
            draft.add(item, host, port, node=node)
    draft.backends = [
        replace(backend, weight=weights[backend.node]) for backend in draft.backends
    ]
    if not draft.backends and not draft.faults:
        draft.blame(0, "no node; valid: node HOST:PORT:WEIGHT, a line for each")


PROGRAM = Program("hit9", TITLE, is_its, read)
