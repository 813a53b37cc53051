"""Slots: weighted rendezvous hashing, version 1.

A slot's owner is the backend with the greatest score.

    slot(key)      = XXH64(key, seed 0) >> 48                      65 536 slots
    score(slot, b) = -weight(b) / ln(u)
    u              = ((XXH64(le64(slot) || name(b), seed 0) >> 12) + 0.5) * 2^-52
                                                                   exact; 0 < u < 1
    owner(slot)    = the greatest score; on a tie the smaller name by bytes

The formula is a promise: the same names and weights give the same owners in every
release. Weighted rendezvous: Schindelhauer and Schomaker, "Weighted distributed hash
tables", SPAA 2005.

Few logarithms are taken. As ln(u) <= u - 1, no score is above weight / (1 - u), which
costs a multiplication to hold against the best so far; 1 - u is exact, and MARGIN is a
thousand times what rounding can add. Only who passes that is scored by the formula.

Where one backend has changed, a slot's old owner is the best of all that have not, so
only it and those that are new are scored; all of them where it is gone. Must not know:
lines, addresses, health.
"""
from libc.math cimport log
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp, memcpy

from statshard.plane.hash cimport xxh64
from statshard.plane.sys.endian cimport htole64

cdef enum:
    PREFIX = 8     # bytes of le64(slot) before the name
    CHUNK = 512    # slots that are filled at a time: their scores stay in a near cache

cdef double MARGIN = 1.0 + 1e-12
# A best score that the bound above is computed from; beyond, every score is.
cdef double LEAST_SCORE = 1e-290
cdef double MOST_SCORE = 1e290

# A live backend, ready to be scored.
cdef struct Runner:
    const Contender *contender
    unsigned char *message      # le64(slot), then the name
    unsigned char *end
    uint16_t index              # among the backends
    bint is_new                 # not among those that the old owners were chosen from

# A slot's best runner so far.
cdef struct Best:
    const Runner *runner
    double score
    double bar                  # whose weight is below bar * (1 - u) is no match

# All that runs for the slots.
cdef struct Field:
    Runner *runners
    Runner **of_index           # of each backend; NULL where it is out
    unsigned char *messages
    size_t count


cdef int fill_slots(
    uint16_t *owners, const Contender *contenders, size_t count
) noexcept nogil:
    """Write the index of each slot's owner, of those in; 0, or -1 without memory.

    `count` is 1 to 65 535; one of them at least is in.
    """
    cdef Best best[CHUNK]
    cdef Field field
    cdef uint32_t first
    cdef int chunk, i
    cdef size_t j
    if open_field(&field, contenders, count) < 0:
        close_field(&field)
        return -1
    for chunk in range(SLOT_COUNT // CHUNK):
        first = chunk * CHUNK
        for i in range(CHUNK):
            best[i] = Best(NULL, -1.0, 0.0)
        for j in range(field.count):
            contest(&field.runners[j], first, CHUNK, &best[0])
        for i in range(CHUNK):
            owners[first + i] = best[i].runner.index
    close_field(&field)
    return 0


cdef int refill_slots(
    uint16_t *owners,
    const uint16_t *before,
    const uint32_t *now_of,
    const Contender *contenders,
    size_t count,
) noexcept nogil:
    """As fill_slots does, from the owners before and what became of them.

    `now_of` has the index of each backend of then, or GONE where its name, its weight
    or its being in is not as it was.
    """
    cdef Best best[CHUNK]
    cdef Field field
    cdef uint32_t first
    cdef int chunk, i
    cdef size_t j
    if open_field(&field, contenders, count) < 0:
        close_field(&field)
        return -1
    mark_new(&field, before, now_of)
    for chunk in range(SLOT_COUNT // CHUNK):
        first = chunk * CHUNK
        defend(&field, before + first, now_of, first, &best[0])
        for j in range(field.count):
            if field.runners[j].is_new:
                contest(&field.runners[j], first, CHUNK, &best[0])
        for i in range(CHUNK):
            owners[first + i] = best[i].runner.index
    close_field(&field)
    return 0


cdef void mark_new(
    Field *field, const uint16_t *before, const uint32_t *now_of
) noexcept nogil:
    """Clear `is_new` of all that an old owner is now.

    An old backend that owned nothing is run again for every slot, to the same end.
    """
    cdef uint32_t now
    cdef int slot
    for slot in range(SLOT_COUNT):
        now = now_of[before[slot]]
        if now != GONE:
            field.of_index[now].is_new = False


cdef void defend(
    Field *field,
    const uint16_t *before,
    const uint32_t *now_of,
    uint32_t first,
    Best *best,
) noexcept nogil:
    """Set the best of those that are not new, for a chunk of slots from `first` on."""
    cdef uint32_t now
    cdef size_t j
    cdef int i
    for i in range(CHUNK):
        best[i] = Best(NULL, -1.0, 0.0)
        now = now_of[before[i]]
        if now != GONE:
            contest(field.of_index[now], first + i, 1, &best[i])
            continue
        for j in range(field.count):
            if not field.runners[j].is_new:
                contest(&field.runners[j], first + i, 1, &best[i])


cdef void contest(
    const Runner *runner, uint32_t first, uint32_t count, Best *best
) noexcept nogil:
    """Let a backend run for `count` slots from `first` on."""
    cdef double weight = runner.contender.weight
    cdef double u, score
    cdef uint64_t number
    cdef uint32_t i
    for i in range(count):
        number = htole64(first + i)
        memcpy(runner.message, &number, PREFIX)
        u = <double> (xxh64(runner.message, runner.end, 0) >> 12) + 0.5
        u *= 2.0 ** -52
        if weight < best[i].bar * (1.0 - u):
            continue
        score = -weight / log(u)
        if score > best[i].score or (
            score == best[i].score
            and is_smaller(runner.contender, best[i].runner.contender)
        ):
            best[i] = Best(runner, score, bar_of(score))


cdef inline double bar_of(double score) noexcept nogil:
    """Return what to hold weights against; 0 turns none away."""
    return score / MARGIN if LEAST_SCORE < score < MOST_SCORE else 0.0


cdef int open_field(
    Field *field, const Contender *contenders, size_t count
) noexcept nogil:
    """Lay out the messages of all that are in, each of them new; 0, or -1."""
    cdef unsigned char *at
    cdef Runner *runner
    cdef size_t i, size
    cdef size_t room = 1
    field.count = 0
    for i in range(count):
        room += PREFIX + (contenders[i].name_end - contenders[i].name)
    field.runners = <Runner *> malloc(count * sizeof(Runner))
    field.of_index = <Runner **> calloc(count, sizeof(Runner *))
    field.messages = <unsigned char *> malloc(room)
    if field.runners == NULL or field.of_index == NULL or field.messages == NULL:
        return -1
    at = field.messages
    for i in range(count):
        if contenders[i].is_out:
            continue
        size = contenders[i].name_end - contenders[i].name
        memcpy(at + PREFIX, contenders[i].name, size)
        runner = &field.runners[field.count]
        runner[0] = Runner(
            &contenders[i], at, at + PREFIX + size, <uint16_t> i, True
        )
        field.of_index[i] = runner
        field.count += 1
        at = runner.end
    return 0


cdef void close_field(Field *field) noexcept nogil:
    """Free what open_field allocated."""
    free(field.runners)
    free(field.of_index)
    free(field.messages)


cdef bint is_smaller(const Contender *one, const Contender *other) noexcept nogil:
    """Tell whether one name comes before another by bytes."""
    cdef size_t size = one.name_end - one.name
    cdef size_t other_size = other.name_end - other.name
    cdef int order = memcmp(one.name, other.name, min(size, other_size))
    return order < 0 or (order == 0 and size < other_size)
