# arena: memory that is taken piece by piece and let go of as a whole (arena.pyx).
from libc.stdint cimport uint32_t

cdef enum: CHUNK_SIZE = 1048576     # bytes: the most that can be taken at once

# Owned by whoever owns what lies in it.
cdef struct Arena:
    unsigned char **chunks     # mapped, of CHUNK_SIZE each
    uint32_t mapped            # how many there are
    uint32_t room              # how many `chunks` has room for
    uint32_t used              # those begun; all but the last are full
    size_t filled              # bytes taken of the last
    uint32_t most              # chunks that may be mapped

cdef void open_arena(Arena *arena, uint32_t most) noexcept nogil
cdef void close_arena(Arena *arena) noexcept nogil
cdef void *take(Arena *arena, size_t size) noexcept nogil
cdef void empty_arena(Arena *arena) noexcept nogil

cdef inline bint is_tight(const Arena *arena) noexcept nogil:
    """Tell whether it has begun the last quarter of its chunks, kept for some."""
    return arena.used > arena.most - arena.most // 4
