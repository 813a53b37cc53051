# nap: how long a worker sleeps after it was woken (nap.pyx has the reasons).
from libc.stdint cimport uint64_t

cdef enum: PEAK_SECONDS = 60    # "the last minute"

# Owned by one worker; times in ns of one monotonic clock.
cdef struct Nap:
    uint64_t max_delay_ns            # target for a line's longest stay: nap and packing
    uint64_t buffer_bytes            # what the kernel granted the smallest listener
    double rate                      # datagrams/s, smoothed over cycles
    # What reading, packing and sending took: the greatest of late, fading.
    uint64_t work_ns
    uint64_t cycle_ns                # when the last cycle ended
    uint64_t window_ns               # when the second now being counted began
    uint64_t window_datagrams        # read since then
    uint64_t peaks[PEAK_SECONDS]     # datagrams/s of each of the last seconds, a ring
    unsigned int second              # where the next one goes

cdef void open_nap(
    Nap *nap, uint64_t max_delay_ns, uint64_t buffer_bytes, uint64_t now_ns
) noexcept nogil
cdef void note_cycle(
    Nap *nap, uint64_t datagrams, uint64_t woken_ns, uint64_t now_ns
) noexcept nogil
cdef uint64_t nap_ns(const Nap *nap) noexcept nogil
cdef bint is_busy(const Nap *nap) noexcept nogil
