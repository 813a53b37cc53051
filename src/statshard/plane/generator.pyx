"""Generator: datagrams of a traffic, sent at a rate; late is not lost.

    due = elapsed x rate           at each look at the clock
    |#############.......|         # sent   . due: sent at once, block by block
    nothing due --> sleep TICK_NS

Of several processes each sends blocks of its own, at a rate of its own. The process's
n-th datagram is due n / rate after the start. One that is late is sent as soon as
may be, and none is skipped: what was asked for is sent in the end, and the rate that
was reached is told. Must not know: Python, what a line is.
"""
from libc.errno cimport EAGAIN, ECONNREFUSED, ENOBUFS
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free, malloc

from statshard.plane.batch cimport open_outbox, put_datagram, send
from statshard.plane.kernel cimport now_ns, sleep_on
from statshard.plane.stamp cimport WRAP_US
from statshard.plane.sys.atomic cimport load_acquire, store_relaxed
from statshard.plane.traffic cimport datagram_of, sender_of, write_datagram

cdef enum:
    SECOND = 1_000_000_000    # ns
    TICK_NS = 100_000         # between two looks at the clock
    MICROSECOND = 1000        # ns


cdef int open_generator(
    Generator *generator, const Traffic *traffic, size_t datagram_max
) noexcept nogil:
    """Allocate for datagrams of up to `datagram_max` bytes.

    Return 0, or -1 without memory.
    """
    generator.traffic = traffic
    generator.slot_size = datagram_max + 1    # and the LF behind the last line
    generator.area = <unsigned char *> malloc(BLOCK * generator.slot_size)
    generator.descriptors = <int *> calloc(traffic.senders, sizeof(int))
    open_outbox(&generator.outbox)
    return -1 if generator.area == NULL or generator.descriptors == NULL else 0


cdef void close_generator(Generator *generator) noexcept nogil:
    """Free what open_generator allocated."""
    free(generator.area)
    free(generator.descriptors)


cdef int run_generator(
    Generator *generator, uint64_t count, uint64_t rate
) noexcept nogil:
    """Send so many datagrams at so many a second, or until told to stop.

    Return 0, or -errno where one could not be sent.
    """
    cdef uint64_t done = 0
    cdef uint64_t due
    cdef uint64_t began_ns = now_ns()
    cdef int status = 0
    store_relaxed(&generator.began_ns, began_ns)
    while done < count and status == 0 and not load_acquire(&generator.stop):
        due = min(due_at(now_ns() - began_ns, rate), count)
        if due <= done:
            sleep_on(NULL, 0, TICK_NS)
            continue
        due = min(due - done, BLOCK - generator.next % BLOCK)
        status = send_block(generator, due)
        done += due
    store_relaxed(&generator.ended_ns, now_ns())
    return status


cdef uint64_t due_at(uint64_t elapsed_ns, uint64_t rate) noexcept nogil:
    """Return how many datagrams are due after a time."""
    cdef uint64_t part = elapsed_ns % SECOND
    return elapsed_ns // SECOND * rate + part * rate // SECOND


cdef int send_block(Generator *generator, unsigned int count) noexcept nogil:
    """Send the next datagrams, all by one sender; return 0 or -errno."""
    cdef const Traffic *traffic = generator.traffic
    cdef uint64_t turn = generator.next
    cdef uint64_t number = datagram_of(traffic, generator.process, turn)
    cdef uint64_t sender = sender_of(traffic, number * traffic.lines)
    cdef int fd = generator.descriptors[sender // traffic.processes]
    cdef unsigned int done = 0
    cdef unsigned int i
    cdef int sent
    for i in range(count):
        generator.sizes[i] = write_datagram(
            traffic,
            number + i,
            now_ns() // MICROSECOND % WRAP_US,
            generator.area + i * generator.slot_size,
        )
    while done < count:
        lay_out(generator, done, count)
        sent = send(generator.kernel, fd, &generator.outbox, count - done)
        if sent < 0 and not may_try_again(generator, -sent):
            return sent
        done += max(sent, 0)
        generator.next = turn + done
        store_relaxed(&generator.sent, generator.sent + max(sent, 0))
        if sent < 0 and load_acquire(&generator.stop):
            break
    return 0


cdef void lay_out(
    Generator *generator, unsigned int first, unsigned int count
) noexcept nogil:
    """Put the datagrams of a block from `first` on into the outbox."""
    cdef unsigned int i
    for i in range(first, count):
        put_datagram(
            &generator.outbox,
            i - first,
            generator.area + i * generator.slot_size,
            generator.sizes[i],
        )


cdef bint may_try_again(Generator *generator, int error) noexcept nogil:
    """Count an error that passes, and wait a little where that helps."""
    if error == ECONNREFUSED:
        # The echo of an earlier datagram; this one was not sent yet (udp(7)).
        store_relaxed(&generator.refused, generator.refused + 1)
        return True
    if error != EAGAIN and error != ENOBUFS:
        return False
    store_relaxed(&generator.held, generator.held + 1)
    sleep_on(NULL, 0, TICK_NS)
    return True
