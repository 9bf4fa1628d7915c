/** What a heap needs of a timer. */
export interface HeapEntry {
  /** When it is due. */
  at: number;
  /** Of two that are due at one instant, the one with the lower number comes first. */
  order: number;
  /** Where it stands in its heap; `NOWHERE` when it is in none. */
  place: number;
}

export const NOWHERE = -1;

/** Timers by due instant: a binary heap, in which each knows its place, so that any can leave without a search. */
export class TimerHeap<Entry extends HeapEntry> {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** In no order. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The one that is due first. */
  get first(): Entry | undefined {
    return this.#entries[0];
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#rise(entry, this.#entries.length - 1);
  }

  remove(entry: Entry): void {
    const { place } = entry;
    entry.place = NOWHERE;
    const last = this.#entries.pop() as Entry;
    if (last === entry) return;
    this.#rise(last, place);
    this.#sink(last, last.place);
  }

  /** Puts `entry` where it belongs, at `place` or above. */
  #rise(entry: Entry, place: number): void {
    let at = place;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      const parent = this.#entries[above] as Entry;
      if (!isBefore(entry, parent)) break;
      this.#put(parent, at);
      at = above;
    }
    this.#put(entry, at);
  }

  /** Puts `entry` where it belongs, at `place` or below. */
  #sink(entry: Entry, place: number): void {
    let at = place;
    for (let below = this.#earlierChild(at); below !== undefined; below = this.#earlierChild(at)) {
      if (!isBefore(below, entry)) break;
      const from = below.place;
      this.#put(below, at);
      at = from;
    }
    this.#put(entry, at);
  }

  #earlierChild(place: number): Entry | undefined {
    const left = this.#entries[2 * place + 1];
    const right = this.#entries[2 * place + 2];
    return right !== undefined && isBefore(right, left as Entry) ? right : left;
  }

  #put(entry: Entry, place: number): void {
    this.#entries[place] = entry;
    entry.place = place;
  }
}

/** Whether `a` is due before `b`. */
export const isBefore = (a: HeapEntry, b: HeapEntry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
