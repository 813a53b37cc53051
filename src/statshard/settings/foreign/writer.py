"""Writer: a Foreign as the TOML of our settings, with what is left over as comments.

    # Converted from etsy's statsd proxy: proxyConfig.js
    # Left over, having no counterpart:
    #   line 4: nodes[0].adminport = 8128: health checks are not supported by this ...
    [proxy]
    listen = ["udp://0.0.0.0:8125"]
    ...

Whatever came from the other file is escaped, so that no comment ends before its line.
Must not know: programs.
"""

from collections.abc import Iterator

from statshard.settings.foreign.foreign import Foreign, ForeignBackend, Leftover, Source
from statshard.settings.model import PROXY
from statshard.settings.reading import cut, printable
from statshard.settings.show import literal

WIDEST = 88  # characters of a line of shard_map
Lines = Iterator[str]


def as_toml(foreign: Foreign, source: Source, title: str) -> str:
    """Return the text of a settings file."""
    lines = [f"# Converted from {title}: {cut(printable(source.shown))}"]
    lines += [f"# {printable(note)}" for note in foreign.notes]
    if foreign.leftovers:
        lines.append("# Left over, having no counterpart:")
        lines += [f"#   {told(one, source.counted)}" for one in foreign.leftovers]
    lines += _proxy(foreign)
    for backend in foreign.backends:
        lines += _backend(backend)
    return "\n".join(lines) + "\n"


def told(leftover: Leftover, where: str) -> str:
    """Return a leftover as one line; `where` is what its number counts."""
    place = f"{where} {leftover.line}: " if leftover.line else ""
    value = f" = {leftover.value}" if leftover.value else ""
    return f"{place}{leftover.key}{value}: {leftover.why}"


def _proxy(foreign: Foreign) -> Lines:
    """Yield [proxy]."""
    values: dict[str, object] = dict(foreign.values)
    values |= {"hash": foreign.hash, "shard_by": foreign.shard_by}
    if foreign.hash_prefix:
        values["hash_prefix"] = foreign.hash_prefix
    order = [row.key for row in PROXY.rows]
    yield "[proxy]"
    for key in sorted(values, key=lambda key: (*order, key).index(key)):
        yield f"{key} = {literal(values[key])}"
    if foreign.shard_map:
        yield "shard_map = ["
        yield from _rows([f"{literal(name)}," for name in foreign.shard_map])
        yield "]"


def _rows(words: list[str]) -> Lines:
    """Yield words, as many on a line as it has room for."""
    line = " "
    for word in words:
        if len(line) + 1 + len(word) > WIDEST and line.strip():
            yield line
            line = " "
        line += f" {word}"
    yield line


def _backend(backend: ForeignBackend) -> Lines:
    """Yield one [[backend]]; a name that is the address goes without saying."""
    yield ""
    yield "[[backend]]"
    if backend.name != backend.address:
        yield f"name = {literal(backend.name)}"
    yield f"address = {literal(backend.address)}"
    if backend.node and backend.node != backend.address:
        yield f"node = {literal(backend.node)}"
    if backend.weight != 1:
        yield f"weight = {backend.weight}"
