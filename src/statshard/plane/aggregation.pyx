"""The plane's second face: what an aggregation server sees of the data plane.

`Collector` (collector.pyx) is one thread's loop, `Interval` (interval.pyx) what it
fills, `Store` (store.pyx) what is made of that, `KnownSeries` what goes back. As
with a Worker, `run` is called by a thread of its own, everything else by the control
thread. A face apart from plane.pyx, because the proxy would hold a MiB of modules that
it never uses.
"""
from statshard.plane import collector, intake, interval, store

AGGREGATED = intake.AGGREGATED_TABLE
SAMPLE_COUNTERS = intake.INTAKE_TABLE
SAMPLE_REASONS = intake.DROP_TABLE
Collector = collector.Collector
Interval = interval.Interval
KnownSeries = interval.KnownSeries
Store = store.Store
