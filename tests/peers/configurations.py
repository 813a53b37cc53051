"""The configurations that two servers are compared under, in the words of either.

`etsy` are settings of etsy's exampleConfig.js, `twin` the same for tests/model, `flags`
and `sink` (the options of a sink's URL) for `statshard serve`. They change what is
computed, or how it is named; where lines go to is told to each server by whoever starts
it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.model.graphite_names import Names
from tests.model.server import Options

NEW: Mapping[str, object] = {"legacyNamespace": False}


@dataclass(frozen=True)
class Configuration:
    """One way to set up a server."""

    name: str
    etsy: Mapping[str, object]
    twin: Options = field(default_factory=Options)
    flags: Sequence[str] = ()
    sink: str = "namespace=new"


CONFIGURATIONS = (
    Configuration("legacy", etsy={}, sink="namespace=legacy"),
    Configuration(
        "new", etsy={"graphite": NEW}, twin=Options(names=Names(is_legacy=False))
    ),
    Configuration(
        "affixes",
        etsy={
            "prefixStats": "mystatsd",
            "graphite": {
                **NEW,
                "globalPrefix": "",
                "prefixCounter": "cnt",
                "prefixTimer": "tim",
                "prefixGauge": "gau",
                "prefixSet": "",
                "globalSuffix": "host1",
            },
        },
        twin=Options(
            names=Names(
                is_legacy=False,
                prefix="",
                prefix_counter="cnt",
                prefix_timer="tim",
                prefix_gauge="gau",
                prefix_set="",
                suffix="host1",
                prefix_stats="mystatsd",
            )
        ),
        flags=["--prefix-stats", "mystatsd"],
        sink="namespace=new,prefix=,prefix_counter=cnt,prefix_timer=tim,"
        "prefix_gauge=gau,prefix_set=,suffix=host1",
    ),
    Configuration(
        "timers",
        etsy={
            "graphite": NEW,
            "percentThreshold": [50, 90, 99.9, 5, -10],
            "histogram": [
                {"metric": "sla", "bins": []},
                {"metric": "", "bins": [0.5, 10, 100, 250.5, "inf"]},
            ],
        },
        twin=Options(
            percentiles=(50, 90, 99.9, 5, -10),
            histogram=(("sla", ()), ("", (0.5, 10, 100, 250.5, math.inf))),
            names=Names(is_legacy=False),
        ),
        flags=[
            *(f"--percentiles={each}" for each in ("50", "90", "99.9", "5", "-10")),
            "--histogram=sla=",
            "--histogram==0.5:10:100:250.5:inf",
        ],
    ),
    Configuration(
        "chosen",
        etsy={
            "graphite": NEW,
            "flush_counts": False,
            "calculatedTimerMetrics": ["count", "median", "upper_percent", "sum"],
        },
        twin=Options(
            flush_counts=False,
            timer_figures=("count", "median", "upper_percent", "sum"),
            names=Names(is_legacy=False),
        ),
        flags=[
            "--no-flush-counts",
            *(
                f"--timer-figures={each}"
                for each in ("count", "median", "upper_percent", "sum")
            ),
        ],
    ),
    Configuration(
        "deleting",
        etsy={"graphite": NEW, "deleteIdleStats": True, "gaugesMaxTTL": 2},
        twin=Options(
            delete_counters=True,
            delete_timers=True,
            delete_sets=True,
            delete_gauges=True,
            gauges_max_ttl=2,
            names=Names(is_legacy=False),
        ),
        flags=["--delete-idle-stats", "--gauges-max-ttl=2"],
    ),
    Configuration(
        "unsanitized",
        etsy={"graphite": NEW, "keyNameSanitize": False},
        twin=Options(sanitizes=False, names=Names(is_legacy=False)),
        flags=["--no-sanitize"],
    ),
)
