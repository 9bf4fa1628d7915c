import type { Exchange } from '@pathgauge/metrics';

/** So many probes behind, a Follow-up does not come any more: it was lost. */
const MOST_HELD = 64;
/**
 * Replies that a Follow-up may still speak of, and probes that wait behind one that is not settled: as many as the ledger
 * remembers at the least. A power of two, so that numbers that wrap keep their places.
 */
const REMEMBERED = 65_536;
// What a clock that counts in microseconds may be off by.
const SLACK_NS = 1_000;

/**
 * Holds answered probes back until the reflector has told, with a later reply, when exactly their replies left: a reply
 * cannot carry its own send stamp, which is taken behind it. T3 is then put right, and with it T4 - T3. A probe whose
 * Follow-up is lost, or makes no sense, keeps the T3 that its reply carried.
 */
export class FollowUps {
  readonly #onSettled: (probe: Exchange, isExact: boolean) => void;
  readonly #held: Exchange[] = Array.from({ length: MOST_HELD + 1 }, emptyExchange);
  #first = 0;
  #count = 0;
  /** By the reflector's own number. */
  readonly #ownSequence = new Float64Array(REMEMBERED).fill(-1);
  readonly #index = new Float64Array(REMEMBERED);
  readonly #transmitNs = new Float64Array(REMEMBERED);
  /** By the probe's index: how much later than it said its reply left, and which probe that is. */
  readonly #laterNs = new Float64Array(REMEMBERED);
  readonly #toldIndex = new Float64Array(REMEMBERED).fill(-1);

  /** `onSettled` hears of each probe, in order of sending; valid during the call only. */
  constructor(onSettled: (probe: Exchange, isExact: boolean) => void) {
    this.#onSettled = onSettled;
  }

  /** The reply to probe `index` has the reflector's number `ownSequence` and says that it left at `transmitNs`. */
  replied(index: number, ownSequence: number, transmitNs: number): void {
    const slot = ownSequence % REMEMBERED;
    this.#ownSequence[slot] = ownSequence;
    this.#index[slot] = index;
    this.#transmitNs[slot] = transmitNs;
  }

  /** The reply with that number left at `transmitNs`, on the scale of what it said itself. */
  tell(ownSequence: number, transmitNs: number): void {
    const slot = ownSequence % REMEMBERED;
    if (this.#ownSequence[slot] !== ownSequence) return;
    this.#ownSequence[slot] = -1;
    const index = this.#index[slot] as number;
    this.#laterNs[index % REMEMBERED] = transmitNs - (this.#transmitNs[slot] as number);
    this.#toldIndex[index % REMEMBERED] = index;
    this.#release(0);
  }

  /** A probe was answered in time, and all before it are settled. */
  settle(probe: Exchange): void {
    Object.assign(this.#held[(this.#first + this.#count++) % this.#held.length] as Exchange, probe);
    this.#release(0);
  }

  /** Nothing more will be told. */
  finish(): void {
    this.#release(this.#count);
  }

  /** Hands on what is held, as far as it is exact or too much to be held, and `given` of it in any case. */
  #release(given: number): void {
    for (let rest = given; this.#count > 0; rest--) {
      const probe = this.#held[this.#first] as Exchange;
      const slot = probe.index % REMEMBERED;
      const isTold = this.#toldIndex[slot] === probe.index;
      if (!isTold && this.#count <= MOST_HELD && rest <= 0) return;
      this.#first = (this.#first + 1) % this.#held.length;
      this.#count--;
      const laterNs = this.#laterNs[slot] as number;
      const isExact = isTold && laterNs >= -SLACK_NS && probe.upNs + probe.downNs - laterNs >= -SLACK_NS;
      if (isExact) probe.downNs -= laterNs;
      this.#onSettled(probe, isExact);
    }
  }
}

const emptyExchange = (): Exchange => ({ index: 0, rank: 0, sentAt: 0, arrivedAt: 0, upNs: 0, downNs: 0 });
