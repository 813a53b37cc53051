# aggregation: the second face, typed; what it means stands in aggregation.pyx.
from statshard.plane.collector import Collector as Collector
from statshard.plane.counters import Counter
from statshard.plane.interval import Interval as Interval
from statshard.plane.interval import KnownSeries as KnownSeries
from statshard.plane.sample import Refusal
from statshard.plane.store import Store as Store

AGGREGATED: tuple[str, ...]
SAMPLE_COUNTERS: tuple[Counter, ...]
SAMPLE_REASONS: tuple[Refusal, ...]
