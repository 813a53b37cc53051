"""The table of sinks: URL scheme -> the file that makes one.

Third parties add theirs by an entry point in the group "statshard.sinks" whose name is
the scheme; it is loaded only where that scheme is configured. Ours cannot be replaced.
"""

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points

from statshard.errors import SettingsError
from statshard.sinks import graphite
from statshard.sinks.console import ConsoleSink
from statshard.sinks.repeater import RepeaterSink
from statshard.sinks.sink import Factory, Order, Sink

GROUP = "statshard.sinks"

SINKS: Mapping[str, Factory] = {
    "console": ConsoleSink,
    "graphite": graphite.open_text,
    "graphite+pickle": graphite.open_pickle,
    "statsd": RepeaterSink,
}
# Those that need a library which costs memory: loaded only where they are configured.
HEAVY: Mapping[str, str] = {
    "influxdb": "statshard.sinks.influxdb:InfluxSink",
    "prometheus": "statshard.sinks.prometheus:PrometheusSink",
}


def open_sink(order: Order) -> Sink:
    """Return the sink of a URL; raises SettingsError where nobody has its scheme."""
    if order.scheme in HEAVY:
        module, _, name = HEAVY[order.scheme].partition(":")
        heavy: Factory = getattr(importlib.import_module(module), name)
        return heavy(order)
    factory = SINKS.get(order.scheme) or _load(order)
    return factory(order)


def _load(order: Order) -> Factory:
    """Return a third party's factory."""
    found = {each.name: each for each in entry_points(group=GROUP)}
    if order.scheme not in found:
        valid = ", ".join([*SINKS, *HEAVY, *sorted(found)])
        raise SettingsError(
            f"sink {order.url!r}: no sink for {order.scheme}:; valid: {valid}"
        )
    try:
        factory: Factory = found[order.scheme].load()
    except Exception as fault:
        raise SettingsError(
            f"sink {order.url!r}: {found[order.scheme].value} cannot be loaded: {fault}"
        ) from fault
    return factory
