"""Load: the plane's face for loads, apart from the others' as aggregation.pyx is.

`Traffic` says what is sent, `Generator` sends it, `Checker` receives and holds what
came against it. `run` is called by a Python thread of its own, everything else by the
control thread. Sockets and the eventfd are handed in and stay the caller's; they must
stay open until `run` has returned.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc

from statshard.plane.checker cimport Checker as CheckerState
from statshard.plane.checker cimport close_checker, open_checker, run_checker
from statshard.plane.generator cimport Generator as GeneratorState
from statshard.plane.generator cimport close_generator, open_generator, run_generator
from statshard.plane.kernel cimport system_kernel
from statshard.plane.stamp cimport NUMBERS, STAMP_SIZE
from statshard.plane.sys.atomic cimport load_relaxed, store_release
from statshard.plane.sys.wait cimport POLLIN, pollfd
from statshard.plane.table cimport Table
from statshard.plane.tally cimport (
    DELAY_BUCKETS,
    PORTS_MAX,
    has_arrived,
    open_tally,
    settle,
    tally_datagram,
)
from statshard.plane.traffic cimport (
    BLOCK,
    NAMES_MAX,
    PROCESSES_MAX,
    QUANTILES,
    RANK_BITS,
    Text,
)
from statshard.plane.traffic cimport (
    close_traffic,
    datagram_of,
    index_texts,
    is_stamped,
    pick_drawn,
    pick_in_order,
    sender_of,
    write_datagram,
    write_stamped,
    write_text,
)

from os import strerror

# What the numbers of the format allow.
LIMITS = {
    "numbers": NUMBERS,
    "names": NAMES_MAX,
    "block": BLOCK,
    "processes": PROCESSES_MAX,
    "ports": PORTS_MAX,
    "quantiles": QUANTILES,
    "rank_bits": RANK_BITS,
}
COUNT_NAMES = (
    "datagrams",
    "bytes",
    "lines",
    "found",
    "arrived",
    "altered",
    "duplicated",
    "misplaced",
    "misplaced_names",
    "wrong",
    "out_of_order",
    "foreign",
)


cdef class Traffic:
    """What is sent: which line is the n-th, who sends it, what its bytes are.

    Traffic(names, lines=, senders=, ...)
      names         names, or texts, that there are
      lines         lines of a datagram
      senders       sockets that send, a block of datagrams each in turn
      processes     that share the senders evenly: sender s is of s modulo processes
      ends_with_lf  whether each datagram ends with an LF
      quantiles     ranks in 1 / 2^16, at the 4097 borders of 4096 equal shares; empty:
                    names are not drawn
      head          stamped lines: what a name begins with
      suffixes      stamped lines: what follows the value, taken by the name in turn
      texts         lines as they are given, each once; empty: lines are stamped
      groups        for each text a number that those of its key share, below `names`
      order         the texts that are sent, in their order; empty: they are drawn

    Raises MemoryError.
    """

    def __cinit__(
        self,
        uint64_t names,
        *,
        uint64_t lines,
        uint64_t senders,
        uint64_t processes=1,
        bint ends_with_lf=False,
        tuple quantiles=(),
        bytes head=b"",
        tuple suffixes=(),
        tuple texts=(),
        tuple groups=(),
        tuple order=(),
    ):
        self.c.names = names
        self.c.lines = lines
        self.c.senders = senders
        self.c.processes = processes
        self.c.ends_with_lf = ends_with_lf
        self.c.pick = pick_in_order if order else pick_drawn
        for i, rank in enumerate(quantiles):
            self.c.quantiles[i] = rank
        self.kept = [head, suffixes, texts]
        if texts:
            self.take_texts(texts, groups, order)
        else:
            self.take_suffixes(head, suffixes)

    cdef int take_suffixes(self, bytes head, tuple suffixes) except -1:
        """Set what stamped lines are made of."""
        self.c.write_line = write_stamped
        self.c.head = Text(<const unsigned char *> head, len(head))
        self.c.digits = len(str(self.c.names - 1))
        self.c.suffix_count = len(suffixes)
        self.c.suffixes = texts_of(suffixes)
        widest = max(map(len, suffixes))
        line = len(head) + self.c.digits + 1 + STAMP_SIZE + widest
        self.datagram_max = (line + 1) * self.c.lines - (not self.c.ends_with_lf)
        return 0

    cdef int take_texts(self, tuple texts, tuple groups, tuple order) except -1:
        """Set lines that are sent as they are given."""
        self.c.write_line = write_text
        self.c.texts = texts_of(texts)
        self.c.groups = words_of(groups)
        self.c.order = words_of(order)
        self.c.order_count = len(order)
        if index_texts(&self.c) < 0:
            raise MemoryError
        longest = max(map(len, texts))
        self.datagram_max = (longest + 1) * self.c.lines - (not self.c.ends_with_lf)
        return 0

    def __dealloc__(self):
        close_traffic(&self.c)

    @property
    def is_stamped(self):
        """Whether each line carries its number and time of sending."""
        return bool(is_stamped(&self.c))

    def datagram(self, uint64_t number, uint64_t sent_us):
        """Return a datagram by its number, as if sent at a time (us, modulo 10 s)."""
        cdef bytearray room = bytearray(self.datagram_max + 1)
        cdef unsigned char *to = room
        return bytes(room[:write_datagram(&self.c, number, sent_us, to)])

    def number(self, uint64_t process, uint64_t turn):
        """Return the number of a process's datagram, by its turn there, from 0."""
        return datagram_of(&self.c, process, turn)

    def place(self, uint64_t line):
        """Return (sender, name) of a line, by their places."""
        return sender_of(&self.c, line), self.c.pick(&self.c, line)


cdef Text *texts_of(tuple given) except NULL:
    """Return the places and sizes of some bytes, which stay their owners'."""
    cdef Text *texts = <Text *> calloc(len(given), sizeof(Text))
    cdef bytes text
    if texts == NULL:
        raise MemoryError
    for i in range(len(given)):
        text = given[i]
        texts[i] = Text(<const unsigned char *> text, len(text))
    return texts


cdef uint32_t *words_of(tuple numbers) except NULL:
    """Return numbers as words."""
    cdef uint32_t *words = <uint32_t *> calloc(len(numbers) + 1, sizeof(uint32_t))
    if words == NULL:
        raise MemoryError
    for i in range(len(numbers)):
        words[i] = numbers[i]
    return words


cdef class Generator:
    """Sends the datagrams of a traffic that are one process's, in order, at a rate.

    Generator(traffic, senders, process): `senders` are the descriptors of connected,
    non-blocking UDP sockets, as many as the traffic has for each process. Raises
    ValueError for another number of them, and MemoryError.
    """

    cdef GeneratorState c
    cdef Traffic traffic

    def __cinit__(
        self, Traffic traffic not None, list senders, uint64_t process=0
    ):
        cdef Py_ssize_t wanted = traffic.c.senders // traffic.c.processes
        if len(senders) != wanted:
            raise ValueError(f"{len(senders)} sockets, {wanted} senders")
        self.traffic = traffic
        self.c.process = process
        self.c.kernel = system_kernel()
        if open_generator(&self.c, &traffic.c, traffic.datagram_max) < 0:
            raise MemoryError
        for i, fd in enumerate(senders):
            self.c.descriptors[i] = fd

    def __dealloc__(self):
        close_generator(&self.c)

    def run(self, uint64_t count, uint64_t rate):
        """Send the next `count` datagrams, `rate` in a second, or until `stop`.

        Holds no GIL meanwhile. Raises OSError where one cannot be sent.
        """
        cdef int status
        with nogil:
            status = run_generator(&self.c, count, rate)
        if status < 0:
            raise OSError(-status, strerror(-status))

    def stop(self):
        """Tell `run` to end; it will send no more."""
        store_release(&self.c.stop, 1)

    def counts(self):
        """Return (datagrams, held, refused) since the start; any thread may ask.

        Datagrams that the kernel took; sends that it could not take at once; ICMP
        errors that came back.
        """
        return (
            load_relaxed(&self.c.sent),
            load_relaxed(&self.c.held),
            load_relaxed(&self.c.refused),
        )

    def span_ns(self):
        """Return when the last `run` began and ended, on the monotonic clock.

        Any thread may ask; while it runs, the end is that of the run before.
        """
        return load_relaxed(&self.c.began_ns), load_relaxed(&self.c.ended_ns)


cdef class Checker:
    """Receives on some ports and holds what comes against a traffic.

    Checker(traffic, ports, wake, table): `ports` are the descriptors of bound,
    non-blocking UDP sockets, `wake` that of a non-blocking eventfd; by `table` lines
    belong to the ports, in their order, if that is known. Raises MemoryError.
    """

    cdef CheckerState c
    cdef Traffic traffic
    cdef Table table

    def __cinit__(
        self, Traffic traffic not None, list ports, int wake, Table table=None
    ):
        self.traffic = traffic
        self.table = table
        self.c.kernel = system_kernel()
        if open_checker(&self.c, len(ports)) < 0:
            raise MemoryError
        if open_tally(
            &self.c.tally, &traffic.c, NULL if table is None else table.c
        ) < 0:
            raise MemoryError
        for i, fd in enumerate([*ports, wake]):
            self.c.descriptors[i] = pollfd(fd, POLLIN, 0)

    def __dealloc__(self):
        close_checker(&self.c)

    def run(self):
        """Receive until `stop`, and what is queued then; holds no GIL meanwhile."""
        with nogil:
            run_checker(&self.c)
        store_release(&self.c.stop, 0)

    def stop(self):
        """Tell `run` to end; wake it afterwards."""
        store_release(&self.c.stop, 1)

    def take(self, bytes datagram, uint32_t port, uint64_t at_us):
        """Take in a datagram as if it had come to a port (by place) at a time.

        While `run` does not run.
        """
        cdef const unsigned char *start = datagram
        tally_datagram(&self.c.tally, start, start + len(datagram), port, at_us)

    def lines(self):
        """Return how many lines have come, but for foreign ones; any thread may ask."""
        cdef uint64_t foreign = load_relaxed(&self.c.shown.foreign)
        return load_relaxed(&self.c.shown.lines) - foreign

    def counts(self, tuple sent):
        """Return the counts since the start by their names, while `run` does not run.

        `sent`: for each process how many datagrams it has sent in all.
        """
        cdef const uint64_t *words = <const uint64_t *> &self.c.tally.counts
        cdef uint64_t sent_words[PROCESSES_MAX]
        if len(sent) != <Py_ssize_t> self.traffic.c.processes:
            raise ValueError(f"{len(sent)} of {self.traffic.c.processes} processes")
        for i, datagrams in enumerate(sent):
            sent_words[i] = datagrams
        if settle(&self.c.tally, &sent_words[0]) < 0:
            raise MemoryError
        return {name: words[i] for i, name in enumerate(COUNT_NAMES)}

    def lost(
        self, uint64_t process, uint64_t first, uint64_t end, Py_ssize_t most
    ):
        """Return the first lines that have not arrived, by their numbers, at most some.

        Those of a process's datagrams [first, end), by their turns; of stamped lines,
        while `run` does not run.
        """
        cdef uint64_t lines = self.traffic.c.lines
        cdef uint64_t turn, number, i
        numbers = []
        for turn in range(first, end):
            number = datagram_of(&self.traffic.c, process, turn) * lines
            for i in range(lines):
                if not has_arrived(&self.c.tally, number + i):
                    numbers.append(number + i)
            if len(numbers) >= most:
                break
        return numbers[:most]

    def delays(self):
        """Return (lines by bucket, highest delay in us), and begin again with none.

        Bucket b holds delays of b us where b is below 128; each 64 buckets more stand
        for twice the width. While `run` does not run.
        """
        cdef uint64_t highest_us = self.c.tally.delay_max_us
        buckets = [self.c.tally.delays[i] for i in range(DELAY_BUCKETS)]
        for i in range(DELAY_BUCKETS):
            self.c.tally.delays[i] = 0
        self.c.tally.delay_max_us = 0
        return buckets, highest_us
