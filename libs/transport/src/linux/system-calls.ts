import { createRequire } from 'node:module';
import { TransportError } from '../errors';
import { ERRNO } from './abi';

/**
 * The system calls that this transport makes. Addresses and sizes are plain numbers; a result below 0 is the negated
 * error number. A test passes an object in which one of them refuses.
 */
export interface SystemCalls {
  socket(domain: number, type: number, protocol: number): number;
  close(fd: number): number;
  bind(fd: number, address: number, length: number): number;
  connect(fd: number, address: number, length: number): number;
  getsockname(fd: number, address: number, length: number): number;
  getpeername(fd: number, address: number, length: number): number;
  setsockopt(fd: number, level: number, name: number, value: number, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: number, length: number): number;
  send(fd: number, bytes: number, length: number, flags: number): number;
  recv(fd: number, bytes: number, length: number, flags: number): number;
  sendmmsg(fd: number, messages: number, count: number, flags: number): number;
  recvmmsg(fd: number, messages: number, count: number, flags: number, timeout: number): number;
  ppoll(fds: number, count: number, timeout: number, mask: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, fd: number, event: number): number;
  epoll_wait(epoll: number, events: number, count: number, timeoutMs: number): number;
  eventfd(initial: number, flags: number): number;
  read(fd: number, bytes: number, length: number): number;
  write(fd: number, bytes: number, length: number): number;
  dup(fd: number): number;
  shutdown(fd: number, how: number): number;
  clock_gettime(clock: number, time: number): number;
  adjtimex(state: number): number;
  prctl(option: number, value: number): number;
  if_nametoindex(name: number): number;
  /** Above 0 when there is such an interface. */
  if_indextoname(index: number, name: number): number;
}

/** The result and the parameters of each, in C. All addresses are integers of the size of a pointer. */
const PROTOTYPES: Readonly<Record<keyof SystemCalls, string>> = {
  socket: 'int socket(int, int, int)',
  close: 'int close(int)',
  bind: 'int bind(int, uintptr_t, uint32_t)',
  connect: 'int connect(int, uintptr_t, uint32_t)',
  getsockname: 'int getsockname(int, uintptr_t, uintptr_t)',
  getpeername: 'int getpeername(int, uintptr_t, uintptr_t)',
  setsockopt: 'int setsockopt(int, int, int, uintptr_t, uint32_t)',
  getsockopt: 'int getsockopt(int, int, int, uintptr_t, uintptr_t)',
  send: 'intptr_t send(int, uintptr_t, uintptr_t, int)',
  recv: 'intptr_t recv(int, uintptr_t, uintptr_t, int)',
  sendmmsg: 'int sendmmsg(int, uintptr_t, uint32_t, int)',
  recvmmsg: 'int recvmmsg(int, uintptr_t, uint32_t, int, uintptr_t)',
  ppoll: 'int ppoll(uintptr_t, uintptr_t, uintptr_t, uintptr_t)',
  epoll_create1: 'int epoll_create1(int)',
  epoll_ctl: 'int epoll_ctl(int, int, int, uintptr_t)',
  epoll_wait: 'int epoll_wait(int, uintptr_t, int, int)',
  eventfd: 'int eventfd(uint32_t, int)',
  read: 'intptr_t read(int, uintptr_t, uintptr_t)',
  write: 'intptr_t write(int, uintptr_t, uintptr_t)',
  dup: 'int dup(int)',
  shutdown: 'int shutdown(int, int)',
  clock_gettime: 'int clock_gettime(int, uintptr_t)',
  adjtimex: 'int adjtimex(uintptr_t)',
  prctl: 'int prctl(int, uintptr_t)',
  if_nametoindex: 'uint32_t if_nametoindex(uintptr_t)',
  if_indextoname: 'uintptr_t if_indextoname(uint32_t, uintptr_t)',
};

const ARCHITECTURES = ['x64', 'arm64', 'riscv64', 'loong64'];

/** What is used of koffi. */
interface Koffi {
  load(path: null): { func(prototype: string): (...args: number[]) => number };
  errno(): number;
  address(bytes: Uint8Array): bigint;
}

/** The system calls of this host, and where memory lies. Throws `TransportError` where there is no way to make them. */
export interface Native {
  readonly calls: SystemCalls;
  /** The address of the first byte. Right as long as the memory is referred to. */
  addressOf(bytes: Uint8Array): number;
}

export function loadNative(): Native {
  if (process.platform !== 'linux' || !ARCHITECTURES.includes(process.arch)) {
    throw new TransportError('ENOSYS', `the linux transport is not made for ${process.platform} on ${process.arch}`);
  }
  const koffi = loadKoffi();
  const library = koffi.load(null);
  const calls: Record<string, (...args: number[]) => number> = {};
  for (const [name, prototype] of Object.entries(PROTOTYPES)) {
    const call = library.func(prototype);
    calls[name] = (...args) => {
      const result = call(...args);
      return result < 0 ? -koffi.errno() : result;
    };
  }
  return { calls: calls as unknown as SystemCalls, addressOf: (bytes) => Number(koffi.address(bytes)) };
}

function loadKoffi(): Koffi {
  try {
    return createRequire(__filename)('koffi') as Koffi;
  } catch (error) {
    throw new TransportError('ENOENT', 'the linux transport needs the package koffi, which is not installed', error);
  }
}

export const errorName = (result: number): string => ERRNO[-result] ?? `error ${-result}`;

/** A call that this transport cannot do without has failed. */
export const callError = (call: string, result: number): TransportError =>
  new TransportError(errorName(result), `a system call of the linux transport fails: ${call}: ${errorName(result)}`);

/** A failed call as an error with its code. */
export function systemError(call: string, result: number): Error & { code: string } {
  const code = errorName(result);
  return Object.assign(new Error(`${call}: ${code}`), { code });
}
