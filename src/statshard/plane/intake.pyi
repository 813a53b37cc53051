# intake: the tables of what a collector counts, typed; the words themselves are C.
from statshard.plane.counters import REASONS_TABLE as REASONS_TABLE
from statshard.plane.counters import Counter as Counter
from statshard.plane.sample import SAMPLE_REASONS_TABLE as SAMPLE_REASONS_TABLE
from statshard.plane.sample import Refusal as Refusal

AGGREGATED_TABLE: tuple[str, ...]
DROP_TABLE: tuple[Refusal, ...]
INTAKE_TABLE: tuple[Counter, ...]
