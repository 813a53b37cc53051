# fold: the tables of all workers into the totals (fold.pyx has the rules).
from libc.stdint cimport uint32_t

from statshard.plane.series cimport SeriesTable
from statshard.plane.totals cimport Totals

cdef int fold_tables(
    Totals *totals, SeriesTable **tables, uint32_t count
) noexcept nogil
