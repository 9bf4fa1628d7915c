import { CLOCK_REALTIME, EINTR, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_EVENT } from '../../src/linux/abi';
import type { Native, SystemCalls } from '../../src/linux/system-calls';

const POLLFD_BYTES = 8;
const FIRST_EPOLL = 1_000_000;
const EBADF = 9;
const FIRST_ADDRESS = 0x7f00_0000_0000;

/** What `adjtimex` answers. */
interface Timex {
  readonly result: number;
  readonly status: number;
  readonly maxErrorUs: bigint;
}

/** What became of one `ppoll`. */
interface Poll {
  readonly waitNs: number;
  readonly fds: readonly number[];
}

/** A system whose time is a number: it passes as a test says, by reading it and by waiting. For specs only. */
export class ScriptedNative implements Native {
  monotonicNs = 1_000_000_000_000n;
  /** How far the wall clock is ahead. */
  aheadNs = 1_700_000_000_000_000_000n;
  /** What reading a clock takes, where `nextCostsNs` does not say otherwise. */
  costNs = 40;
  /** What the next readings take, in order. */
  nextCostsNs: number[] = [];
  timex: Timex = { result: 0, status: 0, maxErrorUs: 0n };
  /** What `adjtimex` was asked to set, which must be nothing. */
  readonly timexModes: number[] = [];
  /** How late the next wait that runs out ends. */
  latenessNs: () => number = () => 0;
  /** From when on a descriptor is readable. */
  readonly readableFrom = new Map<number, number>();
  /** Descriptors with something in their error queue. */
  readonly failed = new Set<number>();
  /** So many of the next waits are interrupted after half of their time. */
  interrupts = 0;
  readonly polls: Poll[] = [];
  clockReadings = 0;
  /** Those that stand behind another. */
  readonly #epolls = new Map<number, Set<number>>();
  readonly #memories: { readonly address: number; readonly bytes: Uint8Array }[] = [];
  #nextAddress = FIRST_ADDRESS;

  /** The descriptors of all open epolls. */
  get openEpolls(): readonly number[] {
    return [...this.#epolls.keys()];
  }

  readonly calls = {
    clock_gettime: (clock, time) => {
      this.clockReadings++;
      this.pass(this.nextCostsNs.shift() ?? this.costNs);
      const ns = clock === CLOCK_REALTIME ? this.monotonicNs + this.aheadNs : this.monotonicNs;
      const view = this.view(time);
      view.setBigInt64(0, ns / 1_000_000_000n, true);
      view.setBigInt64(8, ns % 1_000_000_000n, true);
      return 0;
    },
    // struct timex of a 64-bit system: modes at 0, maxerror at 24, status at 40.
    adjtimex: (state) => {
      const view = this.view(state);
      this.timexModes.push(view.getUint32(0, true));
      view.setUint32(0, 0xffff, true);
      view.setBigInt64(24, this.timex.maxErrorUs, true);
      view.setInt32(40, this.timex.status, true);
      return this.timex.result;
    },
    ppoll: (fds, count, timeout) => {
      const view = this.view(timeout);
      const waitNs = Number(view.getBigInt64(0, true)) * 1e9 + Number(view.getBigInt64(8, true));
      return this.#poll(fds, count, waitNs);
    },
    epoll_create1: () => {
      const fd = FIRST_EPOLL + this.#epolls.size;
      this.#epolls.set(fd, new Set());
      return fd;
    },
    epoll_ctl: (epoll, operation, fd) => {
      const watched = this.#epolls.get(epoll) as Set<number>;
      if (operation === EPOLL_CTL_ADD) watched.add(fd);
      if (operation === EPOLL_CTL_DEL) watched.delete(fd);
      return 0;
    },
    epoll_wait: (epoll, events, count) => {
      const now = Number(this.monotonicNs);
      const ready = [...(this.#epolls.get(epoll) ?? [])].filter((fd) => this.#readyFrom(fd) <= now).slice(0, count);
      ready.forEach((fd, i) => {
        const view = this.view(events + i * EPOLL_EVENT.bytes);
        view.setUint32(0, this.#eventsOf(fd), true);
        view.setUint32(EPOLL_EVENT.data, fd, true);
      });
      return ready.length;
    },
    close: (fd) => (this.#epolls.delete(fd) ? 0 : -EBADF),
    prctl: () => 0,
  } as Partial<SystemCalls> as SystemCalls;

  addressOf(bytes: Uint8Array): number {
    const address = this.#nextAddress;
    this.#nextAddress += (bytes.length + 4096) & ~4095;
    this.#memories.push({ address, bytes });
    return address;
  }

  /** The memory from `address` on. */
  view(address: number): DataView {
    const memory = this.#memories.find(
      ({ address: begin, bytes }) => address >= begin && address < begin + bytes.length,
    );
    if (memory === undefined) throw new RangeError(`nothing lies at ${address}`);
    const { bytes } = memory;
    return new DataView(bytes.buffer, bytes.byteOffset + address - memory.address);
  }

  pass(ns: number): void {
    this.monotonicNs += BigInt(ns);
  }

  #poll(fds: number, count: number, waitNs: number): number {
    const watched = Array.from({ length: count }, (_, i) => this.view(fds + i * POLLFD_BYTES));
    this.polls.push({ waitNs, fds: watched.map((each) => each.getInt32(0, true)) });
    if (this.interrupts > 0) {
      this.interrupts--;
      this.pass(Math.floor(waitNs / 2));
      return -EINTR;
    }
    const now = Number(this.monotonicNs);
    const first = Math.min(...watched.map((each) => this.#readyFrom(each.getInt32(0, true))));
    const end = Math.min(now + waitNs, Math.max(now, first));
    this.pass(end - now);
    let ready = 0;
    for (const each of watched) {
      const fd = each.getInt32(0, true);
      const events = this.#readyFrom(fd) <= end ? this.#eventsOf(fd) : 0;
      each.setUint16(6, events, true);
      if (events !== 0) ready++;
    }
    if (ready === 0 && waitNs > 0) this.pass(this.latenessNs());
    return ready;
  }

  #eventsOf(fd: number): number {
    return this.failed.has(fd) ? 1 | 8 : 1;
  }

  #readyFrom(fd: number): number {
    const behind = this.#epolls.get(fd);
    if (behind !== undefined) return Math.min(...[...behind].map((each) => this.#readyFrom(each)));
    return this.readableFrom.get(fd) ?? Number.POSITIVE_INFINITY;
  }
}
