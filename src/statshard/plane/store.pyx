"""Store: the face's handle of what an aggregation server knows; plane shows it.

What has come since the last fold is in the workers' intervals (interval.pyx). A store
is the flush's alone. Must not know: sockets, how series are named outside, when a flush
is due.
"""
from cpython cimport array
from libc.stdint cimport UINT64_MAX, uint32_t, uint64_t
from libc.string cimport memcpy

from statshard.plane.figures cimport Asked
from statshard.plane.fold cimport fold_tables
from statshard.plane.interval cimport (
    ALL_MEMBERS,
    ALL_SERIES,
    ALL_VALUES,
    Interval,
    KnownSeries,
)
from statshard.plane.known cimport open_known, put_known
from statshard.plane.members cimport Member
from statshard.plane.overflow cimport overflow_key
from statshard.plane.prefixes cimport prefixes_of
from statshard.plane.series cimport (
    COUNTERS,
    GAUGES,
    OVERFLOW_SIZE,
    SERIES_TYPE_COUNT,
    SETS,
    TIMERS,
    Bounds,
    SeriesTable,
    SeriesType,
    empty_series,
    typed_hash,
)
from statshard.plane.siphash cimport SipKey, siphash13
from statshard.plane.timer_rows cimport (
    BINS_MAX,
    DOUBLES,
    bins_for,
    fill,
    limits_of,
    row_of,
)
from statshard.plane.totals cimport (
    Total,
    Totals,
    close_totals,
    drop_forgotten,
    find_total,
    key_of,
    know_within,
    open_totals,
)

cdef enum:
    TABLES_MAX = 128     # folded at once: of 64 workers, two where one had to wait

# In the order of the enum of series.pxd.
TYPES = ("counter", "gauge", "timer", "set")
assert len(TYPES) == SERIES_TYPE_COUNT


cdef class Store:
    """All series that a server knows, and what the last interval came to.

    Store(hash_key, ...)
      hash_key           the 16 random bytes that its collectors have too
      series_max         of each type; samples of further ones go to its `_overflow`
      bytes_max          that they take, by SERIES_BYTES and twice their keys
      timer_values_max   as its intervals have them: a series of which all workers
      set_members_max    together have more is a sketch, which has figures alone

    Series stand in the order in which they became known, and stay, with 0 or nothing
    in them, until they expire or are forgotten. A key is text; bytes of it that are no
    UTF-8 stand in it as surrogates (PEP 383). A type is "counter", "gauge", "timer" or
    "set"; another is a ValueError, as is a hash key of another size. Raises
    MemoryError.
    """

    cdef Totals c
    cdef list names       # of the series, in the order of c.all
    cdef KnownSeries last_known    # None: others are known by now
    cdef KnownSeries told          # the last that was not None; `c` reads it

    def __cinit__(
        self,
        bytes hash_key not None,
        *,
        uint32_t series_max=ALL_SERIES,
        uint64_t bytes_max=UINT64_MAX,
        uint64_t timer_values_max=ALL_VALUES,
        uint32_t set_members_max=ALL_MEMBERS,
    ):
        read_sip_key(&self.c.key, hash_key)
        self.c.bounds = Bounds(timer_values_max, set_members_max)
        self.names = []
        if open_totals(&self.c, series_max, bytes_max) < 0:
            raise MemoryError
        for number in range(SERIES_TYPE_COUNT):
            self.c.overflow_hashes[number] = self.hash_of(
                number, overflow_key()[:OVERFLOW_SIZE]
            )

    def __dealloc__(self):
        close_totals(&self.c)

    def fold(self, list intervals not None):
        """Begin anew with what these intervals hold, one of each worker; empty them.

        Holds no GIL meanwhile. Raises ValueError for too many. Raises MemoryError and
        leaves them whole: it can be tried again.
        """
        cdef SeriesTable *tables[TABLES_MAX]
        cdef Interval interval
        cdef uint32_t count = 0
        cdef int status
        if len(intervals) > TABLES_MAX:
            raise ValueError(f"{len(intervals)} intervals: at most {TABLES_MAX}")
        for interval in intervals:
            tables[count] = &interval.c
            count += 1
        with nogil:
            status = fold_tables(&self.c, tables, count)
            if status == 0:
                for i in range(count):
                    empty_series(tables[i])
        for interval in intervals:
            interval.forget_known()
        self.name_new()
        if status < 0:
            raise MemoryError

    def counters(self):
        """Return key -> sum."""
        return self.numbers(COUNTERS)

    def gauges(self):
        """Return key -> value."""
        return self.numbers(GAUGES)

    def sets(self):
        """Return key -> number of distinct members; of a sketch, about how many.

        To within 0.81 %, the standard error.
        """
        return {
            self.names[i]: self.c.all[i].count
            for i in range(self.c.count) if self.c.all[i].type == SETS
        }

    def timers(
        self,
        tuple percentiles not None,
        double interval_s,
        tuple histograms not None=(),
    ):
        """Return key -> row of figures, an array of doubles, None where no values came.

        | count mean bound sum sum_squares, for each percentile | std upper lower count
        | count_ps sum sum_squares mean median | values in each bin |

        The first five are of the lowest values, below 0 of the highest; `bound` is the
        highest of the lowest, the lowest of the highest; where a percentile takes no
        value all are 0. `count` is the sum of 1 / rate. The bins are those of the first
        of `histograms`, (text, limits), whose text is in the key; limits ascend, each
        excluded, and infinity is allowed. Those of a sketch are told to within 1 %
        where they are not exact: sketch_figures.pyx says which.

        Source: etsy/statsd, lib/process_metrics.js. Raises ValueError for more than 64
        limits.
        """
        cdef double limits[BINS_MAX]
        cdef array.array asked_percentiles = array.array("d", percentiles)
        cdef Asked asked = Asked(
            asked_percentiles.data.as_doubles, len(percentiles), interval_s, NULL, 0
        )
        rules = [(text, limits_of(each)) for text, each in histograms]
        rows = {}
        asked.limits = &limits[0]
        for i in range(self.c.count):
            if self.c.all[i].type == TIMERS:
                asked.limit_count = fill(limits, bins_for(self.names[i], rules))
                rows[self.names[i]] = row_of(&self.c, self.c.all[i], &asked)
        return rows

    def keys(self, str type_):
        """Return the keys of all series of a type."""
        cdef SeriesType number = number_of(type_)
        return [
            self.names[i] for i in range(self.c.count) if self.c.all[i].type == number
        ]

    def sketched(self, str type_):
        """Return the keys of those series of a type that are sketches."""
        cdef SeriesType number = number_of(type_)
        return [
            self.names[i] for i in range(self.c.count)
            if self.c.all[i].is_sketched and self.c.all[i].type == number
        ]

    def values(self, str key not None):
        """Return a timer's values, sorted, an array of doubles; of a sketch, none.

        Raises KeyError.
        """
        cdef Total *total = self.find(TIMERS, key)
        cdef uint64_t count = 0 if total.is_sketched else total.count
        cdef array.array found = array.clone(DOUBLES, <Py_ssize_t> count, False)
        if count > 0:
            memcpy(found.data.as_doubles, total.values, count * sizeof(double))
        return found

    def members(self, str key not None):
        """Return a set's members, in the order of their coming; of a sketch, none.

        Raises KeyError.
        """
        cdef const Member *member = self.find(SETS, key).members.first
        found = []
        while member != NULL:
            found.append(member.bytes[:member.size])
            member = member.next
        return found

    def known(self):
        """Return the series that are known, for intervals. Raises MemoryError.

        Behind a fold: those that are forgotten before the next, and come in it, have
        room before new ones.
        """
        if self.last_known is None:
            known = KnownSeries()
            fill_known(known, &self.c)
            self.last_known = self.told = known
            self.c.told = &known.c
        return self.last_known

    def sizes(self):
        """Return (type -> series that are known, their bytes), but for `_overflow`."""
        counts = {each: self.c.counts[i] for i, each in enumerate(TYPES)}
        return counts, self.c.bytes

    def overflowed(self):
        """Return type -> (samples, prefixes): those of the last fold that overflowed.

        Only types of which some did. `prefixes` of their keys: for each level of
        offenders.pyx a list of (prefix, samples, of them at most too many).
        """
        return {
            each: (
                self.c.overflowed[i].samples,
                prefixes_of(&self.c.overflowed[i].offenders),
            )
            for i, each in enumerate(TYPES) if self.c.overflowed[i].samples
        }

    def idle(self, str type_ not None):
        """Return key -> folds since the last in which samples came; 0: it was that."""
        cdef SeriesType number = number_of(type_)
        return {
            self.names[i]: self.c.all[i].idle
            for i in range(self.c.count) if self.c.all[i].type == number
        }

    def put_gauge(self, str key not None, double value, uint32_t idle=0):
        """Let a gauge stand at a value; its last sample came so many folds ago."""
        cdef Total *total = self.know(GAUGES, key)
        total.number = value
        total.idle = idle

    def add_counter(self, str key not None, double number):
        """Add to what a counter came to in the last fold, as if by a sample of it."""
        cdef Total *total = self.know(COUNTERS, key)
        total.number += number
        total.idle = 0

    def forget(self, str type_, object keys not None):
        """Know these series no longer; return how many of them were known."""
        cdef SeriesType number = number_of(type_)
        cdef Total *total
        for key in keys:
            total = self.look_up(number, key)
            if total != NULL:
                total.is_forgotten = True
        return self.drop()

    def expire(self, str type_, uint32_t idle, tuple spared not None=()):
        """Forget series of a type to which no samples came in the last `idle` folds.

        0: all of them. Those stay whose key holds one of the texts `spared`. Return how
        many there were. A series that is to be told of in n flushes after its last
        sample expires behind each flush with n - 1.
        """
        cdef SeriesType number = number_of(type_)
        cdef Total *total
        for i in range(self.c.count):
            total = self.c.all[i]
            if total.type == number and total.idle >= idle:
                total.is_forgotten = not any([text in self.names[i] for text in spared])
        return self.drop()

    cdef int drop(self) except -1:
        """Drop what is marked as forgotten; return how many that was."""
        cdef Py_ssize_t before = len(self.names)
        self.names = [
            name for i, name in enumerate(self.names) if not self.c.all[i].is_forgotten
        ]
        if len(self.names) < before:
            drop_forgotten(&self.c)
            self.last_known = None
        return <int> (before - len(self.names))

    cdef dict numbers(self, SeriesType number):
        """Return key -> number of each series of a type."""
        return {
            self.names[i]: self.c.all[i].number
            for i in range(self.c.count) if self.c.all[i].type == number
        }

    cdef Total *find(self, SeriesType number, str key) except NULL:
        """Return a series that must be known."""
        cdef Total *total = self.look_up(number, key)
        if total == NULL:
            raise KeyError(key)
        return total

    cdef Total *look_up(self, SeriesType number, str key) except? NULL:
        """Return a series, NULL where it is not known."""
        cdef bytes octets = encoded(key)
        cdef const unsigned char *start = octets
        cdef const unsigned char *end = start + len(octets)
        return find_total(&self.c, number, start, end, self.hash_of(number, octets))

    cdef Total *know(self, SeriesType number, str key) except NULL:
        """Return a series that is known from now on; without room, the overflow."""
        cdef bytes octets = encoded(key)
        cdef const unsigned char *start = octets
        cdef const unsigned char *end = start + len(octets)
        cdef Total *total
        total = know_within(&self.c, number, start, end, self.hash_of(number, octets))
        if total == NULL:
            raise MemoryError
        self.name_new()
        return total

    cdef uint32_t hash_of(self, SeriesType number, bytes octets) noexcept:
        """Return the hash of a type and key."""
        cdef const unsigned char *start = octets
        return typed_hash(siphash13(&self.c.key, start, start + len(octets)), number)

    cdef int name_new(self) except -1:
        """Give the series that have become known the texts that are their keys."""
        cdef const Total *total
        if len(self.names) < <Py_ssize_t> self.c.count:
            self.last_known = None
        for i in range(len(self.names), self.c.count):
            total = self.c.all[i]
            octets = key_of(total)[:total.key_size]
            self.names.append(octets.decode("utf-8", "surrogateescape"))
        return 0


cdef int fill_known(KnownSeries known, const Totals *totals) except -1:
    """Let all series be known."""
    cdef uint32_t i
    if open_known(&known.c, totals.count) < 0:
        raise MemoryError
    with nogil:
        for i in range(totals.count):
            put_known(&known.c, totals.all[i].hash)
    return 0


cdef int read_sip_key(SipKey *key, bytes octets) except -1:
    """Read a key from 16 bytes."""
    if len(octets) != 16:
        raise ValueError(f"a hash key of {len(octets)} bytes: it has 16")
    key.first = int.from_bytes(octets[:8], "little")
    key.second = int.from_bytes(octets[8:], "little")
    return 0


cdef bytes encoded(str key):
    """Return the bytes of a key."""
    return key.encode("utf-8", "surrogateescape")


cdef int number_of(str type_) except -1:
    """Return the number of a type."""
    if type_ not in TYPES:
        raise ValueError(f"{type_!r}: one of {', '.join(TYPES)} is valid")
    return TYPES.index(type_)
