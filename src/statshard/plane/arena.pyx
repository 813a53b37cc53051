"""Arena: memory that is taken piece by piece, and let go of as a whole.

    chunks   | keys, rows, values ... | ... full | ...-------- |           |
                                                    ^ filled     mapped, not begun

Nothing is given back alone. An arena that is emptied keeps the chunks that it has used
since it was emptied before and unmaps the others: it holds what its last round took,
and a burst is gone one round later. Address space is mapped a chunk at a time; memory
is resident where something was written. Must not know: what lies in it.
"""
from libc.stdint cimport uint32_t
from libc.stdlib cimport free, realloc

from statshard.plane.sys cimport memory

cdef enum:
    ALIGNMENT = 8      # bytes, of what is taken
    FIRST_ROOM = 16    # chunks


cdef void open_arena(Arena *arena, uint32_t most) noexcept nogil:
    """Make an arena of at most so many chunks; it holds nothing yet."""
    arena[0] = Arena(NULL, 0, 0, 0, 0, most)


cdef void close_arena(Arena *arena) noexcept nogil:
    """Unmap all chunks."""
    unmap_behind(arena, 0)
    free(arena.chunks)
    open_arena(arena, arena.most)


cdef void *take(Arena *arena, size_t size) noexcept nogil:
    """Return so many bytes, of any content; NULL without memory.

    They stay until the arena is emptied. At most CHUNK_SIZE.
    """
    cdef unsigned char *taken
    size = (size + ALIGNMENT - 1) & ~(<size_t> ALIGNMENT - 1)
    if arena.used == 0 or arena.filled + size > CHUNK_SIZE:
        if size > CHUNK_SIZE or not begin_chunk(arena):
            return NULL
    taken = arena.chunks[arena.used - 1] + arena.filled
    arena.filled += size
    return taken


cdef void empty_arena(Arena *arena) noexcept nogil:
    """Let go of all that was taken."""
    unmap_behind(arena, arena.used)
    arena.used = 0
    arena.filled = 0


cdef bint begin_chunk(Arena *arena) noexcept nogil:
    """Go on to the next chunk; False without memory."""
    cdef unsigned char *chunk
    if arena.used == arena.mapped:
        if arena.mapped >= arena.most or not has_room(arena):
            return False
        chunk = <unsigned char *> memory.mmap(
            NULL,
            CHUNK_SIZE,
            memory.PROT_READ | memory.PROT_WRITE,
            memory.MAP_PRIVATE | memory.MAP_ANONYMOUS,
            -1,
            0,
        )
        if chunk == memory.MAP_FAILED:
            return False
        arena.chunks[arena.mapped] = chunk
        arena.mapped += 1
    arena.used += 1
    arena.filled = 0
    return True


cdef bint has_room(Arena *arena) noexcept nogil:
    """Make room for one more chunk in the list; False without memory."""
    cdef unsigned char **longer
    cdef uint32_t room = max(2 * arena.room, <uint32_t> FIRST_ROOM)
    if arena.mapped < arena.room:
        return True
    longer = <unsigned char **> realloc(arena.chunks, room * sizeof(unsigned char *))
    if longer == NULL:
        return False
    arena.chunks = longer
    arena.room = room
    return True


cdef void unmap_behind(Arena *arena, uint32_t kept) noexcept nogil:
    """Unmap all chunks but the first so many."""
    while arena.mapped > kept:
        arena.mapped -= 1
        memory.munmap(arena.chunks[arena.mapped], CHUNK_SIZE)
