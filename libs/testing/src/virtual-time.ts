import { type Instant, instant, type Span } from '@pathgauge/units';

/** No instant of a test is 0, as none is on a real clock. */
const FIRST: Instant = instant(1e9);

const realTurn = globalThis.setImmediate;

interface Event {
  readonly at: Instant;
  readonly run: () => void;
}

/** Time that passes only while a test waits for it, from one event to the next. Events of one instant keep their order. */
export class VirtualTime {
  #now = FIRST;
  #handles = 0;
  readonly #events = new Map<number, Event>();

  now(): Instant {
    return this.#now;
  }

  /** Runs `run` when `delay` has passed. */
  schedule(delay: Span, run: () => void): number {
    const handle = ++this.#handles;
    this.#events.set(handle, { at: instant(this.#now + Math.max(0, delay)), run });
    return handle;
  }

  /** The same as `schedule`, under the handle of an event that has just run. */
  reschedule(handle: number, delay: Span, run: () => void): void {
    this.#events.set(handle, { at: instant(this.#now + delay), run });
  }

  cancel(handle: number): void {
    this.#events.delete(handle);
  }

  /** Lets `by` pass. */
  async advance(by: Span): Promise<void> {
    const end = instant(this.#now + by);
    await flush();
    while (await this.#step(end));
    this.#now = end;
  }

  /** Lets time pass until `promise` is settled. Rejects when nothing is left that could settle it. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const note = (): void => void (settled = true);
    promise.then(note, note);
    await flush();
    while (!settled) {
      if (!(await this.#step(instant(Number.POSITIVE_INFINITY)))) throw new Error('nothing is left to happen');
    }
    return promise;
  }

  /** Runs the next event that is due by `end`, and all that follows from it at once. False when there is none. */
  async #step(end: Instant): Promise<boolean> {
    let next: [number, Event] | undefined;
    for (const entry of this.#events) if (next === undefined || entry[1].at < next[1].at) next = entry;
    if (next === undefined || next[1].at > end) return false;
    const [handle, { at, run }] = next;
    this.#events.delete(handle);
    this.#now = at;
    run();
    await flush();
    return true;
  }
}

/** Everything that promises still have to do. */
const flush = (): Promise<void> => new Promise((resolve) => realTurn(resolve));
