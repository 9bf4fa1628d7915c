import { type Instant, type Span, span } from '@pathgauge/units';

/** What one direction of a link does to what passes. Probabilities are from 0 to 1. */
export interface LinkSettings {
  readonly delay: Span;
  /** Added to it, evenly distributed from 0 to this, anew for each packet: packets may overtake one another. */
  readonly jitter: Span;
  /** Bits a second; undefined: no limit. */
  readonly rate: number | undefined;
  /** What waits for its turn at that rate; a packet that finds no room is dropped. */
  readonly queueBytes: number;
  /** Each packet is lost with this probability. */
  readonly loss: number;
  /** Losses in runs (Gilbert): a run begins with probability `begin` at a packet and ends with `end` at each after it. */
  readonly bursts: { readonly begin: number; readonly end: number } | undefined;
  readonly duplicate: number;
  /** With this probability a packet takes `by` longer, so that others overtake it. */
  readonly reorder: { readonly probability: number; readonly by: Span } | undefined;
  /** Packets that are dropped whatever else holds, by their number in this direction. */
  readonly drops: (packet: number) => boolean;
}

const CLEAR_LINK: LinkSettings = {
  delay: span(0),
  jitter: span(0),
  rate: undefined,
  queueBytes: Number.POSITIVE_INFINITY,
  loss: 0,
  bursts: undefined,
  duplicate: 0,
  reorder: undefined,
  drops: () => false,
};

/** What becomes of the packets of one direction: a pure function of the settings, the random numbers and the instants. */
export class LinkModel {
  readonly #settings: LinkSettings;
  readonly #random: () => number;
  #packets = 0;
  #inBurst = false;
  /** When everything that waits for its turn will have left the queue. */
  #busyUntil = 0;

  constructor(settings: Partial<LinkSettings>, random: () => number) {
    this.#settings = { ...CLEAR_LINK, ...settings };
    this.#random = random;
  }

  /** The delay of each copy of a packet that comes at `now`; none when it is lost. */
  fateOf(bytes: number, now: Instant): Span[] {
    const { loss, duplicate, drops } = this.#settings;
    const packet = this.#packets++;
    // Every packet draws the same numbers, so that one setting does not change what another does.
    const [lost, burst, twice] = [this.#random() < loss, this.#burst(), this.#random() < duplicate];
    const delays = [this.#delay(), this.#delay()];
    if (drops(packet) || lost || burst) return [];
    const queued = this.#queue(bytes, now);
    if (queued === undefined) return [];
    return delays.slice(0, twice ? 2 : 1).map((delay) => span(queued + delay));
  }

  /** How much longer than the link's own delay it takes until bytes of a stream are through; nothing is lost. */
  streamDelay(bytes: number, now: Instant): Span {
    return span((this.#queue(bytes, now, Number.POSITIVE_INFINITY) as number) + this.#delay());
  }

  #burst(): boolean {
    const { bursts } = this.#settings;
    const chance = this.#random();
    if (bursts === undefined) return false;
    this.#inBurst = this.#inBurst ? chance >= bursts.end : chance < bursts.begin;
    return this.#inBurst;
  }

  #delay(): Span {
    const { delay, jitter, reorder } = this.#settings;
    const extra = this.#random() < (reorder?.probability ?? 0) ? (reorder as { by: Span }).by : 0;
    return span(Math.round(delay + jitter * this.#random() + extra));
  }

  /** How long a packet waits and is put on the line; undefined when there is no room. */
  #queue(bytes: number, now: Instant, room = this.#settings.queueBytes): number | undefined {
    const { rate } = this.#settings;
    if (rate === undefined) return 0;
    const waits = Math.max(0, this.#busyUntil - now);
    if ((waits * rate) / 8e9 + bytes > room) return undefined;
    this.#busyUntil = now + waits + (bytes * 8e9) / rate;
    return this.#busyUntil - now;
  }
}
