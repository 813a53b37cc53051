# table: the handle of a routing table, for the face, loads and the doors of tests.
from statshard.plane.route cimport RoutingTable

cdef class Table:
    cdef RoutingTable *c    # owned
