import type { Endpoint } from '../address';
import { transportError } from '../errors';
import type { DatagramOptions } from '../sockets';
import {
  AF_INET,
  AF_INET6,
  EADDRINUSE,
  IP_FREEBIND,
  IP_MTU,
  IP_MTU_DISCOVER,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPV6_MTU_DISCOVER,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  PMTUDISC_PROBE,
  SO_ATTACH_REUSEPORT_CBPF,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from './abi';
import type { LinuxContext } from './linux-context';
import { Memory } from './memory';
import { limitRate } from './pacing';
import { ADDRESS_BYTES, readAddress, writeAddress } from './socket-address';
import { askForRoom } from './socket-room';
import { systemError } from './system-calls';

const BUFFER_BYTES = 8 * 1024 * 1024;
/** Two threads may bind beside one socket at a time: so often it is tried again when the one has shut it for the other. */
const MAX_BINDS = 100;
// struct sock_fprog and, behind it, its one instruction (struct sock_filter): return 0.
const PROGRAM_BYTES = 16;
const RETURN_ZERO = 0x06;
const CLOSED = -1;

/** A UDP socket by its descriptor, and what is set and asked of it beside its datagrams. */
export class UdpDescriptor {
  readonly family: 4 | 6;
  readonly #context: LinuxContext;
  readonly #word: Memory;
  #fd: number;
  #peer: Endpoint | undefined;

  private constructor(context: LinuxContext, fd: number, family: 4 | 6) {
    this.#fd = fd;
    this.family = family;
    this.#context = context;
    this.#word = new Memory(context.native, 64);
  }

  /** Runs `use` on a new socket; when it fails, the socket is closed and the failure put in words. */
  static open<T>(context: LinuxContext, family: 4 | 6, doing: string, use: (udp: UdpDescriptor) => T): T {
    const { calls } = context.native;
    let udp: UdpDescriptor | undefined;
    try {
      const type = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
      const fd = check('socket', calls.socket(family === 6 ? AF_INET6 : AF_INET, type, 0));
      udp = new UdpDescriptor(context, fd, family);
      return use(udp);
    } catch (error) {
      udp?.close();
      throw transportError(doing, error);
    }
  }

  /** Below 0 once it is closed: the system may use the number for another. */
  get fd(): number {
    return this.#fd;
  }

  get isClosed(): boolean {
    return this.#fd < 0;
  }

  close(): void {
    if (this.isClosed) return;
    this.#context.native.calls.close(this.#fd);
    this.#fd = CLOSED;
  }

  /** Without an address, to all of this host's. */
  bind(address: string | undefined, port: number): void {
    check('bind', this.#bind(address ?? (this.family === 6 ? '::' : '0.0.0.0'), port));
  }

  /**
   * Prepares a socket that is not bound yet for others of this process beside it (`bindBeside`). Nobody else can bind its
   * port: it lets others join (`SO_REUSEPORT`) only while one of its own does, and of those nobody but this user. Of
   * sockets that have joined and are not connected yet, the first gets everything.
   */
  makeJoinable(): void {
    const { native } = this.#context;
    const program = new Memory(native, PROGRAM_BYTES + 8);
    program.setU16(0, 1);
    program.setU64(8, program.address + PROGRAM_BYTES);
    program.setU16(PROGRAM_BYTES, RETURN_ZERO);
    this.#letJoin(this.fd, true);
    // Without it, the system gives a part of what comes in that moment to the new one.
    native.calls.setsockopt(this.fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, program.address, PROGRAM_BYTES);
    this.#letJoin(this.fd, false);
  }

  /** Binds to the port of the socket `fd` of this process, which was made joinable. */
  bindBeside(fd: number, address: string, port: number): void {
    this.require(SOL_SOCKET, SO_REUSEPORT, 1);
    // The peer has reached it, whether or not it is among those of an interface.
    this.set(SOL_IP, IP_FREEBIND, 1);
    for (let binds = 1; ; binds++) {
      this.#letJoin(fd, true);
      const result = this.#bind(address, port);
      this.#letJoin(fd, false);
      if (result !== -EADDRINUSE || binds === MAX_BINDS) {
        check('bind', result);
        return;
      }
    }
  }

  /** Has the system say to which address each datagram came, and send from addresses that it only receives for. */
  reportDestinations(): void {
    // IPv4 also comes in on an IPv6 socket.
    this.set(SOL_IP, IP_PKTINFO, 1);
    if (this.family === 6) this.set(SOL_IPV6, IPV6_RECVPKTINFO, 1);
    this.set(SOL_IP, IP_FREEBIND, 1);
  }

  connect(peer: Endpoint): void {
    this.#peer = peer;
    const name = new Memory(this.#context.native, ADDRESS_BYTES);
    const length = writeAddress(this.#context.native, name, 0, peer, this.family);
    check('connect', this.#context.native.calls.connect(this.fd, name.address, length));
  }

  /** What is asked for must be had; what is only good to have may fail. */
  apply({ ttl, trafficClass, dontFragment = false, ...room }: DatagramOptions): void {
    const six = this.family === 6;
    // IPv4 also leaves from an IPv6 socket.
    if (ttl !== undefined) {
      if (six) this.require(SOL_IPV6, IPV6_UNICAST_HOPS, ttl);
      this.require(SOL_IP, IP_TTL, ttl);
    }
    if (trafficClass !== undefined) {
      if (six) this.require(SOL_IPV6, IPV6_TCLASS, trafficClass);
      this.require(SOL_IP, IP_TOS, trafficClass);
    }
    if (dontFragment) {
      if (six) this.require(SOL_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE);
      this.require(SOL_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE);
    }
    this.#setRoom(room);
    // IPv4 also comes in on an IPv6 socket.
    this.set(SOL_IP, IP_RECVTTL, 1);
    this.set(SOL_IP, IP_RECVTOS, 1);
    if (six) {
      this.set(SOL_IPV6, IPV6_RECVHOPLIMIT, 1);
      this.set(SOL_IPV6, IPV6_RECVTCLASS, 1);
    }
  }

  #setRoom({ windowBytes = BUFFER_BYTES, pacingBytesPerSecond }: DatagramOptions): void {
    askForRoom(windowBytes, (option, value) => this.set(SOL_SOCKET, option, value));
    if (pacingBytesPerSecond !== undefined) limitRate(this.#context.native, this.fd, pacingBytesPerSecond);
  }

  /**
   * Has the system say what its own queue drops, by ENOBUFS, and put what ICMP says into the error queue; whether it does. From
   * then on that queue must be read.
   */
  reportErrors(): boolean {
    // IPv4 also leaves from an IPv6 socket.
    const six = this.family === 6 && this.set(SOL_IPV6, IPV6_RECVERR, 1);
    return this.set(SOL_IP, IP_RECVERR, 1) || six;
  }

  /** Sets an option; whether the system took it. */
  set(level: number, name: number, value: number): boolean {
    return this.#setOption(level, name, value) >= 0;
  }

  /** Sets an option, or throws. */
  require(level: number, name: number, value: number): void {
    check('setsockopt', this.#setOption(level, name, value));
  }

  /** The first `words` 32-bit words of an option; undefined when the system does not say. */
  get(level: number, name: number, words: number): readonly number[] | undefined {
    this.#word.setU32(0, 4 * words);
    const { calls } = this.#context.native;
    const result = calls.getsockopt(this.fd, level, name, this.#word.address + 8, this.#word.address);
    return result < 0 ? undefined : [...this.#word.words.subarray(2, 2 + words)];
  }

  /**
   * What the system takes the path's MTU to be; undefined where it is not connected, or there is no way now. The system says it of
   * the way that was found by the latest connect, and says 68 bytes of one that is gone since: so it is sought anew.
   */
  pathMtuBytes(): number | undefined {
    if (this.#peer === undefined) return undefined;
    try {
      this.connect(this.#peer);
    } catch {
      return undefined;
    }
    const [mtu] = this.get(SOL_IP, IP_MTU, 1) ?? [];
    return mtu;
  }

  local(): Endpoint {
    const name = new Memory(this.#context.native, ADDRESS_BYTES + 8);
    name.setU32(ADDRESS_BYTES, ADDRESS_BYTES);
    check('getsockname', this.#context.native.calls.getsockname(this.fd, name.address, name.address + ADDRESS_BYTES));
    return readAddress(name, 0, this.#context.native);
  }

  #bind(address: string, port: number): number {
    const name = new Memory(this.#context.native, ADDRESS_BYTES);
    const length = writeAddress(this.#context.native, name, 0, { address, port }, this.family);
    return this.#context.native.calls.bind(this.fd, name.address, length);
  }

  #letJoin(fd: number, isOpen: boolean): void {
    this.#word.setU32(0, isOpen ? 1 : 0);
    this.#context.native.calls.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, this.#word.address, 4);
  }

  #setOption(level: number, name: number, value: number): number {
    this.#word.setU32(0, value);
    return this.#context.native.calls.setsockopt(this.fd, level, name, this.#word.address, 4);
  }
}

function check(call: string, result: number): number {
  if (result < 0) throw systemError(call, result);
  return result;
}
