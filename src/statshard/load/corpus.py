"""Corpus: what a load sends, from its settings: names, curve, tags, lines of a file.

    stamped   load.xxx0042:1000000123456789042|ms|#tag0:v1
              mark filler          stamp       suffix: type and tags, by the name
    rust      kfjwhc.ooqwezd,pwerzx=sdfbvb:2|c          texts, drawn; LF at the end
    file      each line as it is                        texts, in order

Pure but for the reading of the file. Must not know: sockets, clocks.
"""

import itertools
import random
import string
from pathlib import Path

from statshard.errors import SettingsError
from statshard.load.options import PAYLOAD_MAX, LoadSettings
from statshard.plane.load import LIMITS, Traffic

TAG_VALUES = 8
STAMP_SIZE = 19  # bytes
RUST_TAGS = 6  # at most, of a name
SEED = 1  # the same texts in each run


def open_traffic(settings: LoadSettings) -> Traffic:
    """Return the traffic that settings describe.

    Raises SettingsError for a file without lines, a datagram that is too long, or more
    lines than can be told apart.
    """
    if settings.file is not None:
        traffic = _open_file(settings, settings.file)
    elif settings.format == "rust":
        traffic = _open_rust(settings)
    else:
        traffic = _open_stamped(settings)
    if traffic.datagram_max > PAYLOAD_MAX:
        raise SettingsError(
            f"--lines {settings.lines}: a datagram would have up to "
            f"{traffic.datagram_max} bytes; at most {PAYLOAD_MAX} are possible"
        )
    if settings.datagrams * settings.lines > LIMITS["numbers"]:
        raise SettingsError(
            f"{settings.datagrams} datagrams of {settings.lines} lines: a run has "
            f"{LIMITS['numbers']} lines at most; take fewer --seconds"
        )
    return traffic


def name_of(settings: LoadSettings, place: int) -> str:
    """Return a stamped line's name."""
    return (_head(settings) + _digits(settings.names, place)).decode()


def rank_quantiles(names: int, skew: float) -> tuple[int, ...]:
    """Return the ranks at equal steps of their share, 0 to `names`, in 1 / 2^16.

    Rank r (from 0) has the share of the integral of x^-skew from r + 1 to r + 2: a
    bounded Pareto distribution, whose inverse is known. Between two of these ranks
    names are drawn evenly, so also among those of the rarest 1/4096 of the lines.
    """
    pieces = LIMITS["quantiles"]
    unit = 1 << LIMITS["rank_bits"]
    top = names + 1.0
    ranks = []
    for piece in range(pieces + 1):
        share = piece / pieces
        if skew == 1:
            x = top**share
        else:
            flat = 1 - skew
            x = ((1 - share) + share * top**flat) ** (1 / flat)
        ranks.append(min(int((x - 1) * unit), names * unit - 1))
    ranks[-1] = names * unit - 1
    return tuple(ranks)


def list_suffixes(types: tuple[str, ...], tags: int) -> tuple[bytes, ...]:
    """Return what follows the value: each type, with several values of each tag."""
    if tags == 0:
        return tuple(f"|{each}".encode() for each in types)
    suffixes = []
    for turn, each in itertools.product(range(TAG_VALUES), types):
        values = [f"tag{i}:v{(i + turn) % TAG_VALUES}" for i in range(tags)]
        suffixes.append(f"|{each}|#{','.join(values)}".encode())
    return tuple(suffixes)


def list_rust_texts(names: int, most_tags: int) -> tuple[bytes, ...]:
    """Return lines as the Rust sharding proxy's generator makes them, each once.

    One to four words of 6 to 15 letters, up to `most_tags` tags of such words
    (helpers/generate-messages.py of alanszlosek/rust-sharding-statsd-proxy).
    """
    draw = random.Random(SEED)  # noqa: S311 -- names, no secrets

    def word() -> str:
        return "".join(draw.choices(string.ascii_lowercase, k=draw.randint(6, 15)))

    texts: dict[bytes, None] = {}
    while len(texts) < names:
        name = ".".join(word() for _ in range(draw.randint(1, 4)))
        tags = [f"{word()}={word()}" for _ in range(draw.randint(0, most_tags))]
        texts[f"{','.join([name, *tags])}:2|c".encode()] = None
    return tuple(texts)


def split_file(content: bytes) -> list[bytes]:
    """Return a file's lines: without CR at their ends, none empty."""
    return [line for raw in content.split(b"\n") if (line := raw.removesuffix(b"\r"))]


def list_groups(texts: tuple[bytes, ...]) -> tuple[int, ...]:
    """Return for each text a number that those of its key share.

    The key here is all before the first colon, which goes to one backend under any
    rule of placement; an event or a check is a key of its own.
    """
    numbers: dict[bytes, int] = {}
    return tuple(
        numbers.setdefault(
            text if text.startswith((b"_e{", b"_sc|")) else text.partition(b":")[0],
            len(numbers),
        )
        for text in texts
    )


def _open_stamped(settings: LoadSettings) -> Traffic:
    """Return traffic whose lines carry their numbers."""
    return Traffic(
        settings.names,
        lines=settings.lines,
        senders=settings.sockets,
        processes=settings.processes,
        quantiles=rank_quantiles(settings.names, settings.skew),
        head=_head(settings),
        suffixes=list_suffixes(settings.types, settings.tags or 0),
    )


def _open_rust(settings: LoadSettings) -> Traffic:
    """Return traffic as the Rust proxy's generator makes it."""
    tags = RUST_TAGS if settings.tags is None else settings.tags
    texts = list_rust_texts(settings.names, tags)
    return Traffic(
        len(texts),
        lines=settings.lines,
        senders=settings.sockets,
        processes=settings.processes,
        ends_with_lf=True,
        quantiles=rank_quantiles(len(texts), settings.skew),
        texts=texts,
        groups=list_groups(texts),
    )


def _open_file(settings: LoadSettings, path: str) -> Traffic:
    """Return traffic of a file's lines."""
    try:
        lines = split_file(Path(path).read_bytes())
    except OSError as fault:
        raise SettingsError(f"--file {path!r}: {fault.strerror}") from fault
    if not lines:
        raise SettingsError(f"--file {path!r}: no lines; valid: one metric on each")
    places = dict(zip(dict.fromkeys(lines), itertools.count(), strict=False))
    texts = tuple(places)
    return Traffic(
        len(texts),
        lines=settings.lines,
        senders=settings.sockets,
        processes=settings.processes,
        texts=texts,
        groups=list_groups(texts),
        order=tuple(places[line] for line in lines),
    )


def _head(settings: LoadSettings) -> bytes:
    """Return what names begin with, as long as the shortest line needs it."""
    shortest = min(map(len, list_suffixes(settings.types, settings.tags or 0)))
    others = len(_digits(settings.names, 0)) + 1 + STAMP_SIZE + shortest
    head = f"{settings.mark}.".encode()
    return head + b"x" * max(0, settings.size - len(head) - others)


def _digits(names: int, place: int) -> bytes:
    """Return the number of a name, as wide as the last one's."""
    return str(place).zfill(len(str(names - 1))).encode()
