"""The scripted kernel: the plane's table of calls, with answers that a test wrote.

    time     0 at the start; each look at the clock takes LOOK_NS, each datagram read
             READ_NS; a sleep jumps to its end, or to the datagram or order that ends it

Nothing but tests may use this module. A script is used by one thread at a time:
`use_script` says which.
"""
from libc.errno cimport EAGAIN, errno
from libc.stdint cimport UINT64_MAX, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from statshard.plane.kernel cimport Kernel
from statshard.plane.sys cimport memory, socket
from statshard.plane.sys.atomic cimport store_release
from statshard.plane.sys.socket cimport mmsghdr, timespec
from statshard.plane.sys.wait cimport pollfd

cdef enum:
    LOOK_NS = 50
    READ_NS = 500

cdef Script *current = NULL


cdef Script *open_script() except NULL:
    """Return a script that takes and gives everything; raises MemoryError."""
    cdef Script *script = <Script *> calloc(1, sizeof(Script))
    if script == NULL:
        raise MemoryError
    script.mtu = -1
    script.stop_at_ns = UINT64_MAX
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
    script.sent_ns[script.sent_count] = script.clock_ns
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
    answer = min(answer, <int> min(count, arrived(script)))
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
    script.clock_ns += READ_NS


cdef uint32_t arrived(const Script *script) noexcept nogil:
    """Return how many datagrams wait to be read."""
    cdef uint32_t last = script.input_at
    while last < script.input_count and script.input_ns[last] <= script.clock_ns:
        last += 1
    return last - script.input_at


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


cdef uint64_t scripted_now_ns() noexcept nogil:
    """Return the script's time; it goes on a little."""
    current.clock_ns += LOOK_NS
    let_stop(current)
    return current.clock_ns


cdef int scripted_sleep_on(
    pollfd *descriptors, uint32_t count, uint64_t at_most_ns
) noexcept nogil:
    """Go on to the time at which a descriptor is readable, or so far.

    A sleep that nothing would ever end brings the order to stop.
    """
    cdef Script *script = current
    cdef uint64_t began_ns = script.clock_ns
    cdef uint64_t until_ns = began_ns + min(at_most_ns, UINT64_MAX - began_ns)
    cdef int ready = 0
    cdef uint32_t i
    for i in range(count):
        until_ns = min(until_ns, readable_ns(script, descriptors[i].fd))
    if until_ns == UINT64_MAX and script.stop_word != NULL:
        until_ns = script.stop_at_ns = began_ns
    script.clock_ns = max(began_ns, until_ns)
    let_stop(script)
    for i in range(count):
        descriptors[i].revents = 0
        if readable_ns(script, descriptors[i].fd) <= script.clock_ns:
            descriptors[i].revents = descriptors[i].events
            ready += 1
    if script.sleep_count < RECORDS_MAX:
        script.sleeps[script.sleep_count] = Sleep(began_ns, script.clock_ns, count > 1)
        script.sleep_count += 1
    return ready


cdef uint64_t readable_ns(const Script *script, int fd) noexcept nogil:
    """Return from when on a descriptor is readable."""
    if fd == WAKEUP_FD:
        return 0 if script.is_woken else script.stop_at_ns
    if script.input_at < script.input_count:
        return script.input_ns[script.input_at]
    return UINT64_MAX


cdef void let_stop(Script *script) noexcept nogil:
    """Bring the order to stop, once its time has come."""
    if script.clock_ns < script.stop_at_ns or script.stop_word == NULL:
        return
    store_release(script.stop_word, script.stop_by_ns)
    script.stop_at_ns = UINT64_MAX
    script.stop_word = NULL
    script.is_woken = True


cdef void scripted_take_wakeup(int fd) noexcept nogil:
    """Make the eventfd quiet."""
    current.is_woken = False
    current.wakeups_taken += 1


cdef Kernel SCRIPTED
SCRIPTED.recvmmsg = scripted_recvmmsg
SCRIPTED.sendmmsg = scripted_sendmmsg
SCRIPTED.path_mtu = scripted_path_mtu
SCRIPTED.allow_fragments = scripted_allow_fragments
SCRIPTED.now_ns = scripted_now_ns
SCRIPTED.sleep_on = scripted_sleep_on
SCRIPTED.take_wakeup = scripted_take_wakeup


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

    def give(self, list datagrams, uint64_t at_ns=0):
        """Put datagrams into the listener's socket; they are there from a time on."""
        for datagram in datagrams:
            self.inputs.append(datagram)
            self.script.input_ns[self.script.input_count] = at_ns
            self.script.input[self.script.input_count] = (
                <const unsigned char *> <bytes> datagram
            )
            self.script.input_sizes[self.script.input_count] = len(datagram)
            self.script.input_count += 1

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

    def sent_ns(self):
        """Return when each datagram was taken that `sent` would return."""
        return [self.script.sent_ns[i] for i in range(self.script.sent_count)]

    def sleeps(self):
        """Return (began, ended, whether a datagram would have ended it), ns.

        Of the first RECORDS_MAX sleeps.
        """
        cdef Sleep *row
        taken = []
        for i in range(self.script.sleep_count):
            row = &self.script.sleeps[i]
            taken.append((row.began_ns, row.ended_ns, bool(row.listens)))
        return taken

    def wakeups_taken(self):
        """Return how often the eventfd was read."""
        return self.script.wakeups_taken

    def forget(self):
        """Forget what was given and what was taken: a script's room is bounded."""
        self.inputs.clear()
        forget_script(self.script)
