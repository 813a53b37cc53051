"""Collecting: the aggregation server's duty, from the lines that a worker reads to its
table of series.

    line -> samples (grammar) -> | seeking | -> | table of this interval |
            `-> refused, by reason  32 samples    ^
            events, checks ->       look up their swapped for an empty one at a flush,
            the table's raw lines   series at a   at the top of a batch
                                    time

The tables take memory in large pieces, as series come; a sample whose series finds no
room goes to the overflow of its type, and one for whose value a series finds none is
dropped as no_memory. The control thread reaches this through two words (collecting.pxd,
"Shared"). Must not know: sockets, sleeps, when a flush is due, what becomes of a table.
"""
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.counters cimport CARRIED, TRUNCATED, ListenerCounters, Reason
from statshard.plane.intake cimport (
    CHECKS,
    EVENTS,
    NO_MEMORY,
    NO_RAW_ROOM,
    NO_SINK,
    drop_line,
    drop_sample,
)
from statshard.plane.key cimport Span
from statshard.plane.line cimport Line, is_check, is_event, judge_line, next_line
from statshard.plane.overflow cimport note_overflow
from statshard.plane.sample cimport (
    COUNTER,
    GAUGE,
    GAUGE_DELTA,
    GOOD,
    NO_NAME,
    TIMER,
    Sample,
    SampleReason,
    Samples,
    next_sample,
    open_samples,
)
from statshard.plane.series cimport (
    COUNTERS,
    GAUGES,
    SETS,
    TIMERS,
    Series,
    SeriesTable,
    SeriesType,
    add_time,
    add_to_set,
    change_gauge,
    fetch_content,
    fetch_slot,
    find_series,
    keep_raw,
    peek_series,
    samples_of,
    set_gauge,
    typed_hash,
)
from statshard.plane.series_name cimport series_name
from statshard.plane.siphash cimport siphash13
from statshard.plane.sys.atomic cimport load_pointer, store_release
from statshard.plane.worker cimport Duty

# The type of the series that a sample goes to, in the order of its Kind.
cdef SeriesType[5] TYPE_OF = [COUNTERS, GAUGES, GAUGES, TIMERS, SETS]


cdef void adopt_interval(void *state) noexcept nogil:
    """Go over to the newest table; the one before is the control thread's then."""
    cdef Collecting *duty = <Collecting *> state
    cdef SeriesTable *newest
    newest = <SeriesTable *> load_pointer(<void **> &duty.published)
    if newest == duty.table:
        return
    duty.table = newest
    store_release(&duty.generation, newest.generation)


cdef void take_lines(
    void *state,
    ListenerCounters *listener,
    const unsigned char *start,
    const unsigned char *end,
    uint64_t arrived_ns,
) noexcept nogil:
    """Put the samples of each line of [start, end) into the table.

    Count all, and the refused by reason.
    """
    cdef Collecting *duty = <Collecting *> state
    cdef const unsigned char *at = start
    cdef Line line
    cdef Reason reason
    while next_line(&at, end, &line):
        listener.received_lines += 1
        reason = judge_line(&line)
        if not duty.tells_events:
            take_samples(duty, &line, arrived_ns)
        elif reason != CARRIED:
            drop_line(duty.counters, reason)
        elif line.start[0] == c'_' and (is_event(&line) or is_check(&line)):
            take_raw(duty, &line)
        else:
            take_samples(duty, &line, arrived_ns)


cdef void take_raw(Collecting *duty, const Line *line) noexcept nogil:
    """Keep an event or a check for the sinks; drop it where none of them takes any."""
    duty.counters.received_samples += 1
    if not duty.keeps_raw:
        duty.counters.dropped_samples[NO_SINK] += 1
    elif not keep_raw(duty.table, line.start, line.end):
        duty.counters.dropped_samples[NO_RAW_ROOM] += 1
    else:
        duty.counters.aggregated_samples[EVENTS if is_event(line) else CHECKS] += 1


cdef void take_samples(
    Collecting *duty, const Line *line, uint64_t arrived_ns
) noexcept nogil:
    """Begin to look up the series of each good sample of a line.

    The line's bytes must stay until place_seeking.
    """
    cdef Samples samples
    cdef Sample sample
    cdef Span name
    cdef uint64_t hash_
    cdef SampleReason reason = open_samples(&samples, line, duty.grammar)
    if reason != GOOD:
        drop_sample(duty.counters, reason)
        return
    name = series_name(&samples, &duty.naming, duty.room)
    if name.start == NULL:
        drop_sample(duty.counters, NO_NAME)
        return
    hash_ = siphash13(&duty.key, name.start, name.end)
    while next_sample(&samples, &sample, &reason):
        if reason != GOOD:
            drop_sample(duty.counters, reason)
        else:
            seek_series(duty, &sample, name, hash_, arrived_ns)
    if name.start != samples.name:
        # It was put together in the room, where the next one will be.
        place_seeking(duty, arrived_ns)


cdef void seek_series(
    Collecting *duty,
    const Sample *sample,
    Span name,
    uint64_t hash_,
    uint64_t arrived_ns,
) noexcept nogil:
    """Begin to look up the series of a sample, whose name's hash it is."""
    cdef Seeking *seeking = &duty.seeking[duty.seeking_count]
    seeking.sample = sample[0]
    seeking.name = name
    seeking.type = TYPE_OF[<int> sample.kind]
    seeking.hash = typed_hash(hash_, seeking.type)
    fetch_slot(duty.table, seeking.hash)
    duty.seeking_count += 1
    if duty.seeking_count == SEEKING_MAX:
        place_seeking(duty, arrived_ns)


cdef void place_seeking(void *state, uint64_t arrived_ns) noexcept nogil:
    """Put the samples that are being looked up, in order, into their series.

    In three rounds, so that what one of them waits for from memory is on its way while
    the others are seen to.
    """
    cdef Collecting *duty = <Collecting *> state
    cdef Series *likely[SEEKING_MAX]
    cdef uint32_t i
    for i in range(duty.seeking_count):
        likely[i] = peek_series(duty.table, duty.seeking[i].hash)
    for i in range(duty.seeking_count):
        if likely[i] != NULL:
            fetch_content(likely[i])
    for i in range(duty.seeking_count):
        place_sample(duty, &duty.seeking[i], arrived_ns)
    duty.seeking_count = 0


cdef void place_sample(
    Collecting *duty, const Seeking *seeking, uint64_t arrived_ns
) noexcept nogil:
    """Put a sample into its series; drop it where there is no memory."""
    cdef Series *series = find_series(
        duty.table, seeking.type, seeking.name.start, seeking.name.end, seeking.hash
    )
    duty.counters.received_samples += 1
    if series == NULL:
        spill_sample(duty, seeking, arrived_ns)
    elif fill_series(duty, series, &seeking.sample, arrived_ns):
        samples_of(series)[0] += 1
        duty.counters.aggregated_samples[seeking.type] += 1
    else:
        duty.counters.dropped_samples[NO_MEMORY] += 1


cdef void spill_sample(
    Collecting *duty, const Seeking *seeking, uint64_t arrived_ns
) noexcept nogil:
    """Put a sample whose series found no room into the overflow of its type.

    That needs no memory.
    """
    cdef SeriesTable *table = duty.table
    cdef Series *series = &table.overflow[seeking.type].series
    if seeking.sample.kind == GAUGE_DELTA:
        set_gauge(series, seeking.sample.value, arrived_ns)
    else:
        fill_series(duty, series, &seeking.sample, arrived_ns)
    note_overflow(table, seeking.type, seeking.name.start, seeking.name.end)
    duty.counters.aggregated_samples[seeking.type] += 1


cdef bint fill_series(
    Collecting *duty, Series *series, const Sample *sample, uint64_t arrived_ns
) noexcept nogil:
    """Do to a series what the sample says; False without memory."""
    if sample.kind == COUNTER:
        series.number += sample.value * sample.scale
        return True
    if sample.kind == TIMER:
        return add_time(duty.table, series, sample.value, sample.scale)
    if sample.kind == GAUGE:
        set_gauge(series, sample.value, arrived_ns)
        return True
    if sample.kind == GAUGE_DELTA:
        return change_gauge(duty.table, series, sample.value, arrived_ns)
    return add_to_set(
        duty.table,
        series,
        sample.member,
        sample.member_end,
        siphash13(&duty.key, sample.member, sample.member_end),
        &duty.key,
    )


cdef void drop_tail(void *state) noexcept nogil:
    """Drop, and count, the cut tail of a truncated datagram."""
    drop_line((<Collecting *> state).counters, TRUNCATED)


cdef void flush(void *state, uint64_t at_ns) noexcept nogil:
    """Do nothing: the control thread flushes."""


cdef bint has_waiting(const void *state) noexcept nogil:
    """Tell that nothing waits."""
    return False


cdef void note_state(void *state) noexcept nogil:
    """Do nothing: no counter shows a present state."""


cdef Duty COLLECTING
COLLECTING.adopt = adopt_interval
COLLECTING.take_lines = take_lines
COLLECTING.drop_tail = drop_tail
COLLECTING.settle = place_seeking
COLLECTING.flush = flush
COLLECTING.has_waiting = has_waiting
COLLECTING.end = adopt_interval
COLLECTING.note_state = note_state


cdef const Duty *collecting_duty() noexcept nogil:
    """Return the table of what the loop calls; the state is a Collecting."""
    return &COLLECTING
