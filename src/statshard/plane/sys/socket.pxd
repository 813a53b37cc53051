# socket: what the data plane uses of <sys/socket.h>, <netinet/in.h> and
# <linux/errqueue.h>.  Extern declarations only.
from libc.stdint cimport uint8_t, uint32_t

cdef extern from "<sys/uio.h>" nogil:
    cdef struct iovec:
        void *iov_base
        size_t iov_len

cdef extern from "<sys/socket.h>" nogil:
    ctypedef unsigned int socklen_t

    cdef struct msghdr:
        void *msg_name
        socklen_t msg_namelen
        iovec *msg_iov
        size_t msg_iovlen
        void *msg_control
        size_t msg_controllen
        int msg_flags

    cdef struct mmsghdr:
        msghdr msg_hdr
        unsigned int msg_len

    cdef struct cmsghdr:
        size_t cmsg_len
        int cmsg_level
        int cmsg_type

    cdef struct timespec:
        pass

    enum: MSG_DONTWAIT
    enum: MSG_ERRQUEUE
    enum: MSG_TRUNC
    enum: SOL_SOCKET
    enum: SO_TIMESTAMPNS

    int recvmmsg(
        int fd, mmsghdr *headers, unsigned int count, int flags, timespec *timeout
    )
    int sendmmsg(int fd, mmsghdr *headers, unsigned int count, int flags)
    int getsockopt(int fd, int level, int option, void *value, socklen_t *size)
    int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
    cmsghdr *CMSG_FIRSTHDR(msghdr *header)
    cmsghdr *CMSG_NXTHDR(msghdr *header, cmsghdr *control)
    void *CMSG_DATA(cmsghdr *control)

cdef extern from "<netinet/in.h>" nogil:
    enum: IPPROTO_IP
    enum: IPPROTO_IPV6
    enum: IP_MTU
    enum: IP_MTU_DISCOVER
    enum: IP_PMTUDISC_DO
    enum: IP_PMTUDISC_DONT
    enum: IP_RECVERR
    enum: IPV6_MTU
    enum: IPV6_MTU_DISCOVER
    enum: IPV6_PMTUDISC_DO
    enum: IPV6_PMTUDISC_DONT
    enum: IPV6_RECVERR

cdef extern from *:
    # <linux/errqueue.h> wants struct timespec from <time.h> before it.
    """
    #include <time.h>
    #include <linux/errqueue.h>
    """
    cdef struct sock_extended_err:
        uint32_t ee_errno
        uint8_t ee_origin

    enum: SO_EE_ORIGIN_ICMP
    enum: SO_EE_ORIGIN_ICMP6
