"""Uniting: what is many of one series, of all workers, into its total.

    set     765 42 | 42 a b       -> 765 42 a b, at most `set_members`; else
                                     one HyperLogLog of all, and its estimate
    timer   at most `timer_values`   left to the fold, which sorts them
            else                     one DDSketch of all

Whether a series is a sketch is asked of all workers together, so that it does not
depend on how many there are. Memory comes from the totals' arena; the workers' tables
stay as they are. Must not know: when a fold is due, figures.
"""
from libc.math cimport round
from libc.stdint cimport uint64_t

from statshard.plane.arena cimport take
from statshard.plane.ddsketch cimport LEVELS_MAX, DDSketch, Level, merge_sketch
from statshard.plane.hyperloglog cimport (
    HyperLogLog,
    estimate_distinct,
    merge_hyperloglog,
)
from statshard.plane.members cimport Member, add_member
from statshard.plane.series cimport SETS, TIMERS, Series
from statshard.plane.sketching cimport (
    count_members,
    sketch_values,
    take_hyperloglog,
    take_sketch,
)
from statshard.plane.totals cimport Total, Totals


cdef bint unite_many(Totals *totals, Total *total) noexcept nogil:
    """Unite what is many of one series, but for the values of an exact timer.

    False without memory.
    """
    if total.type == SETS:
        return unite_set(totals, total)
    if total.type == TIMERS and (
        total.count > totals.bounds.timer_values or has_sketch(total)
    ):
        return sketch_all(totals, total)
    return True


cdef bint has_sketch(const Total *total) noexcept nogil:
    """Tell whether what a worker has of a series is a sketch."""
    cdef const Series *source = total.sources
    while source != NULL:
        if source.is_sketched:
            return True
        source = source.next
    return False


cdef bint sketch_all(Totals *totals, Total *total) noexcept nogil:
    """Put what the workers have of one timer into one sketch; False without memory."""
    cdef Series *source = total.sources
    if totals.levels == NULL:
        totals.levels = <Level *> take(&totals.arena, LEVELS_MAX * sizeof(Level))
    total.sketch = take_sketch(&totals.arena)
    if totals.levels == NULL or total.sketch == NULL:
        return False
    while source != NULL:
        if source.is_sketched:
            merge_sketch(
                total.sketch, <const DDSketch *> source.content.sketched.sketch
            )
        else:
            sketch_values(total.sketch, &source.content.values)
        source = source.next
    total.is_sketched = True
    return True


cdef bint unite_set(Totals *totals, Total *total) noexcept nogil:
    """Unite what the workers have of one set; False without memory."""
    if has_sketch(total):
        return count_all(totals, total)
    if not unite_members(totals, total):
        return False
    if total.members.count > totals.bounds.set_members:
        return count_all(totals, total)
    total.count = total.members.count
    return True


cdef bint count_all(Totals *totals, Total *total) noexcept nogil:
    """Estimate how many members all workers have seen; False without memory."""
    cdef HyperLogLog *counted = take_hyperloglog(&totals.arena)
    cdef Series *source = total.sources
    if counted == NULL:
        return False
    while source != NULL:
        if source.is_sketched:
            merge_hyperloglog(
                counted, <const HyperLogLog *> source.content.sketched.sketch
            )
        else:
            count_members(counted, &source.content.members, &totals.key)
        source = source.next
    total.members.first = total.members.last = NULL
    total.count = <uint64_t> round(estimate_distinct(counted))
    total.is_sketched = True
    return True


cdef bint unite_members(Totals *totals, Total *total) noexcept nogil:
    """Make the members of a set those of all workers', as far as they are kept.

    False without memory.
    """
    cdef Series *source = total.sources
    cdef const Member *member
    while source != NULL:
        member = source.content.members.first
        while member != NULL:
            if total.members.count > totals.bounds.set_members:
                return True
            if not add_member(
                &totals.members,
                &totals.arena,
                &total.members,
                member.bytes,
                member.bytes + member.size,
                member.hash,
            ):
                return False
            member = member.next
        source = source.next
    return True
