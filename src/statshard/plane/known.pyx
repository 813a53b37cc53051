"""Known: the hashes of all series that a server knows, for the workers to look up.

    store --after a fold--> | -- | 7f3a.. | 0b21.. | -- | ...      read by all workers
                              open addressing: a series' hash, or nothing

A worker whose table is full of new series lets those begin that the server knew before.
The hash is that of key and type, under the key of siphash.pyx: one in some thousands of
unknown names is taken for known where a million are, and nobody can choose it. Must not
know: tables, what is done with the answer.
"""
from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free

cdef enum:
    FEWEST = 16                  # slots
    MOST = 0x80000000            # slots


cdef int open_known(Known *known, uint32_t count) noexcept nogil:
    """Make room for so many; 0, or -1 without memory."""
    cdef size_t slots = FEWEST
    while slots < <size_t> MOST and 3 * slots < 4 * <size_t> count:
        slots *= 2
    known.mask = <uint32_t> (slots - 1)
    known.hashes = <uint32_t *> calloc(slots, sizeof(uint32_t))
    return -1 if known.hashes == NULL else 0


cdef void close_known(Known *known) noexcept nogil:
    """Free what open_known allocated."""
    free(known.hashes)
    known.hashes = NULL


cdef void put_known(Known *known, uint32_t hash) noexcept nogil:
    """Let a hash be known; there must be room."""
    cdef uint32_t wanted = hash if hash != 0 else 1
    cdef uint32_t at = wanted & known.mask
    while known.hashes[at] != 0 and known.hashes[at] != wanted:
        at = (at + 1) & known.mask
    known.hashes[at] = wanted


cdef bint is_known(const Known *known, uint32_t hash) noexcept nogil:
    """Tell whether a hash is known; of no table, none is."""
    cdef uint32_t wanted = hash if hash != 0 else 1
    cdef uint32_t at
    if known == NULL:
        return False
    at = wanted & known.mask
    while known.hashes[at] != 0:
        if known.hashes[at] == wanted:
            return True
        at = (at + 1) & known.mask
    return False
