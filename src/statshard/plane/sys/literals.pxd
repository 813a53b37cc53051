# literals: 64-bit constants as C literals, so that the compiler folds them; a Cython
# global would be loaded each time.  Extern declarations only.
from libc.stdint cimport uint64_t

cdef extern from *:
    # Times N: a word whose bytes are all N.
    const uint64_t EACH_BYTE "0x0101010101010101ULL"

    # The primes of XXH64 (xxhash_spec.md).
    const uint64_t PRIME_1 "0x9E3779B185EBCA87ULL"
    const uint64_t PRIME_2 "0xC2B2AE3D27D4EB4FULL"
    const uint64_t PRIME_3 "0x165667B19E3779F9ULL"
    const uint64_t PRIME_4 "0x85EBCA77C2B2AE63ULL"
    const uint64_t PRIME_5 "0x27D4EB2F165667C5ULL"

    # "somepseudorandomlygeneratedbytes", the first state of SipHash.
    const uint64_t SIP_0 "0x736F6D6570736575ULL"
    const uint64_t SIP_1 "0x646F72616E646F6DULL"
    const uint64_t SIP_2 "0x6C7967656E657261ULL"
    const uint64_t SIP_3 "0x7465646279746573ULL"
