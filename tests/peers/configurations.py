"""The configurations that two servers are compared under, in the words of either.

`etsy` are settings of etsy's exampleConfig.js. A configuration changes what is computed
or how it is named; where lines go to is told to each server by whoever starts it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

NEW: Mapping[str, object] = {"legacyNamespace": False}


@dataclass(frozen=True)
class Configuration:
    """One way to set up a server."""

    name: str
    etsy: Mapping[str, object]


CONFIGURATIONS = (
    Configuration("legacy", etsy={}),
    Configuration("new", etsy={"graphite": NEW}),
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
    ),
    Configuration(
        "chosen",
        etsy={
            "graphite": NEW,
            "flush_counts": False,
            "calculatedTimerMetrics": ["count", "median", "upper_percent", "sum"],
        },
    ),
    Configuration(
        "deleting",
        etsy={"graphite": NEW, "deleteIdleStats": True, "gaugesMaxTTL": 2},
    ),
    Configuration("unsanitized", etsy={"graphite": NEW, "keyNameSanitize": False}),
)
