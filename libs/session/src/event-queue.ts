/** How many events may wait, and what is told in place of those that were pushed when so many did. */
interface EventQueueBound<T> {
  readonly max: number;
  missed(count: number): T;
}

/** Events pushed from callbacks, taken out by `for await`, in their order. Nothing is dropped unless there is a bound. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #bound: EventQueueBound<T> | undefined;
  #items: T[] = [];
  #missed = 0;
  #ended = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(bound?: EventQueueBound<T>) {
    this.#bound = bound;
  }

  push(item: T): void {
    if (this.#ended) return;
    if (this.#bound !== undefined && this.#items.length >= this.#bound.max) {
      this.#missed++;
      return;
    }
    this.#noteMissed();
    this.#items.push(item);
    this.#wake?.();
  }

  /** No more events but the last; those already pushed are still delivered. */
  end(...last: readonly T[]): void {
    if (last.length > 0) this.#noteMissed();
    if (!this.#ended) this.#items.push(...last);
    this.#ended = true;
    this.#wake?.();
  }

  /** As `end`, and then the iteration throws `failure`. */
  fail(failure: unknown): void {
    if (!this.#ended) this.#failure = failure;
    this.end();
  }

  #noteMissed(): void {
    if (this.#bound === undefined || this.#missed === 0) return;
    this.#items.push(this.#bound.missed(this.#missed));
    this.#missed = 0;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const items = this.#items;
      this.#items = [];
      yield* items;
      if (this.#items.length > 0) continue;
      if (this.#ended) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}
