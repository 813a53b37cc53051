# atomic: words that two threads share.  Extern declarations only.
#
# relaxed   counters: one writer, any reader, no order promised
# release   the writer publishes: all that it wrote before is seen by whoever acquires
# acquire   the reader takes what was published
#
# GCC and Clang built-ins (gcc.gnu.org/onlinedocs/gcc, "__atomic Builtins"); on x86-64
# each is one plain move.
from libc.stdint cimport uint64_t

cdef extern from * nogil:
    """
    #define statshard_load_relaxed(p) __atomic_load_n((p), __ATOMIC_RELAXED)
    #define statshard_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
    #define statshard_store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
    #define statshard_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
    """
    uint64_t load_relaxed "statshard_load_relaxed"(const uint64_t *word)
    uint64_t load_acquire "statshard_load_acquire"(const uint64_t *word)
    void store_relaxed "statshard_store_relaxed"(uint64_t *word, uint64_t value)
    void store_release "statshard_store_release"(uint64_t *word, uint64_t value)
    void *load_pointer "statshard_load_acquire"(void **word)
    void store_pointer "statshard_store_release"(void **word, void *value)
