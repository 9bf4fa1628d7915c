import type { Endpoint } from '../address';
import { Destinations } from './destinations';
import { BATCH, type MessageVector } from './message-vector';
import { ADDRESS_BYTES, readAddress } from './socket-address';
import type { Native } from './system-calls';

const MAX_REMEMBERED = 256;

/** Who has sent a datagram, and to which of this host's addresses. */
interface Way {
  readonly name: Uint32Array;
  readonly own: Uint32Array;
  readonly source: Endpoint;
  readonly destination: string | undefined;
}

/** The ways that the datagrams of a batch came. They are remembered, because making an address into text costs more than the rest. */
export class Ways {
  readonly destinations: Destinations;
  readonly #native: Native;
  readonly #vector: MessageVector;
  readonly #remembered: (Way | undefined)[] = Array.from({ length: MAX_REMEMBERED }, () => undefined);
  /** Of each datagram, once it was asked for. */
  readonly #found: (Way | undefined)[] = Array.from({ length: BATCH }, () => undefined);

  constructor(native: Native, vector: MessageVector) {
    this.destinations = new Destinations(native);
    this.#native = native;
    this.#vector = vector;
  }

  /** A new batch of `count`: nothing is known. */
  begin(count: number): void {
    this.destinations.clear();
    for (let i = 0; i < count; i++) this.#found[i] = undefined;
  }

  of(i: number): Way {
    return (this.#found[i] ??= this.#find(i));
  }

  /** Whether two datagrams have come from one address to one. True is certain; false for one that was forgotten between them. */
  areSame(i: number, k: number): boolean {
    return this.of(i) === this.of(k);
  }

  #find(i: number): Way {
    const { memory } = this.#vector;
    const at = this.#vector.nameAt(i) >>> 2;
    const slot = this.#slotOf(memory.words, at, i);
    const known = this.#remembered[slot];
    if (known !== undefined && isSame(known.name, memory.words, at) && this.destinations.isCopy(known.own, i)) {
      return known;
    }
    const way: Way = {
      name: memory.words.slice(at, at + ADDRESS_BYTES / 4),
      own: this.destinations.copy(i),
      source: readAddress(memory, this.#vector.nameAt(i), this.#native),
      destination: this.destinations.text(i),
    };
    this.#remembered[slot] = way;
    return way;
  }

  #slotOf(words: Uint32Array, at: number, i: number): number {
    const mixed =
      (words[at] as number) ^ (words[at + 1] as number) ^ (words[at + 5] as number) ^ this.destinations.hash(i);
    return ((mixed >>> 16) ^ (mixed >>> 24) ^ mixed) & (MAX_REMEMBERED - 1);
  }
}

/** Whether the words of `memory` from `at` on are those. */
function isSame(words: Uint32Array, memory: Uint32Array, at: number): boolean {
  for (let i = 0; i < words.length; i++) if (words[i] !== memory[at + i]) return false;
  return true;
}
