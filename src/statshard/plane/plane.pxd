# plane: the face's handles, for the doors of _testing.
from statshard.plane.route cimport RoutingTable

cdef class Table:
    cdef RoutingTable *c    # owned
