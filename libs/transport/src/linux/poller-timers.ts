import type { Instant } from '@pathgauge/units';
import type { Timer } from '../clock';
import type { Owner } from './source';
import { type HeapEntry, isBefore, NOWHERE, TimerHeap } from './timer-heap';

const NEVER = Number.POSITIVE_INFINITY;

/** The timers of one poller. Exact and coarse ones are kept apart, since the poller is woken for them in different ways. */
export class PollerTimers {
  readonly #exact = new TimerHeap<PollerTimer>();
  readonly #coarse = new TimerHeap<PollerTimer>();
  /** Set by a handler while timers fire: they wait for the next turn, so that a turn ends. */
  readonly #setMeanwhile = new Set<PollerTimer>();
  #isFiring = false;
  #sets = 0;

  timer(isExact: boolean, owner: Owner): Timer {
    return new PollerTimer(this, isExact, owner);
  }

  /** When the first exact timer is due; infinitely late when there is none. */
  get nextExact(): number {
    return this.#exact.first?.at ?? NEVER;
  }

  /** When the first coarse timer is due; infinitely late when there is none. */
  get nextCoarse(): number {
    return this.#coarse.first?.at ?? NEVER;
  }

  /**
   * Calls those that are due, by due instant. An exact one that is due within `lag` is waited for without letting go of the
   * processor. One that is set meanwhile is not called in this turn, whenever it is due.
   */
  fire(begin: number, lag: number, clock: { now(): number }): void {
    let now = begin;
    this.#isFiring = true;
    try {
      for (let timer = this.#nextOf(now + lag, now); timer !== undefined; timer = this.#nextOf(now + lag, now)) {
        while (now < timer.at) now = clock.now();
        timer.fire();
      }
    } finally {
      this.#isFiring = false;
      for (const timer of this.#setMeanwhile) this.#heapOf(timer).add(timer);
      this.#setMeanwhile.clear();
    }
  }

  /** Takes a timer in that is not pending, or has it due at another instant. */
  set(timer: PollerTimer, at: number): void {
    if (timer.owner.isOver) return;
    if (timer.isPending) this.clear(timer);
    else timer.order = this.#sets++;
    timer.at = at;
    timer.isPending = true;
    if (this.#isFiring) this.#setMeanwhile.add(timer);
    else this.#heapOf(timer).add(timer);
  }

  clear(timer: PollerTimer): void {
    timer.isPending = false;
    if (timer.place === NOWHERE) this.#setMeanwhile.delete(timer);
    else this.#heapOf(timer).remove(timer);
  }

  /** None of the owner's is called any more. */
  clearOf(owner: Owner): void {
    const pending = [...this.#exact.entries, ...this.#coarse.entries, ...this.#setMeanwhile];
    for (const timer of pending) if (timer.owner === owner) timer.clear();
  }

  /** The first of the exact timers that are due until then and the coarse ones that are due until then. */
  #nextOf(exactUntil: number, coarseUntil: number): PollerTimer | undefined {
    const exact = this.#exact.first;
    const coarse = this.#coarse.first;
    if (coarse !== undefined && coarse.at <= coarseUntil && (exact === undefined || isBefore(coarse, exact))) {
      return coarse;
    }
    return exact !== undefined && exact.at <= exactUntil ? exact : undefined;
  }

  #heapOf(timer: PollerTimer): TimerHeap<PollerTimer> {
    return timer.isExact ? this.#exact : this.#coarse;
  }
}

class PollerTimer implements Timer, HeapEntry {
  readonly isExact: boolean;
  at = 0;
  order = 0;
  place = NOWHERE;
  isPending = false;
  readonly owner: Owner;
  readonly #timers: PollerTimers;
  #callback: (() => void) | undefined;

  constructor(timers: PollerTimers, isExact: boolean, owner: Owner) {
    this.#timers = timers;
    this.owner = owner;
    this.isExact = isExact;
  }

  set(at: Instant, callback: () => void): void {
    this.#callback = callback;
    this.#timers.set(this, at);
  }

  clear(): void {
    if (this.isPending) this.#timers.clear(this);
  }

  fire(): void {
    const callback = this.#callback;
    this.#callback = undefined;
    this.#timers.clear(this);
    try {
      callback?.();
    } catch (error) {
      this.owner.onFailure(error);
    }
  }
}
