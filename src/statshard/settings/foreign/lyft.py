"""Lyft: the JSON of lyft/statsrelay, and of uber's later versions.

    {"statsd": {"bind": "127.0.0.1:8125", "shard_map": ["10.0.0.1:8128", ...],
                "validate": true, "tcp_cork": true, "duplicate_to": [...]}}

Without a shard_map, one entry of duplicate_to that has one stands for it (lyft and
uber/statsrelay: src/json_config.c, src/config.rs). Must not know: how a key is placed.
"""

import re
from collections.abc import Mapping

from statshard.settings.foreign.foreign import (
    Draft,
    Foreign,
    Item,
    Source,
    last_of_each,
)
from statshard.settings.foreign.object_literal import (
    Literal,
    LiteralError,
    read_literal,
)
from statshard.settings.foreign.program import Program
from statshard.settings.foreign.shard_map import REASONS, Section, foreign_of

TITLE = "lyft's statsrelay"
CHANGED = "lines are forwarded as they came, all of them"
OF_A_MIRROR = dict.fromkeys(
    (
        "prefix",
        "suffix",
        "input_filter",
        "input_blacklist",
        "input_blocklist",
        "sampling_threshold",
        "sampling_window",
        "timer_sampling_threshold",
        "timer_sampling_window",
        "timer_flush_min_max",
        "reservoir_size",
        "counter_cardinality",
        "timer_cardinality",
        "gauge_cardinality",
        "hm_key_expiration_frequency",
        "hm_key_ttl",
    ),
    CHANGED,
) | {"shard_map_source": "this version finds no backends by itself"}
_MARK = re.compile(r'\s*\{.*"statsd"\s*:', re.DOTALL)
_NONE = re.compile(r"(?!)")

Pairs = Mapping[str, Literal]


def is_its(_path: str, text: str) -> bool:
    """Tell whether a text is an object with a key statsd, in quotes."""
    return _MARK.match(text) is not None


def read(source: Source) -> Foreign:
    """Return what a statsrelay.json says."""
    draft = Draft(source, TITLE)
    try:
        whole = read_literal(source.text, _NONE)
    except LiteralError as fault:
        key = f"{fault.key}: " if fault.key else ""
        draft.blame(fault.line, f"{key}{fault}")
        return draft.finish(Foreign("", "", (), {}))
    top = _pairs(draft, "", whole)
    statsd = top.pop("statsd", None)
    draft.leave_rest(_items("", top), REASONS, ("statsd",))
    if statsd is None:
        draft.blame(whole.line, 'no statsd; valid: {"statsd": {"shard_map": [...]}}')
        return draft.finish(Foreign("", "", (), {}))
    pairs = _pairs(draft, "statsd", statsd)
    shards = pairs.get("shard_map") or _only_mirror(draft, pairs)
    section = Section(_items("statsd", pairs), _entries(draft, shards))
    return draft.finish(foreign_of(draft, section))


def _only_mirror(draft: Draft, pairs: dict[str, Literal]) -> Literal | None:
    """Return the map of the one cluster of duplicate_to, which is taken out."""
    mirrors = pairs.get("duplicate_to")
    if mirrors is None:
        return None
    each = [mirrors] if mirrors.values is None else list(mirrors.values)
    if len(each) != 1 or each[0].pairs is None:
        return None
    del pairs["duplicate_to"]
    where = "statsd.duplicate_to[0]"
    inside = _pairs(draft, where, each[0])
    shards = inside.pop("shard_map", None)
    draft.leave_rest(_items(where, inside), OF_A_MIRROR, ("shard_map",))
    return shards


def _pairs(draft: Draft, where: str, literal: Literal) -> dict[str, Literal]:
    """Return an object's pairs, of equal keys the last; the others are left over."""
    if literal.pairs is None:
        draft.refuse(
            Item(literal.line, where, literal.shown), "valid: an object, {...}"
        )
        return {}
    start = f"{where}." if where else ""
    each = [Item(one.line, start + key, one.shown) for key, one in literal.pairs]
    last_of_each(each, draft)
    return dict(literal.pairs)


def _items(where: str, pairs: Pairs) -> dict[str, Item]:
    """Return pairs as settings, each with the keys that lead to it."""
    start = f"{where}." if where else ""
    return {key: Item(one.line, start + key, one.shown) for key, one in pairs.items()}


def _entries(draft: Draft, shards: Literal | None) -> list[Item]:
    """Return the entries of the map."""
    if shards is None:
        return []
    if shards.values is None:
        draft.refuse(
            Item(shards.line, "statsd.shard_map", shards.shown),
            'valid: an array, ["HOST:PORT", ...]',
        )
    return [
        Item(one.line, f"statsd.shard_map[{index}]", one.shown)
        for index, one in enumerate(shards.values or ())
    ]


PROGRAM = Program("lyft", TITLE, is_its, read)
