import { deferred } from '../promises';

/** Lets those of one key go one at a time, in the order in which they came. */
export class Turns {
  /** The end of the last turn that was asked for, by key. */
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when everybody who came before has ended its turn, with what ends this one. */
  async take(key: string): Promise<() => void> {
    const before = this.#last.get(key);
    const { promise: mine, resolve } = deferred();
    this.#last.set(key, mine);
    await before;
    return () => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
      resolve();
    };
  }
}
