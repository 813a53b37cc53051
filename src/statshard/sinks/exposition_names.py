"""Names of an exposition: metrics, labels, limits of buckets. Pure.

    1req.time;az=1  ->  _1req_time_seconds{az="1"}

Rules: what is outside A-Z a-z 0-9 _ becomes "_", and what begins with a digit gets a
"_" before it. A label does not begin with "__" (Prometheus' own, __name__ is one), nor
is it the "quantile" or "le" of its kind. A counter's name ends with _total and a
timer's with its unit, once. Source: prometheus/docs, "Metric and label naming";
statsd_exporter, pkg/mapper. Must not know: series, values.
"""

import re

from statshard.sinks.series import UNNAMED, Tags, sort_tags

BINS = "histogram.bin_"
_UNFIT = re.compile(r"[^A-Za-z0-9_]")
_RESERVED = re.compile("^_{2,}")


def family_name(name: str, kind: str, unit: str) -> str:
    """Return what all series of a name are called, without what a sample's adds."""
    text = fit_name(name)
    if kind == "counter":
        text = text.removesuffix("_total") or text
    return text if not unit or text.endswith(f"_{unit}") else f"{text}_{unit}"


def fit_name(text: str) -> str:
    """Return a name of a metric."""
    fit = _UNFIT.sub("_", text)
    return f"_{fit}" if not fit or fit[0].isdigit() else fit


def fit_labels(tags: Tags, own: str) -> Tags:
    """Return tags as labels; `own` is a label of the kind's that no tag may have."""
    fit = [(_RESERVED.sub("_", fit_name(key)), value) for key, value in tags]
    free = [(f"{key}_" if key == own else key, value) for key, value in fit]
    return sort_tags((key if key != "_" else UNNAMED, value) for key, value in free)


def le_of(name: str, divisor: float) -> str:
    """Return the limit of a bin, as a label: "histogram.bin_0_5" -> "0.5"."""
    text = name.removeprefix(BINS).replace("_", ".", 1)
    return "+Inf" if text == "inf" else repr(float(f"{float(text) / divisor:.12g}"))
