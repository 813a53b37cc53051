# memory: mappings that are given back to the system after use (mmap(2), madvise(2)).
# Extern declarations only.
cdef extern from "<sys/mman.h>" nogil:
    enum: MADV_DONTNEED
    enum: MADV_NOHUGEPAGE
    enum: MAP_ANONYMOUS
    enum: MAP_NORESERVE
    enum: MAP_PRIVATE
    enum: PROT_READ
    enum: PROT_WRITE
    void *MAP_FAILED

    void *mmap(
        void *address, size_t size, int protection, int flags, int fd, long offset
    )
    int munmap(void *address, size_t size)
    int madvise(void *address, size_t size, int advice)

cdef extern from "<unistd.h>" nogil:
    enum: _SC_PAGESIZE
    long sysconf(int name)
