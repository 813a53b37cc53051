# interval: the handle of a table, for collectors, stores and the doors of tests.
from statshard.plane.known cimport Known
from statshard.plane.series cimport SeriesTable

# What bounds a table or a store where nothing else is said: nothing.
cdef enum:
    ALL_SERIES = 0x7FFFFFFF
    ALL_VALUES = 0xFFFFFFFFFFFFFFFF
    ALL_MEMBERS = 0xFFFFFFFF

cdef class KnownSeries:
    cdef Known c

cdef class Interval:
    cdef SeriesTable c
    cdef KnownSeries newest    # whose `c` the table reads; None: none
    cdef list older            # those that it may read still

    cdef void forget_known(self) noexcept
