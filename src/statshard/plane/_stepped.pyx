"""A link and a worker on the scripted kernel, driven step by step by a test.

Nothing but tests may use this module.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

from statshard.plane._scripted cimport (
    LISTENER_FD,
    WAKEUP_FD,
    Scripted,
    scripted_kernel,
    use_script,
)
from statshard.plane.batch cimport Datagram, Outbox, open_outbox
from statshard.plane.counters cimport (
    CARRIED,
    LINK_WORDS,
    REASON_COUNT,
    WORKER_WORDS,
    Block,
    LinkCounters,
    link_counters,
    listener_counters,
    worker_counters,
)
from statshard.plane.forwarding cimport (
    Forwarding,
    adopt_table,
    end_links,
    flush_links,
    forwarding_duty,
)
from statshard.plane.key cimport Scratch
from statshard.plane.link cimport (
    Link,
    LinkSettings,
    abandon_waiting,
    close_link,
    flush_link,
    forward_line,
    open_link,
)
from statshard.plane.nap cimport open_nap
from statshard.plane.packer cimport DATAGRAM_MAX
from statshard.plane.table cimport Table
from statshard.plane.waiting cimport list_waiting
from statshard.plane.worker cimport (
    Worker,
    close_worker,
    open_worker,
    publish,
    read_listeners,
    run_worker,
    set_descriptor,
)

from statshard.plane.counters import REASONS_TABLE


cdef class ScriptedLink(Scripted):
    """A link on the scripted kernel; the time is handed in, ns."""

    cdef Link link
    cdef Outbox outbox
    cdef LinkCounters counters

    def __cinit__(
        self, *, size_t max_payload=1432, size_t queue_bytes=1 << 20,
        uint64_t queue_age_ns=30_000_000_000, bint is_ipv6=False,
    ):
        cdef LinkSettings settings = LinkSettings(
            0, is_ipv6, max_payload, queue_bytes, queue_age_ns,
        )
        open_outbox(&self.outbox)
        if open_link(
            &self.link, &settings, scripted_kernel(), &self.outbox, &self.counters,
        ) < 0:
            raise MemoryError

    def __dealloc__(self):
        close_link(&self.link)

    def forward(self, bytes line, uint64_t now_ns):
        """Give one line."""
        cdef const unsigned char *start = line
        use_script(self.script)
        forward_line(&self.link, start, start + len(line), now_ns)

    def flush(self, uint64_t now_ns):
        """Send what is packed, behind what waits."""
        use_script(self.script)
        flush_link(&self.link, now_ns)

    def abandon(self):
        """Drop what waits."""
        use_script(self.script)
        abandon_waiting(&self.link)

    def counts(self):
        """Return (counts, reason -> lines dropped), what waits as it stands now."""
        self.counters.queued_lines = self.link.waiting.lines
        self.counters.waiting_lines = self.link.packer.lines + self.link.waiting.lines
        return link_counts(&self.counters)

    def waiting(self):
        """Return the datagrams that wait, the oldest first."""
        cdef Datagram datagrams[4096]
        cdef uint32_t count = list_waiting(&self.link.waiting, datagrams, 4096)
        return [datagrams[i].start[:datagrams[i].size] for i in range(count)]

    def waiting_bytes(self):
        """Return the bytes of the ring in use, and whether it is mapped at all."""
        cdef bint is_mapped = self.link.waiting.ring != NULL
        return self.link.waiting.tail - self.link.waiting.head, is_mapped


cdef class ScriptedWorker(Scripted):
    """A worker's loop on the scripted kernel; its links' descriptors are 0, 1, ..."""

    def __cinit__(
        self, Table table not None, uint32_t backends, *, size_t max_payload=1432,
        size_t queue_bytes=1 << 20, size_t datagram_max=DATAGRAM_MAX,
        uint64_t max_delay_ns=5_000_000,
    ):
        cdef Worker *worker = &self.worker
        cdef Forwarding *duty = &self.duty
        cdef LinkSettings settings
        self.table = table
        self.replaced = []
        worker.duty = forwarding_duty()
        worker.state = duty
        duty.kernel = scripted_kernel()
        duty.counters = &worker.counters
        duty.table = duty.published = table.c
        duty.link_count = backends
        duty.links = <Link *> calloc(backends, sizeof(Link))
        duty.scratch = <Scratch *> malloc(sizeof(Scratch))
        open_outbox(&duty.outbox)
        if open_worker(
            worker, duty.kernel, 1, datagram_max, WORKER_WORDS + backends * LINK_WORDS
        ) < 0:
            raise MemoryError
        open_nap(&worker.nap, max_delay_ns, 1 << 23, 0)
        set_descriptor(worker, 0, LISTENER_FD)
        set_descriptor(worker, 1, WAKEUP_FD)
        for i in range(backends):
            settings = LinkSettings(i, False, max_payload, queue_bytes, 30_000_000_000)
            if open_link(
                &duty.links[i], &settings, duty.kernel, &duty.outbox,
                link_counters(&worker.counters, i),
            ) < 0:
                raise MemoryError

    def __dealloc__(self):
        if self.duty.links != NULL:
            for i in range(self.duty.link_count):
                close_link(&self.duty.links[i])
        free(self.duty.links)
        free(self.duty.scratch)
        close_worker(&self.worker)

    def read(self):
        """Read one batch; return whether the socket is drained."""
        cdef uint64_t datagrams = 0
        use_script(self.script)
        return bool(read_listeners(&self.worker, &datagrams))

    def run(self, uint64_t stop_at_ns, uint64_t stop_by_ns):
        """Run the loop until the order to stop, which comes at a time, has been obeyed.

        It comes at once where the worker would sleep for ever.
        """
        use_script(self.script)
        self.script.stop_at_ns = stop_at_ns
        self.script.stop_by_ns = stop_by_ns
        self.script.stop_word = &self.worker.stop_by_ns
        run_worker(&self.worker)

    def adopt(self, Table table not None):
        """Go over to a new table."""
        use_script(self.script)
        self.replaced.append(self.table)
        self.table = table
        self.duty.published = table.c
        adopt_table(&self.duty)

    def flush(self):
        """Send what is packed or waits."""
        use_script(self.script)
        flush_links(&self.duty, self.worker.kernel.now_ns())

    def closes(self):
        """Tell whether the balance does: received = forwarded + dropped + waiting."""
        publish(&self.worker)
        return is_balanced(&self.duty)

    def lose_line(self):
        """Count a received line that never came: a fault for tests to find."""
        listener_counters(&self.worker.counters, 0).received_lines += 1

    def end(self):
        """Drop what waits, as at a stop."""
        use_script(self.script)
        end_links(&self.duty)

    def counts(self):
        """Publish, and return what the face's `counters` does, for one listener."""
        publish(&self.worker)
        listener = listener_counters(&self.worker.counters, 0)
        return (
            reasons(&worker_counters(&self.worker.counters).dropped_lines[0]),
            {
                "received_datagrams": listener.received_datagrams,
                "received_lines": listener.received_lines,
                "receive_errors": listener.receive_errors,
                "truncated_datagrams": listener.truncated_datagrams,
            },
            [
                link_counts(link_counters(&self.worker.counters, i))
                for i in range(self.duty.link_count)
            ],
        )


cdef tuple link_counts(const LinkCounters *counters):
    """Return a link's counts, and its reason -> lines dropped, those that came."""
    return {
        "forwarded_lines": counters.forwarded_lines,
        "forwarded_datagrams": counters.forwarded_datagrams,
        "forwarded_bytes": counters.forwarded_bytes,
        "refused_datagrams": counters.refused_datagrams,
        "waiting_lines": counters.waiting_lines,
        "queued_lines": counters.queued_lines,
    }, reasons(&counters.dropped_lines[0])


cdef bint is_balanced(Forwarding *duty) noexcept nogil:
    """Tell whether the published balance closes."""
    cdef Block *counters = duty.counters
    cdef const LinkCounters *link
    cdef uint64_t out = dropped(&worker_counters(counters).dropped_lines[0])
    for i in range(duty.link_count):
        link = link_counters(counters, i)
        out += link.forwarded_lines + dropped(&link.dropped_lines[0])
    out += count_waiting(duty)
    return listener_counters(counters, 0).received_lines == out


cdef uint64_t count_waiting(Forwarding *duty) noexcept nogil:
    """Return the published lines that wait."""
    cdef uint64_t lines = 0
    for i in range(duty.link_count):
        lines += link_counters(duty.counters, i).waiting_lines
    return lines


cdef uint64_t dropped(const uint64_t *words) noexcept nogil:
    """Return the lines dropped, whatever the reason."""
    cdef uint64_t lines = 0
    for i in range(CARRIED + 1, REASON_COUNT):
        lines += words[i]
    return lines


cdef dict reasons(const uint64_t *words):
    """Return reason -> lines, those that came."""
    return {
        reason.name: words[i] for i, reason in enumerate(REASONS_TABLE, 1) if words[i]
    }
