# generator: a paced sender of traffic (generator.pyx has the rules).
from libc.stdint cimport uint64_t

from statshard.plane.batch cimport Outbox
from statshard.plane.kernel cimport Kernel
from statshard.plane.traffic cimport BLOCK, Traffic

# Owned by whoever runs it, who alone reads and writes these words, but for the shared
# ones at the end.
cdef struct Generator:
    const Kernel *kernel
    const Traffic *traffic
    uint64_t process           # whose datagrams are sent, of those of the traffic
    int *descriptors           # a connected socket for each sender of the process
    Outbox outbox
    unsigned char *area        # a block: BLOCK slots
    size_t slot_size           # bytes; room for any datagram of the traffic
    size_t sizes[BLOCK]        # bytes of each datagram of a block
    uint64_t next              # turn of the next datagram, among the process's own
    uint64_t began_ns          # of the last run, on the monotonic clock
    uint64_t ended_ns
    # Shared:
    uint64_t sent              # datagrams; written by who runs it (relaxed)
    # Sends that had to wait; written by who runs it (relaxed).
    uint64_t held
    uint64_t refused           # ICMP's echoes; written by who runs it (relaxed)
    uint64_t stop              # 1: end; written by the control thread (release)

cdef int open_generator(
    Generator *generator, const Traffic *traffic, size_t datagram_max
) noexcept nogil
cdef void close_generator(Generator *generator) noexcept nogil
cdef int run_generator(
    Generator *generator, uint64_t count, uint64_t rate
) noexcept nogil
cdef uint64_t due_at(uint64_t elapsed_ns, uint64_t rate) noexcept nogil
