import type { Exchange } from '@pathgauge/metrics';

/** So many probes behind, a Follow-up does not come any more: it was lost. */
const MAX_HELD = 64;
/** So many probes lost in a row, nothing may come back for long: those that wait for a Follow-up do without. */
const MAX_LOST_BEHIND = 3;
/** However many probes are unsettled, no more replies are remembered. */
const MAX_REMEMBERED = 65_536;
const FIRST_ROOM = 4;
// What a clock that counts in microseconds may be off by.
const SLACK_NS = 1_000;

/**
 * Holds answered probes back until the reflector has told, with a later reply, when exactly their replies left: a reply
 * cannot carry its own send stamp, which is taken behind it. T3 is then put right, and with it T4 - T3. A probe whose
 * Follow-up is lost, or makes no sense, keeps the T3 that its reply carried.
 */
export class FollowUps {
  readonly #onSettled: (probe: Exchange, isExact: boolean) => void;
  /** A ring from `#first` on, which grows to `MAX_HELD` and one more. */
  #held: Exchange[] = Array.from({ length: FIRST_ROOM }, emptyExchange);
  #first = 0;
  #count = 0;
  #lostBehind = 0;
  readonly #remembered: number;
  /** By the reflector's own number. */
  readonly #ownSequence: Float64Array;
  readonly #index: Float64Array;
  readonly #transmitNs: Float64Array;
  /** What was told of a reply that has not come yet, by the reflector's number; NaN: that nothing will be. */
  readonly #earlySequence: Float64Array;
  readonly #earlyNs: Float64Array;
  /** By the probe's index: how much later than it said its reply left (NaN: nobody will tell), and which probe that is. */
  readonly #laterNs: Float64Array;
  readonly #toldIndex: Float64Array;

  /**
   * `unsettled`: of so many replies a Follow-up may still speak, and so many probes wait behind one that is not settled. A power of
   * two, so that numbers that wrap keep their places. `onSettled` hears of each probe, in order of sending; valid during the call
   * only.
   */
  constructor(unsettled: number, onSettled: (probe: Exchange, isExact: boolean) => void) {
    this.#onSettled = onSettled;
    const remembered = Math.min(unsettled, MAX_REMEMBERED);
    this.#remembered = remembered;
    this.#ownSequence = new Float64Array(remembered).fill(-1);
    this.#index = new Float64Array(remembered);
    this.#transmitNs = new Float64Array(remembered);
    this.#earlySequence = new Float64Array(remembered).fill(-1);
    this.#earlyNs = new Float64Array(remembered);
    this.#laterNs = new Float64Array(remembered);
    this.#toldIndex = new Float64Array(remembered).fill(-1);
  }

  /** The reply to probe `index` has the reflector's number `ownSequence` and says that it left at `transmitNs`. */
  replied(index: number, ownSequence: number, transmitNs: number): void {
    const slot = ownSequence % this.#remembered;
    this.#ownSequence[slot] = ownSequence;
    this.#index[slot] = index;
    this.#transmitNs[slot] = transmitNs;
    if (this.#earlySequence[slot] !== ownSequence) return;
    this.#earlySequence[slot] = -1;
    this.tell(ownSequence, this.#earlyNs[slot] as number);
  }

  /** The reply with that number left at `transmitNs`, on the scale of what it said itself. NaN: that will never be told. */
  tell(ownSequence: number, transmitNs: number): void {
    const slot = ownSequence % this.#remembered;
    if (this.#ownSequence[slot] !== ownSequence) {
      this.#earlySequence[slot] = ownSequence;
      this.#earlyNs[slot] = transmitNs;
      return;
    }
    this.#ownSequence[slot] = -1;
    const index = this.#index[slot] as number;
    this.#laterNs[index % this.#remembered] = transmitNs - (this.#transmitNs[slot] as number);
    this.#toldIndex[index % this.#remembered] = index;
    this.#release(0);
  }

  /**
   * The reply with that number has come: of the one before it is told with it or never. A reply without one, such as that of an
   * echo server, has nothing to wait for.
   */
  passBy(ownSequence: number): void {
    this.tell((ownSequence - 1) >>> 0, Number.NaN);
  }

  /** A probe was answered in time, and all before it are settled. */
  settle(probe: Exchange): void {
    this.#lostBehind = 0;
    if (this.#count === this.#held.length) this.#makeRoom();
    Object.assign(this.#held[(this.#first + this.#count++) % this.#held.length] as Exchange, probe);
    this.#release(0);
  }

  /** The probe behind those that are held was lost. */
  lose(): void {
    if (++this.#lostBehind >= MAX_LOST_BEHIND) this.#release(this.#count);
  }

  /** The reflector counts anew: what it told, and what was heard of it, means other replies from now on. */
  forget(): void {
    this.#release(this.#count);
    this.#ownSequence.fill(-1);
    this.#earlySequence.fill(-1);
  }

  /** Nothing more will be told. */
  finish(): void {
    this.#release(this.#count);
  }

  #makeRoom(): void {
    const inOrder = [...this.#held.slice(this.#first), ...this.#held.slice(0, this.#first)];
    const length = Math.min(2 * inOrder.length, MAX_HELD + 1);
    this.#held = Array.from({ length }, (_, i) => inOrder[i] ?? emptyExchange());
    this.#first = 0;
  }

  /** Hands on what is held, as far as it is exact or too much to be held, and `given` of it in any case. */
  #release(given: number): void {
    for (let rest = given; this.#count > 0; rest--) {
      const probe = this.#held[this.#first] as Exchange;
      const slot = probe.index % this.#remembered;
      const isTold = this.#toldIndex[slot] === probe.index || Number.isNaN(probe.upNs);
      if (!isTold && this.#count <= MAX_HELD && rest <= 0) return;
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
