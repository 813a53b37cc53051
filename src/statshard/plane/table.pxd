# table: the handle of a routing table, for the face, loads and the doors of tests.
from statshard.plane.key cimport Scratch
from statshard.plane.route cimport RoutingTable

cdef class Table:
    cdef RoutingTable *c        # owned
    cdef Scratch *scratch       # owned, for questions about single lines; NULL at first
    cdef tuple words            # hash, key, prefix, shard_map
    cdef list backends          # (name, node, weight)
    cdef frozenset out          # indices

    cdef int find(self, bytes line) except -2
    cdef Scratch *room(self) except NULL
