"""Table: the face's handle of a routing table; plane shows it to the rest.

It is filled here, once, and nothing changes it afterwards: any number of workers and
checkers read it. `changed` makes another one. Questions about single lines are answered
by the code that the workers run. Must not know: sockets, who publishes.
"""
cimport cython
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

from statshard.plane.build cimport Former, Positions, fill_table
from statshard.plane.counters cimport CARRIED
from statshard.plane.jump cimport fnv1a_64
from statshard.plane.key cimport Scratch, Span, close_scratch, open_scratch
from statshard.plane.labels cimport Label, count_lines, label_lines
from statshard.plane.line cimport Line, judge_line
from statshard.plane.ring cimport POINTS_MAX, TOO_MANY
from statshard.plane.route cimport (
    BACKENDS_MAX,
    NO_BACKEND,
    OF_POINTS,
    OF_SLOTS,
    RoutingTable,
    close_table,
    open_table,
    place_line,
)
from statshard.plane.slots cimport GONE, SLOT_COUNT, Contender

cdef enum: LINE_MAX = 65535    # bytes: no line is longer than a datagram


cdef class Table:
    """An immutable routing table: which backend, by its index, gets a line.

    Table(hash_name, shard_by, backends, generation=1, *, hash_prefix=b"", shard_map=(),
          out=())
      backends     (name, node, weight), in the order of their indices: what rendezvous
                   goes by, what rings of other programs go by (bytes), above 0
      generation   the number under which it is published
      hash_prefix  of `jump`: the key is hashed behind it and a '.'
      shard_map    of `murmur3`: the indices by position; empty: each once, in order
      out          the indices that get nothing now (policy rehash)
    Raises ValueError for an unknown hash or key, for no backend or too many, for a
    weight, an index or an option that cannot be, for a ring of too many points.
    """

    def __cinit__(
        self,
        str hash_name not None,
        str shard_by not None,
        object backends not None,
        uint64_t generation=1,
        *,
        bytes hash_prefix=b"",
        object shard_map=(),
        object out=(),
        Table former=None,
    ):
        self.words = (hash_name, shard_by, bytes(hash_prefix), tuple(shard_map))
        self.backends = [(bytes(name), bytes(node), w) for name, node, w in backends]
        self.out = frozenset(out)
        refuse_impossible(self)
        self.c = open_table(hash_name, shard_by)
        self.c.generation = generation
        if hash_prefix:
            self.c.seed = seed_behind(self.c.seed, hash_prefix + b".")
        fill(self, former)

    def __dealloc__(self):
        close_table(self.c)
        close_scratch(self.scratch)

    @property
    def generation(self):
        """The number under which this table is published."""
        return self.c.generation

    @property
    def count(self):
        """How many backends there are, those that are out too."""
        return self.c.count

    def changed(self, object backends not None, uint64_t generation, *, object out=()):
        """Return a table of the same hash and key with other backends, or others out.

        What both have in common is taken over: with rendezvous only the slots are
        filled again that a backend has lost or won.
        """
        hash_name, shard_by, hash_prefix, shard_map = self.words
        return Table(
            hash_name, shard_by, backends, generation,
            hash_prefix=hash_prefix, shard_map=shard_map, out=out, former=self,
        )

    def pick(self, bytes line not None):
        """Return the index of a line's backend; -1: it is refused, or none is in.

        The line is taken as it is: without what ended it, a LF or a CR and a LF.
        """
        with cython.critical_section(self):
            return self.find(line)

    def pick_many(self, object lines not None):
        """Return the index for each of some lines, as `pick` does."""
        with cython.critical_section(self):
            return [self.find(line) for line in lines]

    def key(self, bytes line not None):
        """Return the bytes that are hashed for a line, carried or not."""
        cdef Line c
        cdef Span key
        cdef bytes prefix = self.words[2] + b"." if self.words[2] else b""
        judge_any(line, &c)
        with cython.critical_section(self):
            key = self.c.key_of(&c, self.room())
            return prefix + key.start[:key.end - key.start]

    def hash(self, bytes line not None):
        """Return the number that a line's key hashes to, carried or not.

        32 bits for etsy, ketama and libketama (the first of the MD5, little-endian) and
        murmur3; 64 for the others.
        """
        cdef Line c
        cdef Span key
        judge_any(line, &c)
        with cython.critical_section(self):
            key = self.c.key_of(&c, self.room())
            return self.c.row.hash_of(key.start, key.end, self.c.seed)

    def place(self, uint64_t number):
        """Return the index for a number that `hash` gave; -1 where none is in.

        Also -1 where djb2, jump or murmur3 come to one that is out: the key decides
        then, which `pick` knows.
        """
        if self.c.settle == NULL:
            return self.c.owners[self.c.row.slot_of(self.c, number)]
        with cython.critical_section(self):
            return index_of(self.c.settle(self.c, NULL, number, self.room()))

    def slot(self, uint64_t number):
        """Return a number's slot: of 65 536, of a ring's points, of the positions.

        For positions, whoever is out. Raises ValueError where a ring has no point.
        """
        if self.c.slots == 0:
            raise ValueError("no backend is in: the ring has no points")
        return self.c.row.slot_of(self.c, number)

    def owners(self):
        """Return the owners of rendezvous' slots, as 65 536 little-endian uint16.

        Of other hashes, and where no backend is in: nothing.
        """
        if self.c.row.slots != OF_SLOTS or self.c.live == 0:
            return b""
        return b"".join(
            [self.c.owners[slot].to_bytes(2, "little") for slot in range(SLOT_COUNT)]
        )

    def points(self):
        """Return the (value, index) of a ring's points, sorted; of others, none."""
        if self.c.row.slots != OF_POINTS:
            return []
        return [
            (self.c.ring.values[i], self.c.owners[i]) for i in range(self.c.slots)
        ]

    def label_lines(self, bytes text not None, object names not None):
        """Return each line of a text as NAME TAB LINE LF, by the names of the indices.

        '-' stands for the name where a line is refused or none is in. Lines end at LFs,
        a CR before one is left out, empty ones are no lines. Holds no GIL meanwhile.
        Raises ValueError for another number of names than backends, and MemoryError.
        """
        own = tuple(names)
        if len(own) != <Py_ssize_t> self.c.count:
            raise ValueError(f"{len(own)} names, {self.c.count} backends")
        return label(self.c, text, own)

    cdef int find(self, bytes line) except -2:
        """Do what `pick` does."""
        cdef Line c
        cdef Scratch *scratch = self.room()
        if not take_line(line, &c) or judge_line(&c) != CARRIED:
            return -1
        return index_of(place_line(self.c, &c, scratch))

    cdef Scratch *room(self) except NULL:
        """Return the room for keys, which is there once it is asked for."""
        if self.scratch == NULL:
            self.scratch = open_scratch()
            if self.scratch == NULL:
                raise MemoryError
        return self.scratch


cdef int refuse_impossible(Table table) except -1:
    """Raise ValueError for what no table can be made of."""
    hash_name, _, hash_prefix, shard_map = table.words
    cdef Py_ssize_t count = len(table.backends)
    if not 1 <= count <= BACKENDS_MAX:
        raise ValueError(f"{count} backends: 1 to {BACKENDS_MAX} are possible")
    for name, _, weight in table.backends:
        if not 0 < weight < float("inf"):
            raise ValueError(f"the weight of {name!r}, {weight!r}, is not above 0")
    if hash_prefix and hash_name != "jump":
        raise ValueError(f"a hash_prefix with {hash_name!r}: only jump has one")
    if shard_map and hash_name != "murmur3":
        raise ValueError(f"a shard_map with {hash_name!r}: only murmur3 has one")
    for index in (*shard_map, *table.out):
        if not 0 <= index < count:
            raise ValueError(f"no backend has the index {index!r}: {count} backends")
    return 0


cdef uint64_t seed_behind(uint64_t seed, bytes prefix) noexcept:
    """Return the state of jump's hash behind a prefix."""
    cdef const unsigned char *start = prefix
    return fnv1a_64(start, start + len(prefix), seed)


cdef int fill(Table table, Table former) except -1:
    """Fill a table from its backends, and from a former one of the same hash."""
    cdef size_t count = len(table.backends)
    places = table.words[3] or range(<Py_ssize_t> count)
    cdef Positions positions = Positions(NULL, <uint32_t> len(places))
    cdef Former before = Former(NULL, NULL)
    cdef Contender *contenders = <Contender *> calloc(count, sizeof(Contender))
    cdef uint32_t *by_position = NULL
    cdef uint32_t *now_of = NULL
    cdef int status
    try:
        by_position = words_of(list(places))
        positions.backends = by_position
        if former is not None:
            now_of = words_of(list_survivors(former, table, places))
            before = Former(former.c, now_of)
        if contenders == NULL:
            raise MemoryError
        lay_out(contenders, table)
        with nogil:
            status = fill_table(table.c, contenders, count, &positions, &before)
    finally:
        free(contenders)
        free(by_position)
        free(now_of)
    if status == TOO_MANY:
        raise ValueError(f"a ring of more than {POINTS_MAX} points: lower the weights")
    if status < 0:
        raise MemoryError
    return 0


cdef int lay_out(Contender *contenders, Table table) except -1:
    """Write the backends as placements see them; the bytes stay the table's."""
    cdef bytes name, node
    for i, (name, node, weight) in enumerate(table.backends):
        contenders[i].name = name
        contenders[i].name_end = contenders[i].name + len(name)
        contenders[i].node = node
        contenders[i].node_end = contenders[i].node + len(node)
        contenders[i].weight = weight
        contenders[i].is_out = i in table.out
    return 0


cdef list list_survivors(Table former, Table table, object places):
    """Return what each backend of a former table is now: an index, or GONE."""
    cdef uint32_t gone = GONE
    named = set(places)
    now = {
        (name, weight): i
        for i, (name, _, weight) in enumerate(table.backends)
        if i not in table.out and i in named
    }
    return [
        now.get((name, weight), gone) if i not in former.out else gone
        for i, (name, _, weight) in enumerate(former.backends)
    ]


cdef uint32_t *words_of(list numbers) except NULL:
    """Return numbers as words."""
    cdef uint32_t *words = <uint32_t *> malloc((len(numbers) + 1) * sizeof(uint32_t))
    if words == NULL:
        raise MemoryError
    for i in range(len(numbers)):
        words[i] = numbers[i]
    return words


cdef bint take_line(bytes line, Line *c) noexcept:
    """Find the bytes of a line, which stay the object's; False: too few or too many."""
    c.start = line
    c.end = c.start + len(line)
    return 0 < len(line) <= LINE_MAX


cdef int judge_any(bytes line, Line *c) except -1:
    """Find and judge the bytes of a line, be it one or not; ValueError: too long."""
    take_line(line, c)
    if len(line) > LINE_MAX:
        raise ValueError(f"{len(line)} bytes: no line has more than {LINE_MAX}")
    judge_line(c)
    return 0


cdef int index_of(uint32_t backend) noexcept:
    """Return an index as Python sees it."""
    return -1 if backend == NO_BACKEND else <int> backend


cdef bytes label(const RoutingTable *table, bytes text, tuple names):
    """Do what Table.label_lines does."""
    cdef const unsigned char *start = text
    cdef const unsigned char *end = start + len(text)
    cdef Label *labels = <Label *> malloc(len(names) * sizeof(Label))
    cdef unsigned char *out = NULL
    cdef Scratch *scratch = open_scratch()
    cdef size_t longest = 1
    cdef size_t size
    cdef bytes name
    try:
        if labels == NULL or scratch == NULL:
            raise MemoryError
        for i in range(len(names)):
            name = names[i]
            labels[i] = Label(<const unsigned char *> name, len(name))
            longest = max(longest, labels[i].size)
        out = <unsigned char *> malloc(
            len(text) + count_lines(start, end) * (longest + 2)
        )
        if out == NULL:
            raise MemoryError
        with nogil:
            size = label_lines(table, start, end, labels, out, scratch)
        return out[:size]
    finally:
        free(labels)
        free(out)
        close_scratch(scratch)
