import { TransportError } from '../errors';
import type { Granted, StreamSettings } from '../settings';
import {
  EPERM,
  IP_TOS,
  IPV6_TCLASS,
  SO_RCVBUF,
  SO_SNDBUF,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_TCP,
  TCP_CONGESTION,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_WINDOW_CLAMP,
} from './abi';
import { Memory } from './memory';
import { limitRate } from './pacing';
import { askForRoom } from './socket-room';
import { errorName, type Native } from './system-calls';

/** TCP_CA_NAME_MAX, of which the last byte is zero. */
const NAME_BYTES = 16;
const VALUE_AT = 8;

/** What is set on connections, and asked of what they were granted, by their descriptors. */
export class ConnectionSettings {
  readonly #native: Native;
  /** The length of a value, and the value behind it. */
  readonly #word: Memory;

  constructor(native: Native) {
    this.#native = native;
    this.#word = new Memory(native, VALUE_AT + NAME_BYTES);
  }

  /** Throws `TransportError` where the system refuses one of them. */
  apply(fd: number, settings: StreamSettings): void {
    const { windowBytes, mssBytes, congestion, noDelay, trafficClass, pacingBytesPerSecond } = settings;
    if (windowBytes !== undefined) this.#setWindow(fd, windowBytes);
    if (mssBytes !== undefined && this.#set(fd, SOL_TCP, TCP_MAXSEG, mssBytes) < 0) {
      throw new TransportError('EINVAL', `cannot set segments of ${mssBytes} bytes: the system takes 88 to 32767`);
    }
    if (congestion !== undefined) this.#requireCongestion(fd, congestion);
    if (noDelay !== undefined) this.#set(fd, SOL_TCP, TCP_NODELAY, noDelay ? 1 : 0);
    if (trafficClass !== undefined) this.#mark(fd, trafficClass);
    if (pacingBytesPerSecond !== undefined) limitRate(this.#native, fd, pacingBytesPerSecond);
  }

  granted(fd: number): Granted {
    return {
      sendBufferBytes: this.#room(fd, SO_SNDBUF),
      receiveBufferBytes: this.#room(fd, SO_RCVBUF),
      mssBytes: this.#get(fd, SOL_TCP, TCP_MAXSEG),
    };
  }

  /** The name of the congestion control in use; undefined when the system does not say. */
  congestion(fd: number): string | undefined {
    const { address, bytes } = this.#word;
    this.#word.setU32(0, NAME_BYTES);
    const result = this.#native.calls.getsockopt(fd, SOL_TCP, TCP_CONGESTION, address + VALUE_AT, address);
    if (result < 0) return undefined;
    const name = bytes.subarray(VALUE_AT, VALUE_AT + NAME_BYTES);
    return String.fromCharCode(...name.subarray(0, name.indexOf(0)));
  }

  /** The number of the error, below 0, where the system refuses that congestion control. */
  setCongestion(fd: number, name: string): number {
    const { address, bytes } = this.#word;
    const length = Math.min(name.length, NAME_BYTES);
    for (let i = 0; i < length; i++) bytes[VALUE_AT + i] = name.charCodeAt(i);
    return this.#native.calls.setsockopt(fd, SOL_TCP, TCP_CONGESTION, address + VALUE_AT, length);
  }

  #setWindow(fd: number, bytes: number): void {
    askForRoom(bytes, (option, value) => this.#set(fd, SOL_SOCKET, option, value) >= 0);
    // What an open connection offers its peer does not follow by itself.
    const room = this.#get(fd, SOL_SOCKET, SO_RCVBUF);
    if (room !== undefined) this.#set(fd, SOL_TCP, TCP_WINDOW_CLAMP, room);
  }

  #requireCongestion(fd: number, name: string): void {
    const result = this.setCongestion(fd, name);
    if (result >= 0) return;
    const why = result === -EPERM ? 'this host allows it to root only' : 'this host does not have it';
    throw new TransportError(errorName(result), `cannot use the congestion control ${name}: ${why}`);
  }

  /** Of the two options one fits the family of the socket; IPv4 on an IPv6 socket heeds both. */
  #mark(fd: number, trafficClass: number): void {
    this.#set(fd, SOL_IP, IP_TOS, trafficClass);
    this.#set(fd, SOL_IPV6, IPV6_TCLASS, trafficClass);
  }

  #room(fd: number, name: number): number | undefined {
    const bytes = this.#get(fd, SOL_SOCKET, name);
    return bytes === undefined ? undefined : bytes / 2;
  }

  #get(fd: number, level: number, name: number): number | undefined {
    const { address } = this.#word;
    this.#word.setU32(0, 4);
    const result = this.#native.calls.getsockopt(fd, level, name, address + VALUE_AT, address);
    return result < 0 ? undefined : this.#word.u32(VALUE_AT);
  }

  #set(fd: number, level: number, name: number, value: number): number {
    this.#word.setU32(VALUE_AT, value);
    return this.#native.calls.setsockopt(fd, level, name, this.#word.address + VALUE_AT, 4);
  }
}
