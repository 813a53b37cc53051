# sketching: lists that have become too long, into sketches (sketching.pyx).
from statshard.plane.arena cimport Arena
from statshard.plane.ddsketch cimport DDSketch
from statshard.plane.hyperloglog cimport HyperLogLog
from statshard.plane.members cimport Set
from statshard.plane.siphash cimport SipKey
from statshard.plane.values cimport Values

cdef DDSketch *take_sketch(Arena *arena) noexcept nogil
cdef HyperLogLog *take_hyperloglog(Arena *arena) noexcept nogil
cdef void sketch_values(DDSketch *sketch, const Values *values) noexcept nogil
cdef void count_members(
    HyperLogLog *counted, const Set *set_, const SipKey *key
) noexcept nogil
