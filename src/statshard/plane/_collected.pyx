"""A collector on the scripted kernel, driven step by step by a test.

Nothing but tests may use this module.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free

from statshard.plane._scripted cimport (
    LISTENER_FD,
    WAKEUP_FD,
    Scripted,
    scripted_kernel,
    use_script,
)
from statshard.plane.collecting cimport (
    Collecting,
    adopt_interval,
    collecting_duty,
)
from statshard.plane.collector cimport intake_of, open_collecting
from statshard.plane.counters cimport listener_counters
from statshard.plane.index cimport Index, Slot
from statshard.plane.intake cimport INTAKE_WORDS, intake_counters
from statshard.plane.interval cimport Interval
from statshard.plane.nap cimport open_nap
from statshard.plane.packer cimport DATAGRAM_MAX
from statshard.plane.series cimport (
    COUNTERS,
    GAUGES,
    TIMERS,
    Series,
    SeriesTable,
    SeriesType,
    add_time,
    add_to_set,
    change_gauge,
    find_series,
    sketch_set,
    sketch_timer,
    typed_hash,
)
from statshard.plane.siphash cimport SipKey, siphash13
from statshard.plane.store cimport read_sip_key
from statshard.plane.sys.atomic cimport load_acquire
from statshard.plane.worker cimport (
    Worker,
    close_worker,
    open_worker,
    read_listeners,
    run_worker,
    set_descriptor,
)

from statshard.plane.store import TYPES


cdef class ScriptedCollector(Scripted):
    """A collector's loop on the scripted kernel, and its duty without the loop."""

    cdef Worker worker
    cdef Collecting duty
    cdef Interval interval
    cdef list kept

    def __cinit__(
        self, Interval interval not None, bytes hash_key not None, *,
        str compat="strict", bint sanitizes=True, bint keeps_raw=True,
        size_t datagram_max=DATAGRAM_MAX,
    ):
        self.interval = interval
        self.kept = []
        self.worker.duty = collecting_duty()
        self.worker.state = &self.duty
        open_collecting(&self.duty, interval, compat, sanitizes, hash_key)
        self.duty.keeps_raw = keeps_raw
        if open_worker(
            &self.worker, scripted_kernel(), 1, datagram_max, INTAKE_WORDS
        ) < 0:
            raise MemoryError
        self.duty.counters = intake_counters(&self.worker.counters)
        open_nap(&self.worker.nap, 5_000_000, 1 << 23, 0)
        set_descriptor(&self.worker, 0, LISTENER_FD)
        set_descriptor(&self.worker, 1, WAKEUP_FD)

    def __dealloc__(self):
        free(self.duty.room)
        close_worker(&self.worker)

    def take(self, bytes datagram not None, uint64_t arrived_ns=1):
        """Take the lines of a datagram that came at a time."""
        cdef const unsigned char *start = datagram
        self.worker.duty.take_lines(
            self.worker.state, listener_counters(&self.worker.counters, 0), start,
            start + len(datagram), arrived_ns,
        )
        self.worker.duty.settle(self.worker.state, arrived_ns)

    def read(self):
        """Read one batch; return whether the socket is drained."""
        cdef uint64_t datagrams = 0
        use_script(self.script)
        return bool(read_listeners(&self.worker, &datagrams))

    def run(self, uint64_t stop_at_ns, uint64_t stop_by_ns):
        """Run the loop until the order to stop, which comes at a time, is obeyed."""
        use_script(self.script)
        self.script.stop_at_ns = stop_at_ns
        self.script.stop_by_ns = stop_by_ns
        self.script.stop_word = &self.worker.stop_by_ns
        run_worker(&self.worker)

    def publish(self, Interval interval not None):
        """Give the next interval."""
        interval.c.generation = self.interval.c.generation + 1
        self.kept.append(self.interval)
        self.interval = interval
        self.duty.published = &interval.c

    def adopt(self):
        """Go over to the interval that was given last."""
        adopt_interval(&self.duty)

    def end(self):
        """Do what the loop does last."""
        self.worker.duty.end(self.worker.state)

    def generation(self):
        """Return the generation of the interval in use."""
        return load_acquire(&self.duty.generation)

    def counts(self):
        """Return (received, aggregated, dropped, lines), those reasons that came."""
        cdef const uint64_t *words = <const uint64_t *> self.duty.counters
        received, aggregated, dropped = intake_of(words)
        return (
            received, aggregated,
            {reason: samples for reason, samples in dropped.items() if samples},
            listener_counters(&self.worker.counters, 0).received_lines,
        )


def put(
    Interval interval not None, str type_, bytes key not None, uint32_t hash_,
    bytes member=b"",
):
    """Put a sample of 1 into a series as if this were its hash, and a member's too."""
    cdef const unsigned char *start = key
    cdef const unsigned char *at = member
    cdef SeriesTable *table = &interval.c
    cdef SipKey no_key = SipKey(0, 0)
    cdef SeriesType number = TYPES.index(type_)
    cdef Series *series = find_series(table, number, start, start + len(key), hash_)
    if number == COUNTERS:
        series.number += 1
    elif number == GAUGES:
        change_gauge(table, series, 1, 1)
    elif number == TIMERS:
        add_time(table, series, 1, 1)
    else:
        add_to_set(table, series, at, at + len(member), hash_, &no_key)


def make_sketch(
    Interval interval not None, str type_, bytes key not None, bytes hash_key not None
):
    """Let a timer or a set be a sketch before anything comes for it."""
    cdef SipKey sip
    cdef const unsigned char *start = key
    cdef const unsigned char *end = start + len(key)
    cdef SeriesType number = TYPES.index(type_)
    cdef Series *series
    read_sip_key(&sip, hash_key)
    series = find_series(
        &interval.c, number, start, end, typed_hash(siphash13(&sip, start, end), number)
    )
    if number == TIMERS:
        return bool(sketch_timer(&interval.c, series))
    return bool(sketch_set(&interval.c, series, &sip))


def steps_of(Interval interval not None):
    """Return how many slots beyond the first all series together stand in the index."""
    cdef const Index *index = &interval.c.index
    cdef const Slot *slot
    cdef uint64_t steps = 0
    cdef uint32_t i
    for i in range(index.mask + 1):
        slot = &index.slots[i]
        if slot.place != 0:
            steps += (i - slot.hash) & index.mask
    return steps


def slots_of(Interval interval not None):
    """Return how many slots the index of an interval has."""
    return interval.c.index.mask + 1
