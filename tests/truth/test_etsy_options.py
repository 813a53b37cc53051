"""docs/etsy.md: every option of etsy's server has its row."""

import re

from statshard.settings.server import SERVER
from statshard.settings.sinks import OPTIONS
from tests.support.tree import ROOT

# Of statsd 0.9.0: exampleConfig.js, stats.js, servers/udp.js, backends/graphite.js.
ETSYS = [
    "port",
    "address",
    "servers",
    "address_ipv6",
    "server",
    "mgmt_port",
    "mgmt_address",
    "title",
    "healthStatus",
    "dumpMessages",
    "flushInterval",
    "percentThreshold",
    "flush_counts",
    "keyFlush",
    "prettyprint",
    "log",
    "debug",
    "backends",
    "graphiteHost",
    "graphitePort",
    "graphitePicklePort",
    "graphiteProtocol",
    "graphite",
    "legacyNamespace",
    "globalPrefix",
    "globalSuffix",
    "prefixCounter",
    "prefixTimer",
    "prefixGauge",
    "prefixSet",
    "prefixStats",
    "keyNameSanitize",
    "deleteIdleStats",
    "deleteCounters",
    "deleteTimers",
    "deleteSets",
    "deleteGauges",
    "gaugesMaxTTL",
    "calculatedTimerMetrics",
    "histogram",
    "console",
    "repeater",
    "repeaterProtocol",
    "automaticConfigReload",
]


def rows() -> list[list[str]]:
    """Return the cells of the table of options."""
    page = (ROOT / "docs" / "etsy.md").read_text(encoding="utf-8")
    table = page.partition("## Its options, and ours")[2]
    lines = [line for line in table.split("\n") if line.startswith("| `")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def names(cell: str) -> list[str]:
    """Return the names in a cell."""
    return re.findall(r"`(\w+)`", cell)


def test_every_option_of_etsys_has_a_row() -> None:
    """Each is named once, beside what does the same, or why nothing does."""
    named = [name for etsys, *_ in rows() for name in names(etsys)]
    assert len(named) == len(set(named))
    assert set(ETSYS) <= set(named)
    assert all(ours or why.startswith("none") for _, ours, why in rows())


def test_the_settings_of_the_rows_exist() -> None:
    """Each setting that is named for one of etsy's options is one."""
    known = {row.key for row in SERVER.rows}
    named = {name for _, ours, _ in rows() for name in names(ours)}
    assert named
    assert named <= known
    (graphite,) = [why for etsys, _, why in rows() if "`graphite`" in etsys]
    assert {row.key for row in OPTIONS} - {"queue_bytes"} == set(names(graphite))
