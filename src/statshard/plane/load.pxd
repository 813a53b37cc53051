# load: the handle of a traffic, for the doors of _paced.
from statshard.plane.traffic cimport Traffic as TrafficState

cdef class Traffic:
    cdef TrafficState c
    cdef list kept                       # the bytes that `c` points into
    cdef readonly size_t datagram_max    # bytes that no datagram is longer than

    cdef int take_suffixes(self, bytes head, tuple suffixes) except -1
    cdef int take_texts(self, tuple texts, tuple groups, tuple order) except -1
