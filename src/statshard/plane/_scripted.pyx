"""The scripted kernel: the plane's table of calls, with answers that a test wrote.

Nothing but tests may use this module. A script is used by one thread at a time:
`use_script` says which.
"""
from libc.errno cimport EAGAIN, errno
from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from statshard.plane.batch cimport Kernel
from statshard.plane.sys cimport memory, socket
from statshard.plane.sys.socket cimport mmsghdr, timespec

cdef Script *current = NULL


cdef Script *open_script() except NULL:
    """Return a script that takes and gives everything; raises MemoryError."""
    cdef Script *script = <Script *> calloc(1, sizeof(Script))
    if script == NULL:
        raise MemoryError
    script.mtu = -1
    script.sent = <unsigned char *> memory.mmap(
        NULL, BYTES_MAX, memory.PROT_READ | memory.PROT_WRITE,
        memory.MAP_PRIVATE | memory.MAP_ANONYMOUS | memory.MAP_NORESERVE, -1, 0,
    )
    if script.sent == memory.MAP_FAILED:
        free(script)
        raise MemoryError
    return script


cdef void close_script(Script *script) noexcept:
    """Free a script."""
    if script != NULL:
        memory.munmap(script.sent, BYTES_MAX)
        free(script)


cdef void use_script(Script *script) noexcept nogil:
    """Let the scripted kernel answer by this script from now on."""
    global current
    current = script


cdef void forget_script(Script *script) noexcept nogil:
    """Forget what was given and what was taken."""
    script.input_count = script.input_at = 0
    script.sent_count = 0
    script.sent_size = 0


cdef int scripted_sendmmsg(
    int fd, mmsghdr *headers, unsigned int count, int flags,
) noexcept nogil:
    """Take as many datagrams as the script says, and write them down."""
    cdef Script *script = current
    cdef int answer = <int> count
    cdef int i
    if script.send_at < script.send_count:
        answer = script.sends[script.send_at]
        script.send_at += 1
    if answer < 0:
        (&errno)[0] = -answer
        return -1
    answer = min(answer, <int> count)
    for i in range(answer):
        record(script, fd, &headers[i])
    return answer


cdef void record(Script *script, int fd, mmsghdr *header) noexcept nogil:
    """Write one datagram down."""
    cdef size_t size = header.msg_hdr.msg_iov.iov_len
    memcpy(script.sent + script.sent_size, header.msg_hdr.msg_iov.iov_base, size)
    script.sizes[script.sent_count] = <unsigned int> size
    script.in_fragments[script.sent_count] = script.fragments
    script.fds[script.sent_count] = fd
    script.sent_size += size
    script.sent_count += 1
    header.msg_len = <unsigned int> size


cdef int scripted_recvmmsg(
    int fd, mmsghdr *headers, unsigned int count, int flags, timespec *timeout,
) noexcept nogil:
    """Give entries of the error queue, or as many datagrams as the script says."""
    cdef Script *script = current
    cdef int answer = <int> count
    cdef int i
    if flags & socket.MSG_ERRQUEUE:
        return give_errors(script, headers, count)
    if script.receive_at < script.receive_count:
        answer = script.receives[script.receive_at]
        script.receive_at += 1
    if answer < 0:
        (&errno)[0] = -answer
        return -1
    answer = min(answer, <int> min(count, script.input_count - script.input_at))
    if answer == 0:
        (&errno)[0] = EAGAIN
        return -1
    for i in range(answer):
        give_datagram(script, &headers[i])
    return answer


cdef void give_datagram(Script *script, mmsghdr *header) noexcept nogil:
    """Copy the next datagram out, cut where the vector ends, as recvmsg(2) does."""
    cdef size_t size = script.input_sizes[script.input_at]
    cdef size_t room = header.msg_hdr.msg_iov.iov_len
    memcpy(
        header.msg_hdr.msg_iov.iov_base, script.input[script.input_at], min(size, room)
    )
    header.msg_len = <unsigned int> min(size, room)
    header.msg_hdr.msg_flags = socket.MSG_TRUNC if size > room else 0
    script.input_at += 1


cdef int give_errors(
    Script *script, mmsghdr *headers, unsigned int count
) noexcept nogil:
    """Give entries of the error queue, each an ICMP error."""
    cdef int answer = <int> min(script.refusals, count)
    cdef int i
    cdef socket.cmsghdr *control
    cdef socket.sock_extended_err *error
    if answer == 0:
        (&errno)[0] = EAGAIN
        return -1
    for i in range(answer):
        control = <socket.cmsghdr *> headers[i].msg_hdr.msg_control
        memset(control, 0, headers[i].msg_hdr.msg_controllen)
        control.cmsg_len = headers[i].msg_hdr.msg_controllen
        control.cmsg_level = socket.IPPROTO_IP
        control.cmsg_type = socket.IP_RECVERR
        error = <socket.sock_extended_err *> socket.CMSG_DATA(control)
        error.ee_origin = <unsigned char> script.origin
    script.refusals -= answer
    return answer


cdef int scripted_path_mtu(int fd, bint is_ipv6) noexcept nogil:
    """Return the script's path MTU."""
    return current.mtu


cdef void scripted_allow_fragments(int fd, bint is_ipv6, bint allowed) noexcept nogil:
    """Note what is allowed."""
    current.fragments = allowed


cdef Kernel SCRIPTED
SCRIPTED.recvmmsg = scripted_recvmmsg
SCRIPTED.sendmmsg = scripted_sendmmsg
SCRIPTED.path_mtu = scripted_path_mtu
SCRIPTED.allow_fragments = scripted_allow_fragments


cdef const Kernel *scripted_kernel() noexcept nogil:
    """Return the table of the scripted calls."""
    return &SCRIPTED


# === Python face ===


cdef class Scripted:
    """What a door has that runs on the scripted kernel: a script, and what it took."""

    def __cinit__(self):
        self.script = open_script()
        self.inputs = []

    def __dealloc__(self):
        close_script(self.script)

    def answer_sends(self, list answers):
        """Set what the coming sends answer: datagrams taken, or -errno."""
        for i, answer in enumerate(answers):
            self.script.sends[i] = answer
        self.script.send_count = len(answers)
        self.script.send_at = 0

    def answer_receives(self, list answers):
        """Set what the coming receives answer: datagrams given at most, or -errno."""
        for i, answer in enumerate(answers):
            self.script.receives[i] = answer
        self.script.receive_count = len(answers)
        self.script.receive_at = 0

    def refuse(self, uint32_t datagrams, int origin=socket.SO_EE_ORIGIN_ICMP):
        """Put errors into the error queue; 1 is local, 2 ICMP, 3 ICMPv6."""
        self.script.refusals += datagrams
        self.script.origin = origin

    def set_mtu(self, int mtu):
        """Set the path MTU that the kernel knows; -1: none."""
        self.script.mtu = mtu

    def sends_left(self):
        """Return how many answers of sends have not been asked for."""
        return self.script.send_count - self.script.send_at

    def sent(self):
        """Return what was taken: (descriptor, datagram, in fragments); forget it."""
        cdef unsigned char *at = self.script.sent
        taken = []
        for i in range(self.script.sent_count):
            taken.append((
                self.script.fds[i], at[:self.script.sizes[i]],
                bool(self.script.in_fragments[i]),
            ))
            at += self.script.sizes[i]
        self.script.sent_count = 0
        self.script.sent_size = 0
        return taken

    def forget(self):
        """Forget what was given and what was taken: a script's room is bounded."""
        self.inputs.clear()
        forget_script(self.script)
