import { ICMP_CODES } from '../errors';

// Numbers of the Linux system-call interface, as its 64-bit little-endian ports for x64, arm64, riscv64 and loong64 share them.

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const SOL_IP = 0;
export const SOL_SOCKET = 1;
export const SOL_TCP = 6;
export const SOL_UDP = 17;
export const SOL_IPV6 = 41;

export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_KEEPALIVE = 9;
export const SO_RCVBUFFORCE = 33;
export const SO_SNDBUFFORCE = 32;
export const SO_TIMESTAMPING = 37;
export const SO_REUSEPORT = 15;
export const SO_MAX_PACING_RATE = 47;
export const SO_ATTACH_REUSEPORT_CBPF = 51;
export const SO_MEMINFO = 55;
/** Where SO_MEMINFO keeps the drops, in words. */
export const MEMINFO_DROPS = 8;
export const MEMINFO_WORDS = 9;

export const IP_TOS = 1;
export const IP_TTL = 2;
export const IP_PKTINFO = 8;
export const IP_MTU_DISCOVER = 10;
export const IP_RECVERR = 11;
export const IP_RECVTTL = 12;
export const IP_RECVTOS = 13;
export const IP_MTU = 14;
export const IP_FREEBIND = 15;
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_MTU_DISCOVER = 23;
export const IPV6_RECVERR = 25;
export const IPV6_V6ONLY = 26;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;
export const IPV6_RECVHOPLIMIT = 51;
export const IPV6_HOPLIMIT = 52;
export const IPV6_RECVTCLASS = 66;
export const IPV6_TCLASS = 67;

/** Sends all that fits the own link, and forbids fragments: IP_PMTUDISC_PROBE, IPV6_PMTUDISC_PROBE. */
export const PMTUDISC_PROBE = 3;

export const UDP_SEGMENT = 103;
export const UDP_GRO = 104;
/** The kernel cuts one send into so many datagrams at most (UDP_MAX_SEGMENTS): twice as many since 6.9. */
export const MAX_SEGMENTS = 128;
export const MAX_SEGMENTS_BEFORE = 64;

export const TCP_NODELAY = 1;
export const TCP_MAXSEG = 2;
export const TCP_KEEPIDLE = 4;
export const TCP_KEEPINTVL = 5;
export const TCP_WINDOW_CLAMP = 10;
export const TCP_INFO = 11;
export const TCP_CONGESTION = 13;
export const TCP_USER_TIMEOUT = 18;

/** SOF_TIMESTAMPING flags: which moments are stamped, and that software stamps are reported. */
export const STAMP = { txSoftware: 1 << 1, rxSoftware: 1 << 3, software: 1 << 4, txSched: 1 << 8 } as const;
/** Which moment a looped packet was stamped at (`ee_info`). */
export const STAMPED_AT = { send: 0, queue: 1 } as const;
/** Who put a message into the error queue: `ee_origin`. */
export const ORIGIN = { local: 1, icmp: 2, icmp6: 3, timestamping: 4 } as const;

export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_ERRQUEUE = 0x2000;
export const MSG_NOSIGNAL = 0x4000;

export const POLLIN = 1;
export const POLLOUT = 4;
export const POLLERR = 8;

export const EPOLL_CLOEXEC = SOCK_CLOEXEC;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
/** struct epoll_event: its length, and where the data stand behind the events. Only on x64 it is packed. */
export const EPOLL_EVENT = process.arch === 'x64' ? { bytes: 12, data: 4 } : { bytes: 16, data: 8 };

export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;

export const SHUT_WR = 1;
export const SHUT_RDWR = 2;

export const PR_SET_TIMERSLACK = 29;

/** The system errors that have a name here, by number. */
export const ERRNO: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  4: 'EINTR',
  5: 'EIO',
  9: 'EBADF',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  22: 'EINVAL',
  23: 'ENFILE',
  24: 'EMFILE',
  32: 'EPIPE',
  38: 'ENOSYS',
  64: 'ENONET',
  71: 'EPROTO',
  90: 'EMSGSIZE',
  92: 'ENOPROTOOPT',
  95: 'EOPNOTSUPP',
  97: 'EAFNOSUPPORT',
  98: 'EADDRINUSE',
  99: 'EADDRNOTAVAIL',
  100: 'ENETDOWN',
  101: 'ENETUNREACH',
  104: 'ECONNRESET',
  105: 'ENOBUFS',
  107: 'ENOTCONN',
  110: 'ETIMEDOUT',
  111: 'ECONNREFUSED',
  112: 'EHOSTDOWN',
  113: 'EHOSTUNREACH',
};
export const EPERM = 1;
export const EINTR = 4;
export const EAGAIN = 11;
export const EADDRINUSE = 98;
export const EMSGSIZE = 90;
export const EINVAL = 22;
export const EIO = 5;
export const ENOBUFS = 105;
export const ECONNREFUSED = 111;
export const EHOSTUNREACH = 113;
/** What ICMP may say of an earlier datagram. The next call reports it. */
export const PENDING_ERRORS: readonly number[] = Object.keys(ERRNO)
  .map(Number)
  .filter((number) => ICMP_CODES.has(ERRNO[number]));
