# interval: the handle of a table, for collectors, stores and the doors of tests.
from statshard.plane.known cimport Known
from statshard.plane.series cimport SeriesTable

cdef class KnownSeries:
    cdef Known c

cdef class Interval:
    cdef SeriesTable c
    cdef KnownSeries newest    # whose `c` the table reads; None: none
    cdef list older            # those that it may read still

    cdef void forget_known(self) noexcept
