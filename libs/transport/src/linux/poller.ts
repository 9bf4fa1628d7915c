import type { Timer } from '../clock';
import { EINTR, PR_SET_TIMERSLACK } from './abi';
import type { LinuxClock } from './linux-clock';
import { PollerTimers } from './poller-timers';
import { type Owner, type Source, TURNER } from './source';
import { callError, type Native } from './system-calls';
import { WakeUpLag } from './wake-up-lag';
import { WatchedDescriptors } from './watched-descriptors';

// A blocked thread looks at its stop flag this often, whatever happens.
const MAX_WAIT_NS = 50e6;
/** Where something of Node's is waited for as well, that is looked at this often. */
const NODE_WAIT_NS = 1e6;
/** While it spins, the thread looks at everything it rarely has to see once in so many turns. */
const SPINS_PER_POLL = 256;
const SPINS_PER_PROMISE = 16;
/** A timer that need not be exact may be late by this much, so that waking up for it costs nothing. */
const COARSE_NS = 1e6;
/** A timer that is later than this was held up: what came meanwhile is read before it fires. */
const HELD_UP_NS = 1e6;
/** So often all descriptors are read at the most until they are empty: more than their buffers hold. */
const MAX_READS = 64;

/**
 * The event loop of a worker thread: waits for descriptors and timers in one system call, and keeps time better than Node's
 * does. It is turned by `run` until its work is done or the stop flag is set; nothing else runs in that thread meanwhile.
 */
export class Poller {
  readonly #clock: LinuxClock;
  readonly #spinNs: number;
  readonly #descriptors: WatchedDescriptors;
  readonly #timers = new PollerTimers();
  readonly #lag: WakeUpLag;
  readonly #soon: (() => void)[] = [];
  /** On whose behalf each of `#soon` is called. */
  readonly #soonOwners: Owner[] = [];
  #lastActivity = Number.NEGATIVE_INFINITY;
  #spins = 0;

  /**
   * `spinNs`: for how long after something came or left, and before a timer is due, the thread looks again at once instead of
   * being woken by the system. 0: never.
   */
  constructor(native: Native, clock: LinuxClock, spinNs: number) {
    this.#clock = clock;
    this.#spinNs = spinNs;
    this.#descriptors = new WatchedDescriptors(native);
    this.#lag = new WakeUpLag();
    // As exact as the system can; where it will not, the lag is longer.
    native.calls.prctl(PR_SET_TIMERSLACK, 1);
  }

  add(source: Source, owner: Owner = TURNER): void {
    this.#descriptors.add(source, owner);
  }

  remove(source: Source): void {
    this.#descriptors.remove(source);
  }

  /** A timer that is as exact as this thread can make it, or one that does not wake the processor for exactness. */
  timer(isExact: boolean, owner: Owner = TURNER): Timer {
    return this.#timers.timer(isExact, owner);
  }

  clearTimersOf(owner: Owner): void {
    this.#timers.clearOf(owner);
  }

  /** Calls back in the next turn. */
  soon(callback: () => void, owner: Owner = TURNER): void {
    this.#soon.push(callback);
    this.#soonOwners.push(owner);
  }

  /** Something came or left just now. */
  noteActivity(): void {
    if (this.#spinNs > 0) this.#lastActivity = this.#clock.now();
  }

  /**
   * Turns until `isOver` says so. Promises go on by a step now and then between two turns; all of them, and what else Node waits
   * for, only while `needsNode` says so.
   */
  async run(isOver: () => boolean, needsNode: () => boolean = () => false): Promise<void> {
    while (!isOver()) {
      const spun = this.turn(needsNode() ? NODE_WAIT_NS : MAX_WAIT_NS);
      if (!spun || this.#spins % SPINS_PER_PROMISE === 0) await undefined;
      if (needsNode()) await new Promise(setImmediate);
    }
  }

  /**
   * Waits for the next event, for `longestNs` at most, and deals with all that has happened. Returns whether it only looked,
   * because something is expected at any moment. Throws when the system does not let it wait.
   */
  turn(longestNs: number): boolean {
    const now = this.#clock.now();
    const exact = this.#timers.nextExact;
    const coarse = this.#timers.nextCoarse;
    const isSpinning = this.#isSpinning(now, exact);
    const looks = isSpinning || this.#soon.length > 0;
    if (looks) this.#spin();
    else this.#wait(now, exact - this.#lag.ns - this.#spinNs, Math.min(coarse + COARSE_NS / 2, now + longestNs));
    // In a spin time hardly passes: the clock is not read again for timers that are far off.
    if (!looks || Math.min(exact, coarse) - now <= this.#lag.ns) this.#fireTimers();
    // What is called now may have settled promises, which must not wait.
    const isIdle = this.#soon.length === 0;
    this.#runSoon();
    return isSpinning && isIdle;
  }

  #isSpinning(now: number, exact: number): boolean {
    return this.#spinNs > 0 && (now - this.#lastActivity < this.#spinNs || exact - now < this.#spinNs);
  }

  #spin(): void {
    // Work that goes on by itself is no waiting: each of its turns may take long, and orders must be read.
    if (++this.#spins % SPINS_PER_POLL !== 0 && this.#soon.length === 0) this.#descriptors.readEach();
    else if (this.#descriptors.poll(0) > 0) this.#descriptors.serve();
  }

  /** Waits for descriptors until `early`, ahead of an exact timer, or until `latest`. */
  #wait(now: number, early: number, latest: number): void {
    const wakeAt = Math.min(early, latest);
    const ready = this.#descriptors.poll(Math.max(0, wakeAt - now));
    if (ready > 0) this.#descriptors.serve();
    // An interrupted wait, which is below 0, does not show how late the system is.
    else if (ready === 0 && wakeAt === early && wakeAt > now) this.#lag.learn(this.#clock.now() - wakeAt);
    else if (ready < 0 && ready !== -EINTR) throw callError('ppoll', ready);
  }

  /** Reads until there is nothing more: a descriptor is not always empty when it was served. */
  #readAll(): void {
    for (let reads = 0; reads < MAX_READS && this.#descriptors.poll(0) > 0; reads++) {
      if (!this.#descriptors.serve()) return;
    }
  }

  #fireTimers(): void {
    const next = Math.min(this.#timers.nextExact, this.#timers.nextCoarse);
    if (next === Number.POSITIVE_INFINITY) return;
    let now = this.#clock.now();
    if (now - next > HELD_UP_NS) {
      this.#readAll();
      now = this.#clock.now();
    }
    this.#timers.fire(now, this.#lag.ns, this.#clock);
  }

  #runSoon(): void {
    for (let left = this.#soon.length; left > 0; left--) {
      const callback = this.#soon.shift() as () => void;
      const owner = this.#soonOwners.shift() as Owner;
      try {
        if (!owner.isOver) callback();
      } catch (error) {
        owner.onFailure(error);
      }
    }
  }
}
