"""Options: the flags of `statshard up` as one table, and what they become.

Some are entries of `statshard run` and `statshard serve`, and go on to these. Values
are immutable. Must not know: sockets, processes, the command-line library.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated

import msgspec

from statshard.settings import kinds
from statshard.settings.addresses import Listen
from statshard.settings.effective import Effective, settle
from statshard.settings.environment import CONFIG_VARIABLE, read_environment
from statshard.settings.fault import Fault
from statshard.settings.flags import Found, read_flags
from statshard.settings.model import PROXY
from statshard.settings.section import Origins, Rule, Section
from statshard.settings.sections import SECTIONS
from statshard.settings.server import SERVER, as_proxy, equal_sinks, sinks_to_itself
from statshard.settings.setting import Setting, Values
from statshard.settings.sinks import SinkSettings

BACKENDS = 2  # where no number is given
FLUSH_S = 2  # often enough to feel alive, seldom enough to be read
_OF_SERVER: Mapping[str, Setting] = {row.key: row for row in SERVER.rows}


def as_server(key: str) -> Setting:
    """Return the entry that `statshard serve` has under a key."""
    return replace(_OF_SERVER[key], key="")


class UpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All that `statshard up` goes by; a field is a flag, and a variable."""

    listen: Annotated[tuple[Listen, ...], as_proxy("listen")]
    backends: Annotated[
        int,
        Setting(
            kinds.whole(1, 64),
            unit="servers",
            help="Aggregation servers behind the proxy.",
            default=str(BACKENDS),
        ),
    ]
    sink: Annotated[
        tuple[SinkSettings, ...],
        replace(
            as_server("sink"),
            help="Where flushes go beside what is shown here; once for each.",
        ),
    ]
    flush_interval: Annotated[
        float,
        replace(
            as_server("flush_interval"),
            help="Between flushes, and so between what is shown.",
            default=str(FLUSH_S),
        ),
    ]
    no_demo: Annotated[
        bool,
        Setting(
            kinds.switch(),
            unit="",
            help="Send nothing from here.",
            default="false",
        ),
    ]
    json: Annotated[
        bool,
        Setting(
            kinds.switch(),
            unit="",
            help="Print a JSON object a flush, and one at the end.",
            default="false",
        ),
    ]


def second_consoles(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse to write flushes among what is shown."""
    for index, sink in enumerate(values["sink"]):
        if sink.url.scheme == "console":
            what = "flushes are shown here already; valid: without it, or --json"
            yield Fault(origins["sink"].of(index), sink.url.text, what)


def shared_ports(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse a sink that listens, where several servers would need its one port."""
    for index, sink in enumerate(values["sink"]):
        if sink.url.scheme == "prometheus" and values["backends"] > 1:
            what = (
                f"one port cannot be that of {values['backends']} servers; "
                "valid: with --backends 1"
            )
            yield Fault(origins["sink"].of(index), sink.url.text, what)


RULES = (
    *(rule for rule in PROXY.rules if rule.needs == ("listen",)),
    Rule(("sink",), equal_sinks),
    Rule(("listen", "sink"), sinks_to_itself),
    Rule(("sink",), second_consoles),
    Rule(("sink", "backends"), shared_ports),
)

UP = Section("up", "statshard up", UpSettings, RULES)


def read_up(
    found: Found, environ: Mapping[str, str], rules: tuple[Rule, ...] = ()
) -> Effective[UpSettings]:
    """Return what holds, by the flags found and the environment; there is no file.

    `rules` are asked beside its own. Raises SettingsError naming every fault.
    """
    faults: list[Fault] = []
    sources = [
        read_environment(UP, environ, faults, SECTIONS),
        read_flags(UP, found, faults),
    ]
    return settle(UP, sources, faults, rules=rules)


def environment_of_children(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that go on to the proxy and the servers.

    Without those that are settings of `up`, which tells them by flags, and without a
    settings file: it would say again who is where.
    """
    own = {CONFIG_VARIABLE, *(row.variable for row in UP.rows)}
    return {key: text for key, text in environ.items() if key not in own}
