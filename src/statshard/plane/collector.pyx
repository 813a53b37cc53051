"""Collector: the face's handle of a worker that collects; plane shows it to the rest.

    control thread                       worker
    swap(empty)  -- pointer, release --> at the top of a batch: goes over to it,
    wakes it                             posts its generation
    has_swapped() <---- release -------
    fold([the interval before])

As a plane.Worker: run by a Python thread, owned by the control thread. Must not know:
what is folded, when, where it goes.
"""
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc

from statshard.plane.collecting cimport Collecting, collecting_duty
from statshard.plane.counters cimport LISTENER_WORDS, read_block
from statshard.plane.grammar cimport find_grammar
from statshard.plane.intake cimport (
    AGGREGATED_COUNT,
    DROP_COUNT,
    INTAKE_WORDS,
    intake_counters,
)
from statshard.plane.interval cimport Interval, KnownSeries
from statshard.plane.kernel cimport now_ns, system_kernel
from statshard.plane.nap cimport open_nap
from statshard.plane.packer cimport DATAGRAM_MAX
from statshard.plane.series_name cimport NameRoom, open_naming
from statshard.plane.store cimport read_sip_key
from statshard.plane.sys.atomic cimport load_acquire, store_pointer, store_release
from statshard.plane.worker cimport (
    Worker,
    close_worker,
    open_worker,
    run_worker,
    set_descriptor,
)

from statshard.plane.counters import LISTENER_FIELDS
from statshard.plane.intake import AGGREGATED_TABLE, DROP_TABLE


cdef int open_collecting(
    Collecting *duty, Interval interval, str compat, bint sanitizes, bytes hash_key
) except -1:
    """Set up a duty of zeros, but for its counters, with its first table."""
    read_sip_key(&duty.key, hash_key)
    duty.grammar = find_grammar(compat)
    open_naming(&duty.naming, compat, sanitizes)
    duty.tells_events = compat != "etsy"
    duty.table = duty.published = &interval.c
    duty.room = <NameRoom *> malloc(sizeof(NameRoom))
    if duty.room == NULL:
        raise MemoryError
    return 0


cdef class Collector:
    """One data-plane thread: reads the listeners, aggregates samples, counts.

    Collector(interval, listeners, wake, ...)
      interval               an empty one: what it fills first
      listeners              descriptors of bound, non-blocking UDP sockets
      wake                   descriptor of a non-blocking eventfd
      compat                 "strict" or "etsy": how lines are read and series named
      sanitizes              whether names are made fit for Graphite
      keeps_raw              whether events and checks are kept for sinks
      hash_key               16 random bytes: those of the store
      max_delay_ns           target for the longest stay of a line in the socket
      receive_buffer_bytes   what the kernel granted the listeners, the smallest

    Raises ValueError for an unknown `compat` or a key of another size, and MemoryError.
    """

    cdef Worker c
    cdef Collecting duty
    cdef Interval interval     # given last
    cdef Interval before       # given before that

    def __cinit__(
        self,
        Interval interval not None,
        object listeners,
        int wake,
        *,
        str compat,
        bint sanitizes,
        bint keeps_raw,
        bytes hash_key,
        uint64_t max_delay_ns,
        uint64_t receive_buffer_bytes,
    ):
        self.interval = interval
        self.c.duty = collecting_duty()
        self.c.state = &self.duty
        open_collecting(&self.duty, interval, compat, sanitizes, hash_key)
        self.duty.keeps_raw = keeps_raw
        if open_worker(
            &self.c, system_kernel(), len(listeners), DATAGRAM_MAX, INTAKE_WORDS
        ) < 0:
            raise MemoryError
        self.duty.counters = intake_counters(&self.c.counters)
        open_nap(&self.c.nap, max_delay_ns, receive_buffer_bytes, now_ns())
        for i, fd in enumerate([*listeners, wake]):
            set_descriptor(&self.c, i, fd)

    def __dealloc__(self):
        free(self.duty.room)
        close_worker(&self.c)

    def run(self):
        """Collect until `stop` is called; holds no GIL meanwhile."""
        with nogil:
            run_worker(&self.c)

    def stop(self, uint64_t stop_by_ns):
        """Tell the worker to drain its sockets and end, at the latest at that time.

        Of the monotonic clock, ns. Wake the worker afterwards. Its sockets must get no
        new datagrams from now on, or it reads until that time.
        """
        store_release(&self.c.stop_by_ns, stop_by_ns)

    def swap(self, Interval interval not None):
        """Give the worker an empty interval; return the one that it has filled so far.

        Wake the worker afterwards. The returned one is its own until `has_swapped`, or
        until `run` has returned. Raises ValueError while a swap before is not done, or
        for an interval that is in use or not empty.
        """
        if not self.has_swapped():
            raise ValueError("the interval before is still the worker's")
        if interval is self.interval or len(interval):
            raise ValueError("an interval in use: an empty one is needed")
        self.before = self.interval
        self.interval = interval
        interval.c.generation = self.before.c.generation + 1
        store_pointer(<void **> &self.duty.published, &interval.c)
        return self.before

    def recognise(self, KnownSeries known not None):
        """Let the worker begin these series where it has no room for others."""
        self.interval.recognise(known)

    def has_swapped(self):
        """Tell whether the worker fills the interval that it was given last."""
        return load_acquire(&self.duty.generation) == self.interval.c.generation

    def beats(self):
        """Return a number that moves whenever the worker comes round its loop.

        It does so at the latest when it has been woken.
        """
        return load_acquire(&self.c.counters.sequence)

    def counters(self):
        """Return (received, aggregated, dropped, listeners) as of the end of a batch.

        One consistent state, in which `received` is the sum of the values of
        `aggregated` (type -> samples) and `dropped` (reason -> samples). `listeners`: a
        dict of counts each.
        """
        cdef uint64_t *words
        words = <uint64_t *> malloc(self.c.counters.words * sizeof(uint64_t))
        if words == NULL:
            raise MemoryError
        try:
            with nogil:
                while not read_block(&self.c.counters, words):
                    pass
            listeners = [
                {
                    field: words[i * LISTENER_WORDS + at]
                    for at, field in enumerate(LISTENER_FIELDS)
                }
                for i in range(self.c.listeners)
            ]
            return *intake_of(words + self.c.counters.duty_at), listeners
        finally:
            free(words)


cdef tuple intake_of(const uint64_t *words):
    """Return (received, aggregated, dropped), each word under its name."""
    cdef const uint64_t *reasons = words + 1 + AGGREGATED_COUNT
    aggregated = {name: words[1 + i] for i, name in enumerate(AGGREGATED_TABLE)}
    dropped = {reason.name: 0 for reason in DROP_TABLE}
    for i in range(1, DROP_COUNT):
        dropped[DROP_TABLE[i - 1].name] += reasons[i]
    return words[0], aggregated, dropped
