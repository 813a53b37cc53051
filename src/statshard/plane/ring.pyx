"""Ring: points on a circle of 2^32, as etsy, ketama and libketama place them.

    points, sorted   | 17  b2 | 40  b0 | 40  b1 | 95  b0 | ...     32 bits, and whose
    a key at 38      ------------^ the first at or above it; behind the last, the first

    point names      "<node>-<i>", i = 0 ... n-1; one or four points from each digest
    etsy             one;  n = floor(100 / (100 N) * 40 * N)                    float64
    ketama           four; n = 40 * weight
    libketama        four; n = floorf(pct * 40.0 * N), pct = (float) weight / total
                     (`pct` is a float; the products are doubles, and rounded to a
                     float at the end: RJ/ketama, libketama/ketama.c)

Equal points stay in the order in which they were made (backends in the order of the
configuration, i, words of the digest), and the first of them is the answer: so do the
stable sorts of those programs (Node's since version 11; glibc's qsort), whose searches
all end at the first of equals.

A backend that is out has no points here: those of ketama and libketama stay where they
are, as HASHING 9 says that they are skipped; etsy's N is that of the live ones, which
rebuilds the ring as that program does.

A look-up finds the first point of the key's bucket, by the key's top bits, and goes on
from there; there are as many buckets as points, or more. Must not know: lines, keys.
"""
from libc.math cimport floor, floorf
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

from statshard.plane.md5 cimport md5
from statshard.plane.slots cimport Contender

cdef enum:
    PER_WEIGHT = 40       # digests of a backend, of an average one or of weight 1
    ETSY_WEIGHT = 100     # of every server, in that program
    SUFFIX = 24           # bytes that "-<i>" takes at most
    BUCKET_BITS = 16      # at most: 65 536 buckets
    RADIX = 65536         # of the sort: two passes

# What a backend's number of digests depends on.
cdef struct Members:
    double count          # N
    double total          # of the weights

ctypedef double (*DigestsOf)(double weight, const Members *members) noexcept nogil

cdef struct RingRow:
    DigestsOf digests_of
    uint32_t words        # points from one digest
    bint is_of_live       # N and the total are those of the live backends

cdef RingRow[3] ROWS
ROWS[ETSY] = RingRow(etsy_digests, 1, True)
ROWS[KETAMA] = RingRow(ketama_digests, 4, False)
ROWS[LIBKETAMA] = RingRow(libketama_digests, 4, False)


cdef uint32_t find_point(const Ring *ring, uint32_t value) noexcept nogil:
    """Return the index of the point that a key's value belongs to."""
    cdef uint32_t at = ring.buckets[value >> ring.shift]
    while at < ring.count and ring.values[at] < value:
        at += 1
    return at if at < ring.count else 0


cdef int open_ring(
    Ring *ring, uint16_t **owners, RingKind kind,
    const Contender *contenders, size_t count,
) noexcept nogil:
    """Place the points of all that are in, and allocate `owners`, whose they are.

    Return 0, -1 without memory, or TOO_MANY points. One backend at least is in; where
    all of them have no point, the count of points is 0.
    """
    cdef const RingRow *row = &ROWS[kind]
    cdef Members members = members_of(contenders, count, row.is_of_live)
    cdef double points = 0
    cdef size_t i
    cdef uint64_t *rows
    cdef int status
    for i in range(count):
        if not contenders[i].is_out:
            points += row.words * row.digests_of(contenders[i].weight, &members)
    if points > POINTS_MAX:
        return TOO_MANY
    rows = <uint64_t *> malloc((<size_t> points + 1) * sizeof(uint64_t))
    ring.values = <uint32_t *> malloc((<size_t> points + 1) * sizeof(uint32_t))
    owners[0] = <uint16_t *> malloc((<size_t> points + 1) * sizeof(uint16_t))
    if rows == NULL or ring.values == NULL or owners[0] == NULL:
        free(rows)
        return -1
    ring.count = 0
    status = place_points(ring, rows, row, &members, contenders, count)
    if status == 0:
        status = sort_points(rows, ring.count)
    for i in range(ring.count):
        ring.values[i] = <uint32_t> (rows[i] >> 32)
        owners[0][i] = <uint16_t> rows[i]
    free(rows)
    return status if status < 0 else open_buckets(ring)


cdef void close_ring(Ring *ring) noexcept nogil:
    """Free what open_ring allocated, but for the owners."""
    free(ring.values)
    free(ring.buckets)


cdef double etsy_digests(double weight, const Members *members) noexcept nogil:
    """Return 40, or 39 where rounding makes it so; every server weighs the same."""
    cdef double share = ETSY_WEIGHT / (ETSY_WEIGHT * members.count)
    return floor(share * PER_WEIGHT * members.count)


cdef double ketama_digests(double weight, const Members *members) noexcept nogil:
    """Return 40 for each unit of weight."""
    return floor(PER_WEIGHT * weight)


cdef double libketama_digests(double weight, const Members *members) noexcept nogil:
    """Return 40 for an average weight, in that program's arithmetic."""
    cdef float share = <float> weight / <float> members.total
    return floorf(<float> (<double> share * PER_WEIGHT * members.count))


cdef Members members_of(
    const Contender *contenders, size_t count, bint is_of_live
) noexcept nogil:
    """Return the number of backends, or of live ones, and the sum of their weights."""
    cdef Members members = Members(0, 0)
    cdef size_t i
    for i in range(count):
        if not (is_of_live and contenders[i].is_out):
            members.count += 1
            members.total += contenders[i].weight
    return members


cdef int place_points(
    Ring *ring,
    uint64_t *rows,
    const RingRow *row,
    const Members *members,
    const Contender *contenders,
    size_t count,
) noexcept nogil:
    """Write each point as value << 32 | index of its backend; 0, or -1."""
    cdef size_t longest = 0
    cdef size_t i
    cdef unsigned char *name
    for i in range(count):
        longest = max(longest, <size_t> (contenders[i].node_end - contenders[i].node))
    name = <unsigned char *> malloc(longest + SUFFIX)
    if name == NULL:
        return -1
    for i in range(count):
        if not contenders[i].is_out:
            place_backend(
                ring, rows, row, &contenders[i], <uint16_t> i,
                <uint32_t> row.digests_of(contenders[i].weight, members), name,
            )
    free(name)
    return 0


cdef void place_backend(
    Ring *ring,
    uint64_t *rows,
    const RingRow *row,
    const Contender *contender,
    uint16_t index,
    uint32_t digests,
    unsigned char *name,
) noexcept nogil:
    """Write the points of one backend; `name` is room for theirs."""
    cdef size_t size = contender.node_end - contender.node
    cdef uint32_t digest[4]
    cdef uint32_t i, word
    cdef int suffix
    memcpy(name, contender.node, size)
    for i in range(digests):
        suffix = snprintf(<char *> name + size, SUFFIX, b"-%u", i)
        md5(name, name + size + suffix, &digest[0])
        for word in range(row.words):
            rows[ring.count] = (<uint64_t> digest[word] << 32) | index
            ring.count += 1


cdef int sort_points(uint64_t *rows, uint32_t count) noexcept nogil:
    """Sort by value, equal ones in the order they have; 0, or -1 without memory.

    By the lower half of the value, then by the upper, counting (Knuth, The Art of
    Computer Programming 3, 5.2.5).
    """
    cdef uint64_t *others = <uint64_t *> malloc((count + 1) * sizeof(uint64_t))
    cdef uint32_t *starts = <uint32_t *> malloc((RADIX + 1) * sizeof(uint32_t))
    if others == NULL or starts == NULL:
        free(others)
        free(starts)
        return -1
    sort_by_digit(rows, others, starts, count, 32)
    sort_by_digit(others, rows, starts, count, 48)
    free(others)
    free(starts)
    return 0


cdef void sort_by_digit(
    const uint64_t *rows, uint64_t *to, uint32_t *starts, uint32_t count, int shift
) noexcept nogil:
    """Write the rows in the order of one digit of 16 bits."""
    cdef uint32_t i
    cdef int digit
    memset(starts, 0, (RADIX + 1) * sizeof(uint32_t))
    for i in range(count):
        starts[((rows[i] >> shift) & (RADIX - 1)) + 1] += 1
    for digit in range(1, RADIX):
        starts[digit] += starts[digit - 1]
    for i in range(count):
        digit = <int> ((rows[i] >> shift) & (RADIX - 1))
        to[starts[digit]] = rows[i]
        starts[digit] += 1


cdef int open_buckets(Ring *ring) noexcept nogil:
    """Note the first point at or above the start of each bucket; 0, or -1."""
    cdef uint32_t bits = 4
    cdef uint32_t bucket, at = 0
    while bits < BUCKET_BITS and (1u << bits) < 2 * ring.count:
        bits += 1
    ring.shift = 32 - bits
    ring.buckets = <uint32_t *> calloc(1u << bits, sizeof(uint32_t))
    if ring.buckets == NULL:
        return -1
    for bucket in range(1u << bits):
        while at < ring.count and ring.values[at] >> ring.shift < bucket:
            at += 1
        ring.buckets[bucket] = at
    return 0
