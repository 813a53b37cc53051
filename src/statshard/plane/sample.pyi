# sample: the table of why a sample is refused, typed; samples themselves are C.
from typing import NamedTuple

class Refusal(NamedTuple):
    name: str
    help: str

SAMPLE_REASONS_TABLE: tuple[Refusal, ...]
