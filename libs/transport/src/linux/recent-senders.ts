import { isOwnAddress } from '../names';

/** So many senders of ICMP messages are looked up in a second. */
const MAX_LOOKED_UP = 64;
/** Addresses change. */
const KNOWN_FOR_NS = 1e9;

/** Of those who sent an ICMP message lately: whether they are this host. To look up its addresses takes a while, so it is done seldom. */
export class RecentSenders {
  readonly #isOwn = new Map<string, boolean>();
  #since = Number.NEGATIVE_INFINITY;

  /** Whether `address` is one of this host's. False for one that cannot be looked up any more within this second. */
  areThisHost(address: string, now: number): boolean {
    if (now - this.#since >= KNOWN_FOR_NS) {
      this.#since = now;
      this.#isOwn.clear();
    }
    const known = this.#isOwn.get(address);
    if (known !== undefined || this.#isOwn.size === MAX_LOOKED_UP) return known ?? false;
    const isOwn = isOwnAddress(address);
    this.#isOwn.set(address, isOwn);
    return isOwn;
  }
}
