# store: what collectors and the doors of tests take of a store.
from statshard.plane.hitters cimport Hitters
from statshard.plane.siphash cimport SipKey

cdef int read_sip_key(SipKey *key, bytes octets) except -1
cdef list hitters_of(const Hitters *hitters)
