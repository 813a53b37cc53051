"""Index: open addressing, from a hash to the numbers of what may be meant.

    slots   | -- | 7f3a.. 12 | 7f3a.. 40 | -- | 0b21.. 3 | ...      linear probing,
                   hash  number                                    half full at most

An index holds hashes and numbers, never the keys: whoever asks compares the keys of the
numbers that it is told, which are few, as hashes are made with a key that senders do
not know. Nothing is taken out; it is emptied as a whole. Must not know: what is
numbered.
"""
from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

cdef enum:
    FEWEST = 1024      # slots
    MOST = 1 << 31     # slots
    SPARSE = 16        # an index with so many slots per number shrinks when emptied


cdef int open_index(Index *index) noexcept nogil:
    """Make an empty index; 0, or -1 without memory."""
    index.count = 0
    index.mask = FEWEST - 1
    index.slots = <Slot *> calloc(FEWEST, sizeof(Slot))
    return -1 if index.slots == NULL else 0


cdef void close_index(Index *index) noexcept nogil:
    """Free the slots."""
    free(index.slots)
    index.slots = NULL


cdef uint32_t find_first(
    const Index *index, uint32_t hash, uint32_t *at
) noexcept nogil:
    """Return the first number under this hash, or NOWHERE; `at` is for find_next."""
    at[0] = hash & index.mask
    return find_from(index, hash, at)


cdef uint32_t find_next(
    const Index *index, uint32_t hash, uint32_t *at
) noexcept nogil:
    """Return the next number under this hash, or NOWHERE."""
    at[0] = (at[0] + 1) & index.mask
    return find_from(index, hash, at)


cdef uint32_t find_from(
    const Index *index, uint32_t hash, uint32_t *at
) noexcept nogil:
    """Return the first number under this hash from a slot on, or NOWHERE."""
    cdef const Slot *slot = &index.slots[at[0]]
    while slot.place != 0:
        if slot.hash == hash:
            return slot.place - 1
        at[0] = (at[0] + 1) & index.mask
        slot = &index.slots[at[0]]
    return NOWHERE


cdef bint grow_index(Index *index) noexcept nogil:
    """See that one more number has room; False without memory."""
    cdef Index wider
    cdef uint32_t i
    if index.count < (index.mask + 1) // 2:
        return True
    if index.mask + 1 == <uint32_t> MOST:
        return False
    wider = Index(NULL, 2 * index.mask + 1, 0)
    wider.slots = <Slot *> calloc(<size_t> wider.mask + 1, sizeof(Slot))
    if wider.slots == NULL:
        return False
    for i in range(index.mask + 1):
        if index.slots[i].place != 0:
            put_number(&wider, index.slots[i].hash, index.slots[i].place - 1)
    free(index.slots)
    index[0] = wider
    return True


cdef void put_number(
    Index *index, uint32_t hash, uint32_t number
) noexcept nogil:
    """Put a number in; grow_index must have found room for it."""
    cdef uint32_t at = hash & index.mask
    while index.slots[at].place != 0:
        at = (at + 1) & index.mask
    index.slots[at] = Slot(hash, number + 1)
    index.count += 1


cdef void empty_index(Index *index) noexcept nogil:
    """Take all numbers out; an index that was nearly empty becomes smaller."""
    cdef size_t slots = <size_t> index.mask + 1
    cdef Slot *fewer
    if slots > FEWEST and index.count < slots // SPARSE:
        slots = max(slots // 4, <size_t> FEWEST)
        fewer = <Slot *> calloc(slots, sizeof(Slot))
        if fewer != NULL:
            free(index.slots)
            index[0] = Index(fewer, <uint32_t> (slots - 1), 0)
            return
    memset(index.slots, 0, (<size_t> index.mask + 1) * sizeof(Slot))
    index.count = 0
