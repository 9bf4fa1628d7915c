import { roomFor } from '../columns';

/** One exchange of timestamps with a peer, in nanoseconds: a probe and its reply. Callers may reuse one. */
export interface Exchange {
  /** Its place in order of sending, from 0; lost ones have a place as well. */
  index: number;
  /** Its place in order of arrival, of those that are recorded. */
  rank: number;
  /** T1 and T4. */
  sentAt: number;
  arrivedAt: number;
  /** T2 - T1 and T4 - T3, with the clock offset in them. */
  upNs: number;
  downNs: number;
}

const MAX_MOVES_EACH = 16;
/** They lie one behind the other in one buffer. */
const COLUMNS = 6;
const BYTES = Float64Array.BYTES_PER_ELEMENT;
const EMPTY = new Float64Array(0);

/** A bounded list of exchanges in order of sending, in columns, which grow by need: they are others after a `push`. */
export class Exchanges {
  index: Float64Array = EMPTY;
  rank: Float64Array = EMPTY;
  sentAt: Float64Array = EMPTY;
  arrivedAt: Float64Array = EMPTY;
  up: Float64Array = EMPTY;
  down: Float64Array = EMPTY;
  readonly #most: number;
  #length = 0;

  constructor(capacity: number) {
    this.#most = capacity;
  }

  get length(): number {
    return this.#length;
  }

  push(exchange: Exchange): void {
    const i = this.#length++;
    if (i === this.index.length) this.#grow();
    this.index[i] = exchange.index;
    this.rank[i] = exchange.rank;
    this.sentAt[i] = exchange.sentAt;
    this.arrivedAt[i] = exchange.arrivedAt;
    this.up[i] = exchange.upNs;
    this.down[i] = exchange.downNs;
  }

  /** Forgets the first `count`. */
  drop(count: number): void {
    for (const column of [this.index, this.rank, this.sentAt, this.arrivedAt, this.up, this.down]) {
      column.copyWithin(0, count, this.#length);
    }
    this.#length -= count;
  }

  /** The places [from, to) in ascending order of a column; in `into`, from its beginning on. */
  placesBy(column: Float64Array, from: number, to: number, into: Int32Array): Int32Array {
    const places = into.subarray(0, to - from);
    // Replies come nearly in order, so insertion is quick. Where it takes too many moves, a sort does the rest.
    let moves = MAX_MOVES_EACH * (to - from);
    for (let i = from; i < to; i++) {
      const value = column[i] as number;
      let place = i - from;
      for (; place > 0 && moves > 0 && (column[places[place - 1] as number] as number) > value; place--, moves--) {
        places[place] = places[place - 1] as number;
      }
      places[place] = i;
    }
    return moves > 0 ? places : places.sort((a, b) => (column[a] as number) - (column[b] as number));
  }

  /** The longest time between the sendings of two that follow each other, of those at [from, to) and the ones next to them. */
  longestGapNs(from: number, to: number): number {
    let longest = 0;
    for (let i = Math.max(from, 1); i < Math.min(to + 1, this.#length); i++) {
      longest = Math.max(longest, (this.sentAt[i] as number) - (this.sentAt[i - 1] as number));
    }
    return longest;
  }

  /** Round trip less the server's own time: the offset cancels. */
  roundTrip(i: number): number {
    return (this.up[i] as number) + (this.down[i] as number);
  }

  /** The offset, if both ways took as long. */
  midpoint(i: number): number {
    return ((this.up[i] as number) - (this.down[i] as number)) / 2;
  }

  /** Halfway between T1 and T4. */
  middle(i: number): number {
    return ((this.sentAt[i] as number) + (this.arrivedAt[i] as number)) / 2;
  }
  #grow(): void {
    const room = roomFor(this.#length, this.index.length, this.#most);
    const buffer = new ArrayBuffer(COLUMNS * room * BYTES);
    let next = 0;
    const moved = (column: Float64Array): Float64Array => {
      const longer = new Float64Array(buffer, BYTES * room * next++, room);
      longer.set(column);
      return longer;
    };
    this.index = moved(this.index);
    this.rank = moved(this.rank);
    this.sentAt = moved(this.sentAt);
    this.arrivedAt = moved(this.arrivedAt);
    this.up = moved(this.up);
    this.down = moved(this.down);
  }
}
