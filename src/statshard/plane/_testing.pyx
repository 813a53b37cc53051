"""Doors for tests onto the plane's pure functions. Nothing but tests may use them."""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free, malloc

from statshard.plane.counters cimport (
    CARRIED,
    LINK_WORDS,
    WORKER_WORDS,
    Block,
    close_block,
    open_block,
    publish_block,
    read_block,
)
from statshard.plane.generator cimport due_at
from statshard.plane.hash cimport djb2 as hash_djb2
from statshard.plane.hash cimport xxh64 as hash_xxh64
from statshard.plane.key cimport Scratch, Span, embedded_key, name_key
from statshard.plane.line cimport Line, judge_line, next_line
from statshard.plane.nap cimport Nap, is_busy, nap_ns, note_cycle, open_nap
from statshard.plane.packer cimport (
    Packed,
    Packer,
    append_line,
    clear_packer,
    close_packer,
    cut_datagram,
    open_packer,
)
from statshard.plane.slots cimport SLOT_COUNT
from statshard.plane.stamp cimport STAMP_SIZE, Stamp, read_stamp, write_stamp
from statshard.plane.table cimport Table

from statshard.plane.counters import REASONS_TABLE


def split_lines(bytes datagram):
    """Return the lines of a datagram."""
    cdef const unsigned char *at = datagram
    cdef const unsigned char *end = at + len(datagram)
    cdef Line line
    lines = []
    while next_line(&at, end, &line):
        lines.append(line.start[:line.end - line.start])
    return lines


def refusal(bytes line):
    """Return why a line is refused, None where it is carried."""
    cdef Line c = line_of(line)
    reason = judge_line(&c)
    return None if reason == CARRIED else REASONS_TABLE[reason - 1].name


def key(bytes line, str shard_by):
    """Return the bytes of a line that are hashed."""
    cdef Line c = line_of(line)
    cdef Span span
    cdef Scratch *scratch = <Scratch *> malloc(sizeof(Scratch))
    judge_line(&c)
    span = name_key(&c, scratch) if shard_by == "name" else embedded_key(&c, scratch)
    found = span.start[:span.end - span.start]
    free(scratch)
    return found


def xxh64(bytes data, uint64_t seed):
    """Return XXH64."""
    cdef const unsigned char *start = data
    return hash_xxh64(start, start + len(data), seed)


def djb2(bytes data):
    """Return djb2 over code points."""
    cdef const unsigned char *start = data
    return hash_djb2(start, start + len(data))


def slots(list backends):
    """Return the index of each slot's owner, for backends of (name, weight)."""
    cdef Table table = Table("rendezvous", "name", backends, 1)
    return [table.c.owners[slot] for slot in range(SLOT_COUNT)]


def pack(list lines, size_t limit):
    """Return the datagrams into which lines are packed."""
    cdef Packer packer
    cdef const unsigned char *start
    cdef bytes line
    datagrams = []
    assert open_packer(&packer, limit) == 0
    for line in lines:
        start = line
        if not append_line(&packer, start, start + len(line)):
            datagrams += packed(&packer)
            clear_packer(&packer)
            assert append_line(&packer, start, start + len(line))
    datagrams += packed(&packer)
    close_packer(&packer)
    return datagrams


def split(bytes datagram, size_t limit):
    """Return the pieces into which a packed datagram is cut under a smaller limit."""
    cdef const unsigned char *at = datagram
    cdef const unsigned char *end = at + len(datagram)
    cdef uint32_t lines = 0
    cdef size_t size
    pieces = []
    while at < end:
        size = cut_datagram(at, end - at, limit, &lines)
        piece = at[:size]
        assert lines == piece.count(b"\n") + 1
        pieces.append(piece)
        at += size + 1
    return pieces


def write_stamp_of(uint64_t number, uint64_t sent_us):
    """Return the digits of a line's number and time."""
    cdef unsigned char digits[STAMP_SIZE]
    write_stamp(digits, Stamp(number, sent_us))
    return digits[:STAMP_SIZE]


def read_stamp_of(bytes digits):
    """Return (number, us) of STAMP_SIZE bytes, None where they are no stamp."""
    cdef const unsigned char *start = digits
    cdef Stamp stamp
    assert len(digits) == STAMP_SIZE
    return (stamp.number, stamp.sent_us) if read_stamp(start, &stamp) else None


def due(uint64_t elapsed_ns, uint64_t rate):
    """Return how many datagrams are due after a time."""
    return due_at(elapsed_ns, rate)


cdef class NapDoor:
    """A nap's state; times in ns."""

    cdef Nap nap

    def __init__(self, uint64_t max_delay_ns, uint64_t buffer_bytes, uint64_t now_ns):
        open_nap(&self.nap, max_delay_ns, buffer_bytes, now_ns)

    def note_cycle(self, uint64_t datagrams, uint64_t woken_ns, uint64_t now_ns):
        """Take in a cycle."""
        note_cycle(&self.nap, datagrams, woken_ns, now_ns)

    def nap_ns(self):
        """Return how long to sleep now."""
        return nap_ns(&self.nap)

    def is_busy(self):
        """Tell whether a nap will find datagrams in any case."""
        return bool(is_busy(&self.nap, nap_ns(&self.nap)))


cdef class BlockDoor:
    """The words of a worker with so many links, all set to one number."""

    cdef Block block

    def __cinit__(self, size_t links):
        if open_block(&self.block, 0, WORKER_WORDS + links * LINK_WORDS) < 0:
            raise MemoryError

    def __dealloc__(self):
        close_block(&self.block)

    def publish_numbers(self, uint64_t count):
        """Publish 1, 2, ... up to `count`; holds no GIL meanwhile."""
        with nogil:
            for number in range(1, count + 1):
                for i in range(self.block.words):
                    self.block.own[i] = number
                publish_block(&self.block)

    def set_sequence(self, uint64_t sequence):
        """Leave the block as it is at a step of the sequence."""
        self.block.sequence = sequence

    def read(self):
        """Return the least and the greatest word; None where the worker wrote."""
        cdef uint64_t least, most
        cdef uint64_t *words
        cdef bint is_whole
        words = <uint64_t *> malloc(self.block.words * sizeof(uint64_t))
        if words == NULL:
            raise MemoryError
        try:
            is_whole = read_block(&self.block, words)
            if not is_whole:
                return None
            least = most = words[0]
            for i in range(self.block.words):
                least = min(least, words[i])
                most = max(most, words[i])
            return least, most
        finally:
            free(words)


cdef Line line_of(bytes line):
    """Return the struct of a line; its bytes stay the object's."""
    cdef const unsigned char *start = line
    return Line(start, start + len(line), NULL)


cdef list packed(const Packer *packer):
    """Return a packer's datagrams."""
    cdef Packed row
    datagrams = []
    for i in range(packer.count):
        row = packer.datagrams[i]
        datagrams.append(packer.bytes[row.start:row.start + row.size])
    return datagrams
