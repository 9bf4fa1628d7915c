/** An event that may still be waited for, and what is to be told behind it. */
interface Place<Event> {
  event: Event | undefined;
  readonly behind: Event[];
}

/** A peer that doubles without end must not fill memory: with more than so many held, the next is told at once. */
const MAX_BEHIND = 4096;

/** Tells one event for each place, in the order in which the places were taken, whichever becomes known first. */
export class OrderedEvents<Event> {
  readonly #onEvent: (event: Event) => void;
  readonly #places = new Map<number, Place<Event>>();
  #held = 0;

  constructor(onEvent: (event: Event) => void) {
    this.#onEvent = onEvent;
  }

  /** How many places are not told yet. */
  get size(): number {
    return this.#places.size;
  }

  /** Takes the next place. */
  expect(place: number): void {
    this.#places.set(place, { event: undefined, behind: [] });
  }

  /** There will be no event for this place. */
  drop(place: number): void {
    this.#places.delete(place);
    this.#releaseReady();
  }

  /** The event of a place that was taken. */
  give(place: number, event: Event): void {
    const taken = this.#places.get(place);
    if (taken === undefined) return;
    taken.event ??= event;
    this.#releaseReady();
  }

  /** An event to be told behind that of `place`: at once when that is told already. */
  giveBehind(place: number, event: Event): void {
    const taken = this.#places.get(place);
    if (taken === undefined || this.#held >= MAX_BEHIND) {
      this.#onEvent(event);
      return;
    }
    taken.behind.push(event);
    this.#held++;
  }

  #releaseReady(): void {
    // A map goes through its entries in the order in which they were put in.
    for (const [place, { event, behind }] of this.#places) {
      if (event === undefined) return;
      this.#places.delete(place);
      this.#held -= behind.length;
      this.#onEvent(event);
      for (const each of behind) this.#onEvent(each);
    }
  }
}
