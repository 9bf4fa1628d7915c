/** So many are kept when nobody uses them: calls are seldom nested deeper. */
const MAX_IDLE = 4;

/**
 * Things that one user at a time works with for the length of a call, and that all users share. While a call runs that has taken
 * one, another call within it takes another: as many are made as calls are nested, which is one but for handlers that send.
 */
export class Pool<Item> {
  readonly #make: () => Item;
  readonly #idle: Item[] = [];

  constructor(make: () => Item) {
    this.#make = make;
  }

  /** One that nobody uses. */
  take(): Item {
    return this.#idle.pop() ?? this.#make();
  }

  giveBack(item: Item): void {
    if (this.#idle.length < MAX_IDLE) this.#idle.push(item);
  }
}
