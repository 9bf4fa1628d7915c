import type { Exchange } from '@pathgauge/metrics';

/** A Follow-up that has not come with one of the next so many replies was lost. */
const MAX_HELD = 64;
/** After so many losses in a row nothing may come back for long: probes that wait for a Follow-up are settled without it. */
const MAX_LOST_BEHIND = 3;
/** The most replies that are remembered, however many probes are unsettled, and how many there is room for at first. */
const MAX_REMEMBERED = 65_536;
const MIN_REMEMBERED = 16;
/** Numbers that are kept together. */
const REPLY = 3;
const EARLY = 2;
const TOLD = 2;
const FIRST_ROOM = 1;
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
  /** All probes before it are handed on. */
  #next = 0;
  readonly #most: number;
  /** So many replies are remembered now. */
  #remembered: number;
  /** By the reflector's own number: that, the probe's index, and when the reply left as it says. -1: nothing more is told of it. */
  #replies: Float64Array;
  /** What was told of a reply that has not come yet: the reflector's number, and when it left; NaN: that nothing will be told. */
  #early: Float64Array;
  /** By the probe's index: that, and how much later than it said its reply left; NaN: nobody will tell. */
  #known: Float64Array;

  /**
   * `unsettled`: of so many replies a Follow-up may still speak, and so many probes wait behind one that is not settled. A power of
   * two, so that numbers that wrap keep their places. Room is made for `initial` of them at once, for the others by need.
   * `onSettled` hears of each probe, in order of sending; valid during the call only.
   */
  constructor(unsettled: number, initial: number, onSettled: (probe: Exchange, isExact: boolean) => void) {
    this.#onSettled = onSettled;
    this.#most = Math.min(unsettled, MAX_REMEMBERED);
    this.#remembered = Math.min(this.#most, 2 ** Math.ceil(Math.log2(Math.max(MIN_REMEMBERED, initial))));
    this.#replies = new Float64Array(REPLY * this.#remembered).fill(-1);
    this.#early = new Float64Array(EARLY * this.#remembered).fill(-1);
    this.#known = new Float64Array(TOLD * this.#remembered).fill(-1);
  }

  /** The reply to probe `index` has the reflector's number `ownSequence` and says that it left at `transmitNs`. */
  replied(index: number, ownSequence: number, transmitNs: number): void {
    let slot = ownSequence % this.#remembered;
    let place = REPLY * slot;
    while (this.#isTaken(ownSequence, this.#replies[place] as number, this.#replies[place + 1] as number)) {
      this.#grow();
      slot = ownSequence % this.#remembered;
      place = REPLY * slot;
    }
    this.#replies[place] = ownSequence;
    this.#replies[place + 1] = index;
    this.#replies[place + 2] = transmitNs;
    if (this.#early[EARLY * slot] !== ownSequence) return;
    this.#early[EARLY * slot] = -1;
    this.note(ownSequence, this.#early[EARLY * slot + 1] as number);
  }

  /** The reply with that number left at `transmitNs`, on the scale of what it said itself. NaN: that will never be told. */
  note(ownSequence: number, transmitNs: number): void {
    const slot = ownSequence % this.#remembered;
    const place = REPLY * slot;
    if (this.#replies[place] !== ownSequence) {
      this.#early[EARLY * slot] = ownSequence;
      this.#early[EARLY * slot + 1] = transmitNs;
      return;
    }
    this.#replies[place] = -1;
    this.#noteLater(this.#replies[place + 1] as number, transmitNs - (this.#replies[place + 2] as number));
    this.#release(0);
  }

  /** The reply to probe `index` left so much later than it said. */
  #noteLater(index: number, laterNs: number): void {
    let place = TOLD * (index % this.#remembered);
    while (this.#isTaken(index, this.#known[place] as number, this.#known[place] as number)) {
      this.#grow();
      place = TOLD * (index % this.#remembered);
    }
    this.#known[place] = index;
    this.#known[place + 1] = laterNs;
  }

  /**
   * The reply with that number has come: of the one before it is told with it or never. A reply without one, such as that of an
   * echo server, has nothing to wait for.
   */
  passBy(ownSequence: number): void {
    this.note((ownSequence - 1) >>> 0, Number.NaN);
  }

  /** A probe was answered in time, and all before it are settled. */
  settle(probe: Exchange): void {
    this.#lostBehind = 0;
    if (this.#count === this.#held.length) this.#holdMore();
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
    this.#replies.fill(-1);
    this.#early.fill(-1);
  }

  /** Nothing more will be told. */
  finish(): void {
    this.#release(this.#count);
  }

  /** Whether what stands at a place is another number than `own`, of a probe that has not been handed on. */
  #isTaken(own: number, number: number, index: number): boolean {
    return this.#remembered < this.#most && number >= 0 && number !== own && index >= this.#next;
  }

  #grow(): void {
    this.#remembered *= 2;
    this.#replies = regrown(this.#replies, REPLY);
    this.#early = regrown(this.#early, EARLY);
    this.#known = regrown(this.#known, TOLD);
  }

  #holdMore(): void {
    const inOrder = [...this.#held.slice(this.#first), ...this.#held.slice(0, this.#first)];
    const length = Math.min(2 * inOrder.length, MAX_HELD + 1);
    this.#held = Array.from({ length }, (_, i) => inOrder[i] ?? emptyExchange());
    this.#first = 0;
  }

  /** Hands on what is held, as far as it is exact or too much to be held, and `given` of it in any case. */
  #release(given: number): void {
    for (let rest = given; this.#count > 0; rest--) {
      const probe = this.#held[this.#first] as Exchange;
      const place = TOLD * (probe.index % this.#remembered);
      const isTold = this.#known[place] === probe.index || Number.isNaN(probe.upNs);
      if (!isTold && this.#count <= MAX_HELD && rest <= 0) return;
      this.#first = (this.#first + 1) % this.#held.length;
      this.#count--;
      const laterNs = this.#known[place + 1] as number;
      const isExact = isTold && laterNs >= -SLACK_NS && probe.upNs + probe.downNs - laterNs >= -SLACK_NS;
      if (isExact) probe.downNs -= laterNs;
      this.#next = probe.index + 1;
      this.#onSettled(probe, isExact);
    }
  }
}

const emptyExchange = (): Exchange => ({ index: 0, rank: 0, sentAt: 0, arrivedAt: 0, upNs: 0, downNs: 0 });

/** A ring twice as long of groups of `size` numbers, the first of which gives their place. */
function regrown(ring: Float64Array, size: number): Float64Array {
  const longer = new Float64Array(2 * ring.length).fill(-1);
  for (let place = 0; place < ring.length; place += size) {
    const number = ring[place] as number;
    if (number >= 0) longer.set(ring.subarray(place, place + size), size * (number % (longer.length / size)));
  }
  return longer;
}
