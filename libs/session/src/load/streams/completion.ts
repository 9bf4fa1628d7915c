/**
 * Something that happens once. Unlike a promise, it calls back within the call that makes it happen: a thread may sleep before a
 * promise goes on.
 */
export class Completion {
  readonly #handlers: (() => void)[] = [];
  #isComplete = false;

  get isComplete(): boolean {
    return this.#isComplete;
  }

  complete(): void {
    this.#isComplete = true;
    for (const handler of this.#handlers.splice(0)) handler();
  }

  /** Calls back when it happens; at once if it has. */
  onComplete(handler: () => void): void {
    if (this.#isComplete) handler();
    else this.#handlers.push(handler);
  }
}
