# store: the handle of an interval, for collectors and the doors of tests.
from statshard.plane.series cimport SeriesTable
from statshard.plane.siphash cimport SipKey

cdef int read_sip_key(SipKey *key, bytes octets) except -1

cdef class Interval:
    cdef SeriesTable c
