"""Doors for tests onto what reads samples. Nothing but tests may use them."""
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc

from statshard.plane.grammar cimport find_grammar
from statshard.plane.javascript cimport read_number, trimmed
from statshard.plane.key cimport Span
from statshard.plane.line cimport Line, judge_line, next_line
from statshard.plane.number cimport take_decimal
from statshard.plane.sample cimport (
    COUNTER,
    GAUGE,
    GAUGE_DELTA,
    GOOD,
    SET,
    TIMER,
    Grammar,
    Sample,
    SampleReason,
    Samples,
    next_sample,
    open_samples,
)
from statshard.plane.series_name cimport (
    Naming,
    NameRoom,
    open_naming,
)
from statshard.plane.series_name cimport series_name as name_of
from statshard.plane.siphash cimport SipKey, siphash13
from statshard.plane.siphash cimport siphash as hash_of

from statshard.plane.sample import SAMPLE_REASONS_TABLE

cdef dict KINDS = {
    COUNTER: "counter",
    GAUGE: "gauge",
    GAUGE_DELTA: "gauge_delta",
    TIMER: "timer",
    SET: "set",
}


def decimal(bytes text not None):
    """Return the number that the whole text is, None where it is none."""
    cdef const unsigned char *at = text
    cdef const unsigned char *end = at + len(text)
    cdef double value = 0
    return value if take_decimal(&at, end, &value) and at == end else None


def javascript(bytes text not None):
    """Return what Number() makes of a text, None for NaN."""
    cdef const unsigned char *start = text
    cdef double value = 0
    return value if read_number(start, start + len(text), &value) else None


def trim(bytes text not None):
    """Return a text without JavaScript's spaces at its ends."""
    cdef const unsigned char *start = text
    cdef Span span = trimmed(start, start + len(text))
    return span.start[:span.end - span.start]


def siphash(bytes octets not None, bytes key not None, rounds=(1, 3)):
    """Return SipHash under a key of 16 bytes."""
    cdef const unsigned char *start = octets
    cdef SipKey c_key = SipKey(
        int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    )
    return hash_of(&c_key, start, start + len(octets), rounds[0], rounds[1])


def read_samples(bytes line not None, str compat not None):
    """Return the samples of a line in order; a refused one as its reason."""
    cdef Line c = line_of(line)
    return samples_of(&c, compat)


def series_name(bytes line not None, str compat not None, bint sanitizes=True):
    """Return the key of a line's series, None where it has no name."""
    cdef Line c = line_of(line)
    return name_of_line(&c, compat, sanitizes)


def read_lines(bytes datagram not None, str compat not None):
    """Return (name, samples) of each line, read where it stands in the datagram."""
    cdef const unsigned char *at = datagram
    cdef const unsigned char *end = at + len(datagram)
    cdef Line line
    found = []
    while next_line(&at, end, &line):
        found.append((name_of_line(&line, compat, True), samples_of(&line, compat)))
    return found


def read_often(bytes datagram not None, str compat not None, size_t times):
    """Read a datagram so often, as a worker does up to the tables; what bench times.

    Returns (good samples, refused ones, the hashes of the series' names added up).
    """
    cdef const unsigned char *start = datagram
    cdef const unsigned char *end = start + len(datagram)
    cdef const Grammar *grammar = find_grammar(compat)
    cdef Reading reading = Reading(0, 0, 0)
    cdef Naming naming
    cdef NameRoom *room = <NameRoom *> malloc(sizeof(NameRoom))
    if room == NULL:
        raise MemoryError
    open_naming(&naming, compat, True)
    with nogil:
        for _ in range(times):
            read_datagram(start, end, grammar, &naming, room, &reading)
    free(room)
    return reading.good, reading.refused, reading.hashes


cdef struct Reading:
    uint64_t good         # samples
    uint64_t refused
    uint64_t hashes       # of all names, added up


cdef void read_datagram(
    const unsigned char *at,
    const unsigned char *end,
    const Grammar *grammar,
    const Naming *naming,
    NameRoom *room,
    Reading *reading,
) noexcept nogil:
    """Read all samples of a datagram, and hash the name of each series."""
    cdef SipKey key = SipKey(1, 2)
    cdef Line line
    cdef Samples samples
    cdef Sample sample
    cdef SampleReason reason
    cdef Span name
    while next_line(&at, end, &line):
        judge_line(&line)
        reason = open_samples(&samples, &line, grammar)
        if reason != GOOD:
            reading.refused += 1
            continue
        name = name_of(&samples, naming, room)
        reading.hashes += siphash13(&key, name.start, name.end)
        while next_sample(&samples, &sample, &reason):
            if reason == GOOD:
                reading.good += 1
            else:
                reading.refused += 1


cdef list samples_of(Line *line, str compat):
    """Return the samples of a line as Python objects."""
    cdef Samples samples
    cdef Sample sample
    cdef SampleReason reason
    judge_line(line)
    reason = open_samples(&samples, line, find_grammar(compat))
    if reason != GOOD:
        return [SAMPLE_REASONS_TABLE[reason - 1].name]
    found = []
    while next_sample(&samples, &sample, &reason):
        if reason != GOOD:
            found.append(SAMPLE_REASONS_TABLE[reason - 1].name)
        elif sample.kind == SET:
            member = sample.member[:sample.member_end - sample.member]
            found.append(("set", 0.0, sample.scale, member))
        else:
            found.append((KINDS[sample.kind], sample.value, sample.scale, b""))
    return found


cdef object name_of_line(Line *line, str compat, bint sanitizes):
    """Return the key of a line's series, or None."""
    cdef Samples samples
    cdef Naming naming
    cdef NameRoom *room
    cdef Span name
    judge_line(line)
    open_naming(&naming, compat, sanitizes)
    if open_samples(&samples, line, find_grammar(compat)) != GOOD:
        return None
    room = <NameRoom *> malloc(sizeof(NameRoom))
    if room == NULL:
        raise MemoryError
    name = name_of(&samples, &naming, room)
    found = None if name.start == NULL else name.start[:name.end - name.start]
    free(room)
    return found


cdef Line line_of(bytes line):
    """Return the struct of a line; its bytes stay the object's."""
    cdef const unsigned char *start = line
    return Line(start, start + len(line), NULL)
