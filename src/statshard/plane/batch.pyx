"""Batches: datagrams in by recvmmsg(2), out by sendmmsg(2), and errors that come back.

    slot i   |..| datagram          :                                            |
             |  ^ after 0 to 31 cache lines                                      |
             '-- the first page ----'-- 16 pages of address space: what is ------'
                 stays resident         written there is given back after use

One vector per datagram: measured on Linux 6.18, a second one (a small buffer, then a
large one) costs a tenth of the whole. The heads begin at different offsets of their
pages, or they would crowd into a few sets of the cache. A burst of large datagrams
leaves no resident memory behind. Nothing else in the plane reads or sends. Must not
know: lines, backends, time.
"""
from libc.errno cimport EINTR, errno
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from statshard.plane.kernel cimport Kernel
from statshard.plane.packer cimport DATAGRAM_MAX
from statshard.plane.sys cimport memory, socket
from statshard.plane.sys.cache cimport prefetch
from statshard.plane.sys.socket cimport iovec, mmsghdr

cdef enum:
    ERRORS_MAX = 64       # errors taken from a socket's error queue in one call
    CONTROL_SIZE = 128    # bytes: a sock_extended_err with its address, and the header
    CONTROL_WORDS = 16    # the same in words of 64 bits


cdef int open_inbox(
    Inbox *inbox, unsigned int size, size_t datagram_max
) noexcept nogil:
    """Set up `size` slots for datagrams of up to `datagram_max` bytes.

    Return 0, or -1 without memory.
    """
    cdef unsigned int i
    cdef size_t page = memory.sysconf(memory._SC_PAGESIZE)
    inbox.size = size
    inbox.datagram_max = datagram_max
    inbox.page_size = page
    inbox.slot_size = (DATAGRAM_MAX + COLOURS * CACHE_LINE + page - 1) // page * page
    inbox.headers = <mmsghdr *> calloc(size, sizeof(mmsghdr))
    inbox.vectors = <iovec *> calloc(size, sizeof(iovec))
    inbox.area = <unsigned char *> memory.mmap(
        NULL,
        size * inbox.slot_size,
        memory.PROT_READ | memory.PROT_WRITE,
        memory.MAP_PRIVATE | memory.MAP_ANONYMOUS | memory.MAP_NORESERVE,
        -1,
        0,
    )
    if inbox.area == memory.MAP_FAILED:
        inbox.area = NULL
    if inbox.headers == NULL or inbox.vectors == NULL or inbox.area == NULL:
        return -1
    memory.madvise(inbox.area, size * inbox.slot_size, memory.MADV_NOHUGEPAGE)
    for i in range(size):
        inbox.vectors[i] = iovec(
            inbox.area + i * inbox.slot_size + (i % COLOURS) * CACHE_LINE,
            datagram_max,
        )
        inbox.headers[i].msg_hdr.msg_iov = &inbox.vectors[i]
        inbox.headers[i].msg_hdr.msg_iovlen = 1
    return 0


cdef void close_inbox(Inbox *inbox) noexcept nogil:
    """Free what open_inbox allocated."""
    free(inbox.headers)
    free(inbox.vectors)
    if inbox.area != NULL:
        memory.munmap(inbox.area, inbox.size * inbox.slot_size)
    inbox.headers = NULL
    inbox.vectors = NULL
    inbox.area = NULL


cdef int receive(const Kernel *kernel, int fd, Inbox *inbox) noexcept nogil:
    """Read what is there without waiting; return how many datagrams came, or -errno."""
    cdef int count
    while True:
        count = kernel.recvmmsg(
            fd, inbox.headers, inbox.size, socket.MSG_DONTWAIT, NULL
        )
        if count >= 0:
            return count
        if errno != EINTR:
            return -errno


cdef void fetch_datagram(const Inbox *inbox, unsigned int index) noexcept nogil:
    """Have the first bytes of a slot at hand soon; past the last slot, do nothing."""
    if index < inbox.size:
        prefetch(inbox.vectors[index].iov_base)


cdef bint take_datagram(
    Inbox *inbox, unsigned int index, Datagram *datagram
) noexcept nogil:
    """Find the bytes of a received datagram; True where its end was cut off."""
    cdef mmsghdr *header = &inbox.headers[index]
    datagram.start = <unsigned char *> inbox.vectors[index].iov_base
    datagram.size = header.msg_len
    return (header.msg_hdr.msg_flags & socket.MSG_TRUNC) != 0


cdef void give_back(Inbox *inbox, unsigned int index) noexcept nogil:
    """Return the pages behind the first of a slot to the system, bytes and all."""
    memory.madvise(
        inbox.area + index * inbox.slot_size + inbox.page_size,
        inbox.slot_size - inbox.page_size,
        memory.MADV_DONTNEED,
    )


cdef void open_outbox(Outbox *outbox) noexcept nogil:
    """Lay out the headers: one vector each, no address (the sockets are connected)."""
    cdef int i
    memset(outbox, 0, sizeof(Outbox))
    for i in range(DEPTH_MAX):
        outbox.headers[i].msg_hdr.msg_iov = &outbox.vectors[i]
        outbox.headers[i].msg_hdr.msg_iovlen = 1


cdef void put_datagram(
    Outbox *outbox, unsigned int index, const unsigned char *start, size_t size
) noexcept nogil:
    """Set the datagram at a place; the bytes stay their owner's and are only read."""
    outbox.vectors[index] = iovec(<void *> start, size)


cdef int send(
    const Kernel *kernel, int fd, Outbox *outbox, unsigned int count
) noexcept nogil:
    """Send the first `count` datagrams without waiting.

    Return how many the kernel took, or -errno for the first.
    """
    cdef int sent
    while True:
        sent = kernel.sendmmsg(fd, outbox.headers, count, socket.MSG_DONTWAIT)
        if sent >= 0:
            return sent
        if errno != EINTR:
            return -errno


cdef unsigned int take_refusals(const Kernel *kernel, int fd) noexcept nogil:
    """Empty a socket's error queue (ip(7), IP_RECVERR); return its ICMP errors' number.

    Reading them also takes back the pending error that would meet the next send.
    """
    cdef mmsghdr headers[ERRORS_MAX]
    # Words, because a cmsghdr has to be aligned.
    cdef uint64_t controls[ERRORS_MAX][CONTROL_WORDS]
    cdef unsigned int refusals = 0
    cdef int count, i
    while True:
        memset(headers, 0, sizeof(headers))
        for i in range(ERRORS_MAX):
            headers[i].msg_hdr.msg_control = &controls[i][0]
            headers[i].msg_hdr.msg_controllen = CONTROL_SIZE
        count = kernel.recvmmsg(
            fd, headers, ERRORS_MAX, socket.MSG_DONTWAIT | socket.MSG_ERRQUEUE, NULL
        )
        for i in range(count):
            refusals += is_icmp(&headers[i])
        if count < ERRORS_MAX:
            return refusals


cdef bint is_icmp(mmsghdr *header) noexcept nogil:
    """Tell whether an entry of the error queue came from the network.

    Others come from this host's own checks.
    """
    cdef socket.cmsghdr *control = socket.CMSG_FIRSTHDR(&header.msg_hdr)
    cdef socket.sock_extended_err *error
    while control != NULL:
        if is_extended_error(control):
            error = <socket.sock_extended_err *> socket.CMSG_DATA(control)
            return (
                error.ee_origin == socket.SO_EE_ORIGIN_ICMP
                or error.ee_origin == socket.SO_EE_ORIGIN_ICMP6
            )
        control = socket.CMSG_NXTHDR(&header.msg_hdr, control)
    return False


cdef bint is_extended_error(const socket.cmsghdr *control) noexcept nogil:
    """Tell whether a control message holds a sock_extended_err."""
    if control.cmsg_level == socket.IPPROTO_IPV6:
        return control.cmsg_type == socket.IPV6_RECVERR
    return (
        control.cmsg_level == socket.IPPROTO_IP
        and control.cmsg_type == socket.IP_RECVERR
    )
