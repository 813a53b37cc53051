"""The plane's face: what the rest of statshard sees of the data plane.

`Table` (table.pyx) is an immutable routing table, `Worker` one thread's loop. A worker
is run by a Python thread and owned by the control thread: `run` is called by the first,
everything else by the second. Sockets and the eventfd are handed in and stay the
caller's; they must stay open until `run` has returned. What an aggregation server needs
has a face of its own (aggregation.pyx), and so has what loads are made of (load.pyx).
The faces and what they show are where a status of the plane becomes an exception.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

from statshard.plane.batch cimport open_outbox
from statshard.plane.counters cimport (
    LINK_WORDS,
    LISTENER_WORDS,
    REASON_COUNT,
    WORKER_WORDS,
    link_counters,
    read_block,
)
from statshard.plane.forwarding cimport Forwarding, forwarding_duty
from statshard.plane.kernel cimport now_ns, system_kernel
from statshard.plane.key cimport close_scratch, open_scratch
from statshard.plane.link cimport Link, LinkSettings, close_link, open_link
from statshard.plane.nap cimport open_nap
from statshard.plane.packer cimport DATAGRAM_MAX
from statshard.plane.sys.atomic cimport load_acquire, store_pointer, store_release
from statshard.plane.table cimport Table as TableHandle
from statshard.plane.worker cimport Worker as WorkerState
from statshard.plane.worker cimport (
    close_worker,
    open_worker,
    run_worker,
    set_descriptor,
)

from statshard.plane import counters as tables
from statshard.plane import table as routes

COUNTERS = tables.COUNTERS_TABLE
REASONS = tables.REASONS_TABLE
Table = routes.Table


cdef class Worker:
    """One data-plane thread: reads the listeners, forwards to the links, counts.

    Worker(table, listeners, links, wake, ...)
      listeners              descriptors of bound, non-blocking UDP sockets
      links                  (descriptor, is_ipv6) of a connected, non-blocking UDP
                             socket per backend, in the table's order
      wake                   descriptor of a non-blocking eventfd
      max_payload            bytes of a datagram out, at most
      max_delay_ns           target for the longest stay of a line
      receive_buffer_bytes   what the kernel granted the listeners, the smallest
      queue_bytes            what may wait for one backend here: this worker's share
      queue_age_ns           how long it may wait

    Raises ValueError where there is not one link for each backend of the table, and
    MemoryError.
    """

    cdef WorkerState c
    cdef Forwarding duty
    cdef list tables      # the newest last: kept until the worker has moved past them

    def __cinit__(
        self,
        TableHandle table not None,
        object listeners,
        object links,
        int wake,
        *,
        size_t max_payload,
        uint64_t max_delay_ns,
        uint64_t receive_buffer_bytes,
        size_t queue_bytes,
        uint64_t queue_age_ns,
    ):
        if len(links) != table.c.count:
            raise ValueError(f"{len(links)} links for {table.c.count} backends")
        self.tables = [table]
        self.c.duty = forwarding_duty()
        self.c.state = &self.duty
        self.duty.kernel = system_kernel()
        self.duty.counters = &self.c.counters
        self.duty.table = self.duty.published = table.c
        self.duty.generation = table.c.generation
        self.duty.link_count = len(links)
        self.allocate(len(listeners))
        open_outbox(&self.duty.outbox)
        open_nap(&self.c.nap, max_delay_ns, receive_buffer_bytes, now_ns())
        for i, fd in enumerate([*listeners, wake]):
            set_descriptor(&self.c, i, fd)
        for i, (fd, is_ipv6) in enumerate(links):
            self.set_up_link(
                i, LinkSettings(fd, is_ipv6, max_payload, queue_bytes, queue_age_ns)
            )

    cdef int allocate(self, uint32_t listeners) except -1:
        """Allocate what the numbers of listeners and links ask for."""
        cdef size_t words = WORKER_WORDS + self.duty.link_count * LINK_WORDS
        self.duty.links = <Link *> calloc(self.duty.link_count, sizeof(Link))
        self.duty.scratch = open_scratch()
        if self.duty.links == NULL or self.duty.scratch == NULL:
            raise MemoryError
        if open_worker(
            &self.c, self.duty.kernel, listeners, DATAGRAM_MAX, words
        ) < 0:
            raise MemoryError
        return 0

    cdef int set_up_link(self, size_t index, LinkSettings settings) except -1:
        """Set up the way to one backend."""
        cdef Link *link = &self.duty.links[index]
        counters = link_counters(&self.c.counters, index)
        if open_link(
            link, &settings, self.duty.kernel, &self.duty.outbox, counters
        ) < 0:
            raise MemoryError
        return 0

    def __dealloc__(self):
        if self.duty.links != NULL:
            for i in range(self.duty.link_count):
                close_link(&self.duty.links[i])
        free(self.duty.links)
        close_scratch(self.duty.scratch)
        close_worker(&self.c)

    def run(self):
        """Forward until `stop` is called; holds no GIL meanwhile."""
        with nogil:
            run_worker(&self.c)

    def publish(self, TableHandle table not None):
        """Give the worker a new table, of a generation above that of every one before.

        Wake it afterwards, so that it takes it even without traffic. Raises ValueError
        for another generation, or another number of backends than there are links.
        """
        if table.c.generation <= self.duty.published.generation:
            raise ValueError(f"generation {table.c.generation} is not the newest")
        if table.c.count != self.duty.link_count:
            raise ValueError(f"{self.duty.link_count} links, {table.c.count} backends")
        self.tables.append(table)
        store_pointer(<void **> &self.duty.published, table.c)

    def stop(self, uint64_t stop_by_ns):
        """Tell the worker to drain its sockets, send, and end.

        What then cannot be sent waits until `stop_by_ns` of the monotonic clock. Wake
        the worker afterwards. Its sockets must get no new datagrams from now on, or it
        reads until that time.
        """
        store_release(&self.c.stop_by_ns, stop_by_ns)

    def generation(self):
        """Return the generation of the table in use, and let go of older tables."""
        cdef uint64_t in_use = load_acquire(&self.duty.generation)
        self.tables = [table for table in self.tables if table.generation >= in_use]
        return in_use

    def beats(self):
        """Return a number that moves whenever the worker comes round its loop.

        It does so at the latest when it has been woken.
        """
        return load_acquire(&self.c.counters.sequence)

    def counters(self):
        """Return (dropped, listeners, links) as of the end of a batch.

        One consistent state, in which the balance closes. `dropped`: reason -> lines
        for which no backend was chosen. `listeners`: a dict of counts each. `links`:
        for each a dict of counts, and reason -> lines dropped.
        """
        cdef uint64_t *words
        words = <uint64_t *> malloc(self.c.counters.words * sizeof(uint64_t))
        if words == NULL:
            raise MemoryError
        try:
            with nogil:
                while not read_block(&self.c.counters, words):
                    pass
            return self.named(words)
        finally:
            free(words)

    cdef tuple named(self, const uint64_t *words):
        """Give each word of a block its name."""
        cdef const uint64_t *at = words
        listeners = []
        links = []
        for _ in range(self.c.listeners):
            listeners.append(counts_of(tables.LISTENER_FIELDS, at))
            at += LISTENER_WORDS
        dropped = reasons_of(at)
        at += WORKER_WORDS
        for _ in range(self.duty.link_count):
            counts = counts_of(tables.LINK_FIELDS, at)
            links.append((counts, reasons_of(at + LINK_WORDS - REASON_COUNT)))
            at += LINK_WORDS
        return dropped, listeners, links


cdef dict counts_of(tuple names, const uint64_t *words):
    """Name the words at the front of a struct."""
    return {name: words[i] for i, name in enumerate(names)}


cdef dict reasons_of(const uint64_t *words):
    """Name the words of a struct's dropped_lines."""
    return {reason.name: words[i] for i, reason in enumerate(REASONS, 1)}
