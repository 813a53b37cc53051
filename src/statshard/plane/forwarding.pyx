"""Forwarding: the proxy's duty, from the lines that a worker reads to the backends.

    lines -> key -> hash -> | placing | -> backend's link: packer -> sendmmsg
                              32 lines look up their backends at a time; packers go out
                              when full, all others when the loop flushes

Allocates nothing. The control thread reaches it through two words (forwarding.pxd,
"Shared"). Must not know: sockets that are read, sleeps, why a table changed.
"""
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.counters cimport (
    CARRIED,
    TRUNCATED,
    LinkCounters,
    ListenerCounters,
    Reason,
    link_counters,
    worker_counters,
)
from statshard.plane.line cimport Line, judge_line, next_line
from statshard.plane.link cimport (
    Link,
    abandon_waiting,
    flush_link,
    forward_line,
    is_waiting,
)
from statshard.plane.route cimport RoutingTable, hash_line
from statshard.plane.sys.atomic cimport load_pointer, store_release
from statshard.plane.worker cimport Duty


cdef void adopt_table(void *state) noexcept nogil:
    """Go over to the newest table; what is packed goes out under the old one first."""
    cdef Forwarding *duty = <Forwarding *> state
    cdef const RoutingTable *newest
    newest = <const RoutingTable *> load_pointer(<void **> &duty.published)
    if newest == duty.table:
        return
    flush_links(duty, duty.kernel.now_ns())
    duty.table = newest
    store_release(&duty.generation, newest.generation)


cdef void take_lines(
    void *state,
    ListenerCounters *listener,
    const unsigned char *start,
    const unsigned char *end,
    uint64_t arrived_ns,
) noexcept nogil:
    """Set each carried line of [start, end) on its way.

    Count all, and the refused by reason.
    """
    cdef Forwarding *duty = <Forwarding *> state
    cdef const unsigned char *at = start
    cdef Line line
    cdef Reason reason
    while next_line(&at, end, &line):
        listener.received_lines += 1
        reason = judge_line(&line)
        if reason == CARRIED:
            place_line(duty, &line, arrived_ns)
        else:
            worker_counters(duty.counters).dropped_lines[reason] += 1


cdef void drop_tail(void *state) noexcept nogil:
    """Drop, and count, the cut tail of a truncated datagram."""
    cdef Forwarding *duty = <Forwarding *> state
    worker_counters(duty.counters).dropped_lines[TRUNCATED] += 1


cdef void place_line(
    Forwarding *duty, const Line *line, uint64_t arrived_ns
) noexcept nogil:
    """Begin to look up a line's backend; its bytes must stay until forward_placing."""
    duty.placing[duty.placing_count] = Placing(
        line.start, line.end, hash_line(duty.table, line, duty.scratch)
    )
    duty.placing_count += 1
    if duty.placing_count == PLACING_MAX:
        forward_placing(duty, arrived_ns)


cdef void forward_placing(void *state, uint64_t arrived_ns) noexcept nogil:
    """Give the lines that are being looked up, in order, to their backends' links."""
    cdef Forwarding *duty = <Forwarding *> state
    cdef uint32_t i, backend
    cdef const Placing *line
    for i in range(duty.placing_count):
        line = &duty.placing[i]
        backend = duty.table.place(duty.table, line.hash)
        forward_line(&duty.links[backend], line.start, line.end, arrived_ns)
    duty.placing_count = 0


cdef void flush_links(void *state, uint64_t at_ns) noexcept nogil:
    """Send what is packed or waits, for every backend."""
    cdef Forwarding *duty = <Forwarding *> state
    cdef uint32_t i
    for i in range(duty.link_count):
        if duty.links[i].packer.count > 0 or is_waiting(&duty.links[i]):
            flush_link(&duty.links[i], at_ns)


cdef bint has_waiting(const void *state) noexcept nogil:
    """Tell whether something waits for any backend."""
    cdef const Forwarding *duty = <const Forwarding *> state
    cdef uint32_t i
    for i in range(duty.link_count):
        if is_waiting(&duty.links[i]):
            return True
    return False


cdef void end_links(void *state) noexcept nogil:
    """Drop, and count, what still waits."""
    cdef Forwarding *duty = <Forwarding *> state
    cdef uint32_t i
    for i in range(duty.link_count):
        abandon_waiting(&duty.links[i])


cdef void note_waiting(void *state) noexcept nogil:
    """Bring the counters of what is packed or queued up to date."""
    cdef Forwarding *duty = <Forwarding *> state
    cdef LinkCounters *counters
    cdef Link *link
    cdef uint32_t i
    for i in range(duty.link_count):
        counters = link_counters(duty.counters, i)
        link = &duty.links[i]
        counters.queued_lines = link.waiting.lines
        counters.waiting_lines = link.packer.lines + link.waiting.lines


cdef Duty FORWARDING
FORWARDING.adopt = adopt_table
FORWARDING.take_lines = take_lines
FORWARDING.drop_tail = drop_tail
FORWARDING.settle = forward_placing
FORWARDING.flush = flush_links
FORWARDING.has_waiting = has_waiting
FORWARDING.end = end_links
FORWARDING.note_state = note_waiting


cdef const Duty *forwarding_duty() noexcept nogil:
    """Return the table of what the loop calls; the state is a Forwarding."""
    return &FORWARDING
