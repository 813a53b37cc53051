"""The plane's second face: what an aggregation server sees of the data plane.

`Collector` (collector.pyx) is one thread's loop, `Interval` what it fills, `Store` what
is made of that (both store.pyx). As with a Worker, `run` is called by a thread of its
own, everything else by the control thread. A face apart from plane.pyx, because the
proxy would hold a MiB of modules that it never uses.
"""
from statshard.plane import collector, intake, store

AGGREGATED = intake.AGGREGATED_TABLE
SAMPLE_COUNTERS = intake.INTAKE_TABLE
SAMPLE_REASONS = intake.DROP_TABLE
Collector = collector.Collector
Interval = store.Interval
Store = store.Store
