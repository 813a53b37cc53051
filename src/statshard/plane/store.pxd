# store: what collectors take of a store.
from statshard.plane.siphash cimport SipKey

cdef int read_sip_key(SipKey *key, bytes octets) except -1
