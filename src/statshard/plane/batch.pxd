# batch: datagrams in and out, many a call (batch.pyx has the drawing).
from libc.stdint cimport uint32_t

from statshard.plane.kernel cimport Kernel
from statshard.plane.packer cimport DEPTH_MAX
from statshard.plane.sys.socket cimport iovec, mmsghdr

# A run of bytes that is one datagram, or what is left of it.  Owned by whoever packed
# it.
cdef struct Datagram:
    const unsigned char *start
    size_t size              # bytes
    uint32_t lines

cdef enum:
    INBOX_MAX = 512       # datagrams asked of one recvmmsg
    # Bytes of a datagram that lie in its slot's first page, whatever the slot.
    HEAD_SIZE = 2048
    CACHE_LINE = 64       # bytes
    # Slots start at so many offsets in their page, a cache line apart.
    COLOURS = 32

# Owned by one worker.
cdef struct Inbox:
    unsigned int size        # slots
    size_t datagram_max      # bytes taken of one datagram
    mmsghdr *headers         # one per slot
    iovec *vectors           # one per slot
    size_t page_size         # bytes, the system's
    # Bytes of address space from slot to slot: room for any datagram at any offset.
    size_t slot_size
    # `size` such slots; pages only where something was written.
    unsigned char *area

# Owned by one worker.
cdef struct Outbox:
    mmsghdr headers[DEPTH_MAX]
    iovec vectors[DEPTH_MAX]

cdef int open_inbox(
    Inbox *inbox, unsigned int size, size_t datagram_max
) noexcept nogil
cdef void close_inbox(Inbox *inbox) noexcept nogil
cdef int receive(const Kernel *kernel, int fd, Inbox *inbox) noexcept nogil
cdef void fetch_datagram(const Inbox *inbox, unsigned int index) noexcept nogil
cdef bint take_datagram(
    Inbox *inbox, unsigned int index, Datagram *datagram
) noexcept nogil
cdef void give_back(Inbox *inbox, unsigned int index) noexcept nogil
cdef void open_outbox(Outbox *outbox) noexcept nogil
cdef void put_datagram(
    Outbox *outbox, unsigned int index, const unsigned char *start, size_t size
) noexcept nogil
cdef int send(
    const Kernel *kernel, int fd, Outbox *outbox, unsigned int count
) noexcept nogil
cdef unsigned int take_refusals(const Kernel *kernel, int fd) noexcept nogil
