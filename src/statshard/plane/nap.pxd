# nap: how long a worker sleeps after it was woken (nap.pyx has the reasons).
from libc.stdint cimport uint64_t

# Owned by one worker; times in ns of one monotonic clock.
cdef struct Nap:
    uint64_t max_delay_ns            # target for a line's longest stay: nap and packing
    uint64_t buffer_bytes            # what the kernel granted the smallest listener
    double rate                      # datagrams/s, smoothed over cycles
    # What reading, packing and sending took: the greatest of late, fading.
    uint64_t work_ns
    uint64_t cycle_ns                # when the last cycle ended
    uint64_t window_ns           # when the window now being counted began
    uint64_t window_datagrams    # read since then
    uint64_t peak                # highest rate of a window, datagrams/s, this minute
    uint64_t peak_before         # ... and in the minute before
    uint64_t minute_ns           # when this minute began

cdef void open_nap(
    Nap *nap, uint64_t max_delay_ns, uint64_t buffer_bytes, uint64_t now_ns
) noexcept nogil
cdef void note_cycle(
    Nap *nap, uint64_t datagrams, uint64_t woken_ns, uint64_t now_ns
) noexcept nogil
cdef uint64_t nap_ns(const Nap *nap) noexcept nogil
cdef bint is_busy(const Nap *nap, uint64_t gather_ns) noexcept nogil
