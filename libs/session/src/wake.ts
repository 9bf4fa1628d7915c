import { type Deferred, deferred } from './promises';

/** Lets somebody wait until something has changed, whatever it is: who is woken looks again. */
export class Wake {
  #next: Deferred<void> | undefined;

  /** Wakes whoever waits. */
  ring(): void {
    const woken = this.#next;
    this.#next = undefined;
    woken?.resolve();
  }

  /** Resolves at the next ring. */
  wait(): Promise<void> {
    this.#next ??= deferred();
    return this.#next.promise;
  }

  /** What `look` finds, as soon as it finds something; it looks again after each ring. Rejects with what it throws. */
  async until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await this.wait();
    }
  }
}
