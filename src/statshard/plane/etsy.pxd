# etsy: the grammar of etsy's server, to the letter (etsy.pyx).
from statshard.plane.line cimport Line
from statshard.plane.sample cimport Sample, SampleReason, Samples

cdef SampleReason open_etsy(Samples *samples, const Line *line) noexcept nogil
cdef bint next_etsy(
    Samples *samples, Sample *sample, SampleReason *reason
) noexcept nogil
