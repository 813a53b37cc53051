"""Nap: the sleep before the reading, in which datagrams gather: one call takes many.

    |--- asleep in poll ---|-- nap --|-- read, pack, send --|--- asleep in poll ---
                           ^ woken                          ^ cycle ends

Long enough to find a few hundred datagrams at the present rate; with the work that
follows, within max_delay; and never longer than a quarter of the time in which the
receive buffer would fill at the highest rate of the last minute (taken as at least
200 000 datagrams/s), a small datagram taking 832 bytes of it (sk_buff truesize,
measured). While a nap is sure to find several, the worker does not even wait for the
first before it (is_busy). Must not know: sockets, clocks (the time is handed in).
"""
from libc.stdint cimport uint64_t
from libc.string cimport memset

cdef enum:
    SECOND = 1_000_000_000        # ns
    TARGET = 400                  # datagrams that a nap should find
    TRUESIZE = 832                # bytes of the buffer that a small datagram takes
    SAFETY = 4                    # the buffer may fill to a quarter in one nap
    RATE_FLOOR = 200_000          # datagrams/s that the buffer must stand at any time
    # Datagrams that the coming nap will find: no need to wait for the first of them.
    WINDOW = 100_000_000          # ns over which a rate is taken, at least
    MINUTE = 60_000_000_000       # ns
    BUSY = 32
    FADE = 8                      # one part in eight: the weight of a new cycle


cdef void open_nap(
    Nap *nap, uint64_t max_delay_ns, uint64_t buffer_bytes, uint64_t now_ns
) noexcept nogil:
    """Begin with no history."""
    memset(nap, 0, sizeof(Nap))
    nap.max_delay_ns = max_delay_ns
    nap.buffer_bytes = buffer_bytes
    nap.cycle_ns = nap.window_ns = nap.minute_ns = now_ns


cdef void note_cycle(
    Nap *nap, uint64_t datagrams, uint64_t woken_ns, uint64_t now_ns
) noexcept nogil:
    """Take in a cycle that found so many datagrams.

    It was awake for work at `woken_ns`, and done at `now_ns`.
    """
    cdef double seconds = <double> max(now_ns - nap.cycle_ns, <uint64_t> 1) / SECOND
    cdef uint64_t work_ns = now_ns - woken_ns
    nap.rate += (datagrams / seconds - nap.rate) / FADE
    nap.work_ns = max(work_ns, nap.work_ns - nap.work_ns // FADE)
    if woken_ns - nap.cycle_ns > WINDOW:
        # Idle time is no part of a burst: what came before it is a window of its own.
        close_window(nap, nap.cycle_ns)
        nap.window_ns = woken_ns
    nap.cycle_ns = now_ns
    nap.window_datagrams += datagrams
    if now_ns - nap.window_ns >= WINDOW:
        close_window(nap, now_ns)


cdef void close_window(Nap *nap, uint64_t at_ns) noexcept nogil:
    """End the window in which datagrams are being counted; its rate may be a peak."""
    cdef uint64_t elapsed_ns = max(at_ns - nap.window_ns, <uint64_t> WINDOW)
    nap.peak = max(nap.peak, nap.window_datagrams * SECOND // elapsed_ns)
    nap.window_ns = at_ns
    nap.window_datagrams = 0
    if at_ns - nap.minute_ns >= <uint64_t> MINUTE:
        nap.peak_before = nap.peak
        nap.peak = 0
        nap.minute_ns = at_ns


cdef uint64_t nap_ns(const Nap *nap) noexcept nogil:
    """Return how long to sleep now."""
    cdef uint64_t highest = max(<uint64_t> RATE_FLOOR, max(nap.peak, nap.peak_before))
    cdef uint64_t safe, longest, gather
    if nap.work_ns >= nap.max_delay_ns:
        return 0
    safe = nap.buffer_bytes * SECOND // (SAFETY * TRUESIZE * highest)
    longest = min(nap.max_delay_ns - nap.work_ns, safe)
    if nap.rate <= TARGET:
        return longest
    gather = <uint64_t> (TARGET * <double> SECOND / nap.rate)
    return min(longest, gather)


cdef bint is_busy(const Nap *nap, uint64_t gather_ns) noexcept nogil:
    """Tell whether a nap of `gather_ns` that begins now finds datagrams in any case."""
    return nap.rate * gather_ns >= BUSY * <double> SECOND
