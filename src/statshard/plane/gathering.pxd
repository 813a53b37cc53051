# gathering: which total each series of the workers' tables belongs to (gathering.pyx).
from libc.stdint cimport uint32_t

from statshard.plane.series cimport SeriesTable
from statshard.plane.totals cimport Totals

cdef bint gather_sources(
    Totals *totals, SeriesTable **tables, uint32_t count
) noexcept nogil
