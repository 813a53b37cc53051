"""Samples: what they are, and why one is refused.

    gorets:1:2|c|@0.1|#env:a        a line
           ~ ~                      two samples: counter, value 1 or 2, scale 10
    ~~~~~~           ~~~~~          their series

How a line is cut is a grammar's business (grammar.pyx has the table of them): strict,
or as etsy's server does. This file is what they share, and all that others need.

    received samples = aggregated + dropped, by reason

A refused line is one sample, and so is a piece of it that is refused whole. Must not
know: series, memory, kernel, clock.
"""
from typing import NamedTuple

# === Python face ===


class Refusal(NamedTuple):
    """Why a sample was dropped: a `reason`, and what it means."""

    name: str
    help: str


cdef dict _REASONS = {
    NO_VALUE: Refusal(
        "no_value",
        "nothing stands where the value should",
    ),
    BAD_VALUE: Refusal(
        "bad_value",
        "the value is no finite decimal number, or a time below 0",
    ),
    BAD_TYPE: Refusal(
        "bad_type",
        "no type behind the value, or none of c, g, ms, h, d and s",
    ),
    BAD_RATE: Refusal(
        "bad_rate",
        "the sample rate is no number above 0 and at most 1",
    ),
    NO_NAME: Refusal(
        "empty_name",
        "nothing is left of the name once tags and what is no part of a name are gone",
    ),
}

# In the order of the enum; GOOD has no row.
SAMPLE_REASONS_TABLE = tuple(
    _REASONS[reason] for reason in range(GOOD + 1, SAMPLE_REASON_COUNT)
)
