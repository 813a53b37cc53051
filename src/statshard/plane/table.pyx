"""Table: the face's handle of a routing table; plane shows it to the rest.

It is filled here, once, and nothing changes it afterwards: any number of workers and
checkers read it. Must not know: sockets, who publishes.
"""
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc

from statshard.plane.route cimport RoutingTable, close_table, open_table
from statshard.plane.slots cimport Contender, fill_slots


cdef class Table:
    """An immutable routing table: which backend, by its index, gets a line.

    Table(hash_name, shard_by, backends, generation): `backends` is a sequence of (name,
    weight), in the order of their indices; the name is bytes, the weight above 0.
    Raises ValueError for an unknown hash or key, or no backend.
    """

    def __cinit__(
        self, str hash_name, str shard_by, object backends, uint64_t generation
    ):
        names = [name for name, _ in backends]
        if not 1 <= len(names) <= 65535:
            raise ValueError(f"{len(names)} backends: 1 to 65535 are possible")
        self.c = open_table(hash_name.encode(), shard_by.encode(), len(names))
        self.c.generation = generation
        if self.c.owners != NULL:
            fill_table(self.c, names, [weight for _, weight in backends])

    def __dealloc__(self):
        close_table(self.c)

    @property
    def generation(self):
        """The number under which this table is published."""
        return self.c.generation


cdef int fill_table(RoutingTable *table, list names, list weights) except -1:
    """Fill a table's slots from the backends' names and weights."""
    cdef Contender *contenders = <Contender *> malloc(len(names) * sizeof(Contender))
    cdef bytes name
    cdef int status
    if contenders == NULL:
        raise MemoryError
    try:
        for i in range(len(names)):
            name = names[i]
            contenders[i].name = <const unsigned char *> name
            contenders[i].name_end = contenders[i].name + len(name)
            contenders[i].weight = weights[i]
        with nogil:
            status = fill_slots(table.owners, contenders, table.count)
    finally:
        free(contenders)
    if status < 0:
        raise MemoryError
    return 0
