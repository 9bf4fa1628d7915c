/** A place in an `IdleList`, one at a time. */
export class IdleLink<T> {
  readonly owner: T;
  before: IdleLink<T> | undefined;
  after: IdleLink<T> | undefined;

  constructor(owner: T) {
    this.owner = owner;
  }
}

/** From the longest idle to the latest heard. Every operation takes the same time however long the list is. */
export class IdleList<T> {
  #first: IdleLink<T> | undefined;
  #last: IdleLink<T> | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get longestIdle(): T | undefined {
    return this.#first?.owner;
  }

  /** `link` is in no list. */
  push(link: IdleLink<T>): void {
    link.before = this.#last;
    link.after = undefined;
    if (this.#last === undefined) this.#first = link;
    else this.#last.after = link;
    this.#last = link;
    this.#length++;
  }

  /** `link` is in this list. */
  remove(link: IdleLink<T>): void {
    if (link.before === undefined) this.#first = link.after;
    else link.before.after = link.after;
    if (link.after === undefined) this.#last = link.before;
    else link.after.before = link.before;
    this.#length--;
  }

  /** `link`, which is in this list, was heard just now. */
  touch(link: IdleLink<T>): void {
    if (link === this.#last) return;
    this.remove(link);
    this.push(link);
  }
}
