# checker: receivers whose lines are tallied (checker.pyx has the rules).
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.arrival cimport Arrivals
from statshard.plane.batch cimport Inbox
from statshard.plane.kernel cimport Kernel
from statshard.plane.sys.wait cimport pollfd
from statshard.plane.tally cimport Counts, Tally

# Owned by whoever runs it, who alone reads and writes these words, but for the shared
# ones at the end.
cdef struct Checker:
    const Kernel *kernel
    Tally tally
    pollfd *descriptors        # the ports' sockets, then the eventfd that wakes
    uint32_t ports
    Inbox inbox
    Arrivals *arrivals
    # Shared:
    Counts shown               # written by who runs it (relaxed), batch by batch
    uint64_t stop              # 1: end once drained; written by the control thread

cdef int open_checker(Checker *checker, uint32_t ports) noexcept nogil
cdef void close_checker(Checker *checker) noexcept nogil
cdef void run_checker(Checker *checker) noexcept nogil
