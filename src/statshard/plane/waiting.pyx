"""Waiting: what is packed for a backend that cannot take it now.

First in, first out, bounded in bytes and age.

    ring   |    free    |Entry|datagram|Entry|datagram|pad| ... |Entry|datagram|SKIP|
                         ^ head (oldest)                         ^ newest            ^
                                                        tail -> the ring's start ----'

The ring is mapped when the first datagram comes and given back when the last has gone:
a backend that keeps up costs nothing. A datagram that fits behind the newest within the
payload limit joins it, so that a long wait makes full datagrams. Where there is no
room, the oldest goes. Must not know: sockets, backends, clocks (the time is handed in).
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy, memset

from statshard.plane.batch cimport Datagram
from statshard.plane.sys cimport memory

cdef enum: ALIGNMENT = 8
cdef enum: SKIP = 0xFFFFFFFF


cdef void open_waiting(
    Waiting *waiting, size_t capacity, uint64_t join_ns
) noexcept nogil:
    """Set up an empty queue of at most `capacity` bytes, entries and padding included.

    Nothing is allocated yet.
    """
    memset(waiting, 0, sizeof(Waiting))
    waiting.join_ns = join_ns
    waiting.capacity = capacity & ~<size_t> (ALIGNMENT - 1)


cdef void close_waiting(Waiting *waiting) noexcept nogil:
    """Forget everything and give the ring back."""
    if waiting.ring != NULL:
        memory.munmap(waiting.ring, waiting.capacity)
    open_waiting(waiting, waiting.capacity, waiting.join_ns)


cdef uint64_t push_waiting(
    Waiting *waiting, const Datagram *datagram, size_t limit, uint64_t now_ns
) noexcept nogil:
    """Put a datagram at the end; return how many lines were dropped for want of room.

    The oldest go first.
    """
    cdef uint64_t dropped = 0
    if join_newest(waiting, datagram, limit, now_ns):
        return 0
    if entry_size(datagram.size) > waiting.capacity or not has_ring(waiting):
        return datagram.lines
    while not has_room(waiting, entry_size(datagram.size)):
        dropped += pop_waiting(waiting)
        if not has_ring(waiting):
            return dropped + datagram.lines
    put_newest(waiting, datagram, now_ns)
    return dropped


cdef uint32_t list_waiting(
    const Waiting *waiting, Datagram *out, uint32_t count
) noexcept nogil:
    """List up to `count` datagrams, the oldest first; return how many.

    They stay where they are. Of the oldest, only what is still to be sent is listed.
    """
    cdef uint64_t position = waiting.head
    cdef uint32_t i
    cdef const Entry *entry
    for i in range(min(count, waiting.count)):
        position = at_entry(waiting, position)
        entry = entry_at(waiting, position)
        out[i] = Datagram(<const unsigned char *> (entry + 1), entry.size, entry.lines)
        position += entry_size(entry.size)
    if waiting.count > 0 and count > 0:
        out[0].start += waiting.front_sent
        out[0].size -= waiting.front_sent
    return min(count, waiting.count)


cdef uint32_t pop_waiting(Waiting *waiting) noexcept nogil:
    """Take the oldest datagram out; return its lines that were still to be sent."""
    cdef uint64_t position = at_entry(waiting, waiting.head)
    cdef const Entry *entry = entry_at(waiting, position)
    cdef uint32_t lines = entry.lines
    waiting.head = position + entry_size(entry.size)
    waiting.front_sent = 0
    waiting.lines -= lines
    waiting.count -= 1
    if waiting.count == 0:
        close_waiting(waiting)
    return lines


cdef void trim_front(Waiting *waiting, size_t size, uint32_t lines) noexcept nogil:
    """Note that `size` bytes of the oldest datagram, whole lines, are settled."""
    cdef Entry *entry = entry_at(waiting, at_entry(waiting, waiting.head))
    entry.lines -= lines
    waiting.front_sent += size
    waiting.lines -= lines


cdef uint64_t expire_waiting(
    Waiting *waiting, uint64_t age_ns, uint64_t now_ns
) noexcept nogil:
    """Drop what has waited for longer than `age_ns`; return how many lines."""
    cdef uint64_t dropped = 0
    cdef const Entry *oldest
    while waiting.count > 0:
        oldest = entry_at(waiting, at_entry(waiting, waiting.head))
        if now_ns - oldest.since_ns <= age_ns:
            break
        dropped += pop_waiting(waiting)
    return dropped


cdef bint join_newest(
    Waiting *waiting, const Datagram *datagram, size_t limit, uint64_t now_ns
) noexcept nogil:
    """Append to the newest datagram; False where that cannot be.

    It would be too long for the limit, or for what is free right behind it in the ring;
    or it is that old already that its age would be wrong for the new lines.
    """
    cdef Entry *entry
    cdef size_t size, grown
    cdef unsigned char *end
    if waiting.count == 0:
        return False
    entry = entry_at(waiting, waiting.newest)
    if now_ns - entry.since_ns > waiting.join_ns:
        return False
    size = entry.size + 1 + datagram.size
    grown = entry_size(size) - entry_size(entry.size)
    if size > limit or (grown > 0 and not has_room_behind_newest(waiting, grown)):
        return False
    end = <unsigned char *> (entry + 1) + entry.size
    end[0] = c'\n'
    memcpy(end + 1, datagram.start, datagram.size)
    entry.size = <uint32_t> size
    entry.lines += datagram.lines
    waiting.lines += datagram.lines
    waiting.tail += grown
    return True


cdef void put_newest(
    Waiting *waiting, const Datagram *datagram, uint64_t now_ns
) noexcept nogil:
    """Write an entry behind the newest; there is room for it."""
    cdef size_t need = entry_size(datagram.size)
    cdef Entry *entry
    if not has_room_in_place(waiting, need):
        if waiting.capacity - place_of(waiting, waiting.tail) >= sizeof(Entry):
            entry_at(waiting, waiting.tail).size = SKIP
        waiting.tail += waiting.capacity - place_of(waiting, waiting.tail)
    entry = entry_at(waiting, waiting.tail)
    entry[0] = Entry(<uint32_t> datagram.size, datagram.lines, now_ns)
    memcpy(entry + 1, datagram.start, datagram.size)
    waiting.newest = waiting.tail
    waiting.tail += need
    waiting.lines += datagram.lines
    waiting.count += 1


cdef bint has_ring(Waiting *waiting) noexcept nogil:
    """Map the ring if it is not; False without memory."""
    cdef void *ring
    if waiting.ring == NULL:
        ring = memory.mmap(
            NULL,
            waiting.capacity,
            memory.PROT_READ | memory.PROT_WRITE,
            memory.MAP_PRIVATE | memory.MAP_ANONYMOUS | memory.MAP_NORESERVE,
            -1,
            0,
        )
        waiting.ring = NULL if ring == memory.MAP_FAILED else <unsigned char *> ring
    return waiting.ring != NULL


cdef bint has_room(const Waiting *waiting, size_t need) noexcept nogil:
    """Tell whether `need` bytes in one run are free.

    Behind the newest entry, or else at the ring's start.
    """
    cdef size_t rest = waiting.capacity - place_of(waiting, waiting.tail)
    cdef size_t free_bytes = waiting.capacity - (waiting.tail - waiting.head)
    return free_bytes >= (need if rest >= need else rest + need)


cdef bint has_room_in_place(const Waiting *waiting, size_t need) noexcept nogil:
    """Tell whether `need` bytes in one run are free where the tail stands."""
    cdef size_t rest = waiting.capacity - place_of(waiting, waiting.tail)
    return need <= rest and need <= waiting.capacity - (waiting.tail - waiting.head)


cdef bint has_room_behind_newest(const Waiting *waiting, size_t need) noexcept nogil:
    """Tell whether the newest entry can grow by `need` bytes.

    As above, and it does not end where the ring ends.
    """
    return place_of(waiting, waiting.tail) != 0 and has_room_in_place(waiting, need)


cdef uint64_t at_entry(const Waiting *waiting, uint64_t position) noexcept nogil:
    """Return the position of the entry that comes at or after a position.

    After: past a SKIP, or past a rest that is too small for one.
    """
    cdef size_t rest = waiting.capacity - place_of(waiting, position)
    if rest < sizeof(Entry) or entry_at(waiting, position).size == SKIP:
        return position + rest
    return position


cdef inline size_t place_of(const Waiting *waiting, uint64_t position) noexcept nogil:
    """Return the offset in the ring of a position."""
    return position % waiting.capacity


cdef inline Entry *entry_at(const Waiting *waiting, uint64_t position) noexcept nogil:
    """Return the entry at a position."""
    return <Entry *> (waiting.ring + place_of(waiting, position))


cdef inline size_t entry_size(size_t size) noexcept nogil:
    """Return the bytes of the ring that a datagram takes."""
    return (sizeof(Entry) + size + ALIGNMENT - 1) & ~<size_t> (ALIGNMENT - 1)
