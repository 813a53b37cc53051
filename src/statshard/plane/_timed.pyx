"""How long a look-up takes: the worker's own two steps, without Python in between.

    judged lines, 32 at a time -> hash_lines -> backend_of        timed, line by line
                                                                  in the order given

Nothing but bench/ may use this module, and the tests that it works.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free, malloc

from statshard.plane.counters cimport CARRIED
from statshard.plane.forwarding cimport PLACING_MAX
from statshard.plane.key cimport Scratch, close_scratch, open_scratch
from statshard.plane.line cimport Line, judge_line
from statshard.plane.route cimport Placing, RoutingTable, backend_of, hash_lines
from statshard.plane.table cimport Table

from time import thread_time_ns


cdef uint64_t place_all(
    const RoutingTable *table, const Line *lines, size_t count, Scratch *scratch
) noexcept nogil:
    """Look all lines up; return the sum of their backends' indices."""
    cdef Placing placing[PLACING_MAX]
    cdef uint64_t total = 0
    cdef size_t first = 0
    cdef uint32_t here, i
    while first < count:
        here = <uint32_t> min(count - first, <size_t> PLACING_MAX)
        for i in range(here):
            placing[i].line = lines[first + i]
        hash_lines(table, &placing[0], here, scratch)
        for i in range(here):
            total += backend_of(table, &placing[i], scratch)
        first += here
    return total


def lookup_ns(Table table not None, list lines not None, Py_ssize_t rounds):
    """Return, for each round, how many ns of CPU a line took: key, hash and backend.

    All of them are carried. Also the sum of the backends' indices, of one round.
    """
    cdef size_t count = len(lines)
    cdef Line *judged = <Line *> malloc(count * sizeof(Line))
    cdef Scratch *scratch = open_scratch()
    cdef uint64_t total = 0
    cdef uint64_t began_ns
    cdef bytes line
    spans = []
    try:
        if judged == NULL or scratch == NULL:
            raise MemoryError
        for i in range(count):
            line = lines[i]
            judged[i].start = line
            judged[i].end = judged[i].start + len(line)
            assert judge_line(&judged[i]) == CARRIED
        for _ in range(rounds):
            began_ns = thread_time_ns()
            with nogil:
                total = place_all(table.c, judged, count, scratch)
            spans.append(<double> (thread_time_ns() - began_ns) / count)
    finally:
        free(judged)
        close_scratch(scratch)
    return spans, total
