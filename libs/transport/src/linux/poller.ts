import type { Instant } from '@pathgauge/units';
import type { Timer } from '../clock';
import { EINTR, POLLERR, POLLIN, POLLOUT, PR_SET_TIMERSLACK } from './abi';
import type { LinuxClock } from './linux-clock';
import { Memory } from './memory';
import { callError, type Native } from './system-calls';

// A blocked thread looks at its stop flag this often, whatever happens.
const MAX_WAIT_NS = 50e6;
const POLLFD_BYTES = 8;
const MAX_SOURCES = 64;
/** While it spins, the thread looks at everything it rarely has to see once in so many turns. */
const SPINS_PER_POLL = 256;
const SPINS_PER_PROMISE = 16;
// The system wakes a thread late, by about as much each time: it is asked to wake that much earlier. How much, the latest
// wake-ups tell: all of them but the worst come in time.
const FIRST_LAG_NS = 100e3;
const MAX_LAG_NS = 1e6;
const WAKE_UPS = 16;
const WORST = 2;
/** A timer that need not be exact may be late by this much, so that waking up for it costs nothing. */
const COARSE_NS = 1e6;
/** A timer that is later than this was held up: what came meanwhile is read before it fires. */
const HELD_UP_NS = 1e6;
/** So often all descriptors are read at the most until they are empty: more than their buffers hold. */
const MAX_READS = 64;
const NEVER = Number.POSITIVE_INFINITY;

/** A descriptor that the poller watches. */
export interface Source {
  readonly fd: number;
  /** Whether it has something to send that the system has not taken. */
  readonly wantsWrite: boolean;
  /** While the thread spins, this source is only looked at now and then. */
  readonly isRare: boolean;
  /** There may be something to read, or room to write; with `hasFailed`, something is to be learnt of what was sent. */
  onReady(hasFailed: boolean): void;
}

/**
 * The event loop of a worker thread: waits for descriptors and timers in one system call, and keeps time better than Node's
 * does. It is turned by `run` until its work is done or the stop flag is set; nothing else runs in that thread meanwhile.
 */
export class Poller {
  readonly #native: Native;
  readonly #clock: LinuxClock;
  readonly #spinNs: number;
  readonly #sources: Source[] = [];
  readonly #timers = new Set<PollerTimer>();
  readonly #soon: (() => void)[] = [];
  readonly #fds: Memory;
  readonly #timeout: Memory;
  #lag = FIRST_LAG_NS;
  readonly #lateness: number[] = [];
  #lastActivity = Number.NEGATIVE_INFINITY;
  #spins = 0;

  /**
   * `spinNs`: for how long after something came or left, and before a timer is due, the thread looks again at once instead of
   * being woken by the system. 0: never.
   */
  constructor(native: Native, clock: LinuxClock, spinNs: number) {
    this.#native = native;
    this.#clock = clock;
    this.#spinNs = spinNs;
    this.#fds = new Memory(native, POLLFD_BYTES * MAX_SOURCES);
    this.#timeout = new Memory(native, 16);
    // As exact as the system can; where it will not, the lag is longer.
    native.calls.prctl(PR_SET_TIMERSLACK, 1);
  }

  add(source: Source): void {
    if (this.#sources.length === MAX_SOURCES) throw new RangeError(`${MAX_SOURCES} descriptors are watched already`);
    this.#sources.push(source);
  }

  remove(source: Source): void {
    const place = this.#sources.indexOf(source);
    if (place >= 0) this.#sources.splice(place, 1);
  }

  /** A timer that is as exact as this thread can make it, or one that does not wake the processor for exactness. */
  timer(exact: boolean): Timer {
    return new PollerTimer(this.#timers, exact);
  }

  /** Calls back in the next turn. */
  soon(callback: () => void): void {
    this.#soon.push(callback);
  }

  /** Something came or left just now. */
  noteActivity(): void {
    if (this.#spinNs > 0) this.#lastActivity = this.#clock.now();
  }

  /** Turns until `isOver` says so. Promises go on now and then between two turns; nothing else of Node's does. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const spun = this.turn(MAX_WAIT_NS);
      if (!spun || this.#spins % SPINS_PER_PROMISE === 0) await undefined;
    }
  }

  /**
   * Waits for the next event, for `longestNs` at most, and deals with all that has happened. Returns whether it only looked,
   * because something is expected at any moment. Throws when the system does not let it wait.
   */
  turn(longestNs: number): boolean {
    const now = this.#clock.now();
    const exact = this.#nextDue(true);
    const coarse = this.#nextDue(false);
    const isSpinning = this.#isSpinning(now, exact);
    const looks = isSpinning || this.#soon.length > 0;
    if (looks) {
      this.#spin();
    } else {
      const early = exact - this.#lag - this.#spinNs;
      const wakeAt = Math.min(early, coarse + COARSE_NS / 2, now + longestNs);
      const ready = this.#poll(Math.max(0, wakeAt - now));
      if (ready > 0) this.#serveReady();
      // An interrupted wait, which is below 0, tells nothing of how late the system is.
      else if (ready === 0 && wakeAt === early && wakeAt > now) this.#learnLag(wakeAt);
      else if (ready < 0 && ready !== -EINTR) throw callError('ppoll', ready);
    }
    // In a spin time hardly passes: the clock is not read again for timers that are far off.
    if (!looks || Math.min(exact, coarse) - now <= this.#lag) this.#fireTimers();
    // What is called now may have settled promises, which must not wait.
    const isIdle = this.#soon.length === 0;
    this.#runSoon();
    return isSpinning && isIdle;
  }

  #isSpinning(now: number, exact: number): boolean {
    return this.#spinNs > 0 && (now - this.#lastActivity < this.#spinNs || exact - now < this.#spinNs);
  }

  #spin(): void {
    // Work that goes on by itself is no waiting: each of its turns may take long, and orders must be heard.
    if (++this.#spins % SPINS_PER_POLL === 0 || this.#soon.length > 0) {
      if (this.#poll(0) > 0) this.#serveReady();
      return;
    }
    // By place: a source may remove itself, or another.
    for (let i = 0; i < this.#sources.length; i++) {
      const source = this.#sources[i] as Source;
      if (!source.isRare) source.onReady(false);
    }
  }

  /** How many descriptors are ready, after `waitNs` at most. */
  #poll(waitNs: number): number {
    const { words } = this.#fds;
    for (let i = 0; i < this.#sources.length; i++) {
      const source = this.#sources[i] as Source;
      words[2 * i] = source.fd;
      words[2 * i + 1] = source.wantsWrite ? POLLIN | POLLOUT : POLLIN;
    }
    this.#timeout.setU64(0, Math.floor(waitNs / 1e9));
    this.#timeout.setU64(8, Math.floor(waitNs % 1e9));
    return this.#native.calls.ppoll(this.#fds.address, this.#sources.length, this.#timeout.address, 0);
  }

  /** Reads until there is nothing more: a descriptor is not always empty when it was served. */
  #readAll(): void {
    for (let reads = 0; reads < MAX_READS && this.#poll(0) > 0; reads++) {
      if (!this.#serveReady()) return;
    }
  }

  /** Whether there was something to read. */
  #serveReady(): boolean {
    const { words } = this.#fds;
    // A handler may remove sources: those seen ready are served as they stood.
    const ready = this.#sources.map((source, i) => ({ source, events: (words[2 * i + 1] as number) >>> 16 }));
    for (const { source, events } of ready) {
      if (events !== 0 && this.#sources.includes(source)) source.onReady((events & POLLERR) !== 0);
    }
    return ready.some(({ events }) => (events & POLLIN) !== 0);
  }

  #nextDue(exact: boolean): number {
    let next = NEVER;
    for (const timer of this.#timers) if (timer.exact === exact && timer.at < next) next = timer.at;
    return next;
  }

  #learnLag(wakeAt: number): void {
    if (this.#lateness.push(this.#clock.now() - wakeAt) > WAKE_UPS) this.#lateness.shift();
    const sorted = [...this.#lateness].sort((a, b) => b - a);
    const worst = Math.floor((WORST * sorted.length) / WAKE_UPS);
    this.#lag = Math.min(sorted[worst] as number, MAX_LAG_NS);
  }

  #fireTimers(): void {
    if (this.#timers.size === 0) return;
    let now = this.#clock.now();
    if (now - Math.min(this.#nextDue(true), this.#nextDue(false)) > HELD_UP_NS) {
      this.#readAll();
      now = this.#clock.now();
    }
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (!this.#timers.has(timer)) continue;
      // Woken ahead of time by what waking up takes at the most: the rest is not worth another wait.
      if (timer.exact && timer.at - now <= this.#lag) while (now < timer.at) now = this.#clock.now();
      if (timer.at <= now) timer.fire();
    }
  }

  #runSoon(): void {
    for (let left = this.#soon.length; left > 0; left--) this.#soon.shift()?.();
  }
}

class PollerTimer implements Timer {
  readonly exact: boolean;
  at = 0;
  readonly #pending: Set<PollerTimer>;
  #callback: (() => void) | undefined;

  constructor(pending: Set<PollerTimer>, exact: boolean) {
    this.#pending = pending;
    this.exact = exact;
  }

  set(at: Instant, callback: () => void): void {
    this.at = at;
    this.#callback = callback;
    this.#pending.add(this);
  }

  clear(): void {
    this.#pending.delete(this);
  }

  fire(): void {
    this.#pending.delete(this);
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.();
  }
}
