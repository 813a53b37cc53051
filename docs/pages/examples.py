"""examples/: settings files that run as they are.

statshard.toml       the least: two backends
statshard-full.toml  every key with its help; behind a # alone stands its default
config.ini           the Rust sharding proxy's, which reads no comments, so it has none
"""

import textwrap
from collections.abc import Iterable, Iterator

from docs.pages.values import default_as_toml
from statshard.settings.addresses import Backend
from statshard.settings.effective import MOST_WORKERS, settle
from statshard.settings.given import Given, Origin, Raw
from statshard.settings.model import PROXY
from statshard.settings.schema import describe
from statshard.settings.setting import Setting, table_of
from statshard.settings.show import literal

WIDTH = 88
BACKENDS = (
    Backend("shard-1", "127.0.0.1:8126"),
    Backend("shard-2", "127.0.0.1:8127"),
)

LEAST = """\
# Two StatsD servers behind one address, udp://127.0.0.1:8125:
#
#     statshard run -c examples/statshard.toml
#
# Every other setting is its default; statshard-full.toml has them all.

{backends}
"""

FULL = """\
# Every setting of `statshard run`, as it is unless told otherwise; valid as it stands.
# Take the # off a line that has no blank behind it, and change its value. What sizes
# and times may be written as, and what is above a file, stands in docs/settings.md.
#
# Written by `make docs` from src/statshard/settings/model.py; not to be edited there.

[proxy]
{proxy}

# {backend}
{backends}
"""

INI = """\
bind_interface = 127.0.0.1
bind_port = 8125
threads = 1
destinations = {addresses}
"""


def format_least() -> str:
    """Return the text of statshard.toml."""
    return LEAST.format(backends="\n\n".join(map(_show_short, BACKENDS)))


def format_full() -> str:
    """Return the text of statshard-full.toml."""
    plain = (row for row in PROXY if row.entries is None)
    (backend,) = (row for row in PROXY if row.entries is not None)
    first, *others = BACKENDS
    return FULL.format(
        proxy="\n\n".join(_comment(row) + "\n" + _show_default(row) for row in plain),
        backend=backend.help,
        backends="\n\n".join([_show_whole(first), *map(_show_short, others)]),
    )


def format_ini() -> str:
    """Return the text of config.ini."""
    return INI.format(addresses=" ".join(one.address for one in BACKENDS))


def _comment(row: Setting) -> str:
    """Return what a setting means, as comments."""
    lines = textwrap.wrap(describe(row), WIDTH - 2)
    return "\n".join(f"# {line}" for line in lines)


def _show_default(row: Setting) -> str:
    """Return a default, commented; where it follows from others, the usual one."""
    if row.default is not None:
        return f"#{row.key} = {default_as_toml(row)}"
    value = getattr(USUAL, row.key)
    return f"#{row.key} = {literal(row.kind.show(value))}"


def _show_short(backend: Backend) -> str:
    """Return a [[backend]] with what differs from its default."""
    return "\n".join(["[[backend]]", *_show_keys(backend, table_of(Backend)[:2])])


def _show_whole(backend: Backend) -> str:
    """Return a [[backend]] with every key and its help."""
    lines = ["[[backend]]"]
    for row in table_of(Backend):
        lines.append(_comment(row))
        lines += [_show_default(row)] if row.default else _show_keys(backend, [row])
    return "\n".join(lines)


def _show_keys(backend: Backend, rows: Iterable[Setting]) -> Iterator[str]:
    """Yield the lines of some keys of a backend."""
    for row in rows:
        yield f"{row.key} = {literal(row.kind.show(getattr(backend, row.key)))}"


def _settle_usual() -> object:
    """Return the settings of these backends, all else being the default."""
    here = Origin("file", "statshard-full.toml", "backend")
    rows = tuple(Raw(f"{one.name}={one.address}", here) for one in BACKENDS)
    given = Given(lists={"backend": rows})
    return settle([given], usable_cpus=MOST_WORKERS).settings


USUAL = _settle_usual()
