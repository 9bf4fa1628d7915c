import type { Exchange } from '@pathgauge/metrics';
import type { ProbeEvent, RoundTripEvent, SessionEvent, UserStamp } from '@pathgauge/result';
import { elapsed, type Instant, NS_PER_S, type Span, seconds, type WallMap, type WallTime } from '@pathgauge/units';
import { OrderedEvents } from './ordered-events';
import { sequenceOf } from './sequences';

/**
 * Whoever reads along does not wait for ten minutes: probes that wait for the clocks to be known are settled early when there are
 * enough of them, the first has waited for this long and for half of the run so far. That is seldom, so that what is known of the
 * clocks suffers little. With too many of them they are in any case: memory is bounded.
 */
const MIN_WAITING = 64;
const MIN_WAIT: Span = seconds(4);
const MAX_WAITING = 16_384;

/** Which events are wanted, and whether a probe's one-way delays will be told. */
interface WantedEvents {
  readonly roundTrips: boolean;
  readonly probes: boolean;
  readonly oneWayDelay: boolean;
}

/** A reply, as its probe's line shows it. */
export interface ReplyLine {
  readonly bytes: number;
  readonly rttNs: number;
  readonly reordered: boolean;
}

type Figures = Pick<ProbeEvent, 'bytes' | 'rttNs' | 'upNs' | 'downNs' | 'reordered' | 'cause' | 'userStamps'>;

const NOTHING: Figures = {
  bytes: undefined,
  rttNs: undefined,
  upNs: undefined,
  downNs: undefined,
  reordered: false,
  cause: undefined,
  userStamps: [],
};

/** How a run's instants are told. */
interface EventTimes {
  readonly wall: WallMap;
  start(): Instant;
}

/**
 * Tells what became of each probe, in order of sending: its round trip, at once as far as it is known and again when it is
 * final; and all of it, once the clocks are known too.
 */
export class ProbeEvents {
  readonly #wanted: WantedEvents;
  readonly #times: EventTimes;
  readonly #onEvent: (event: SessionEvent) => void;
  readonly #onFull: () => void;
  readonly #roundTrips: OrderedEvents<RoundTripEvent>;
  readonly #probes: OrderedEvents<ProbeEvent>;
  /** Until their round trips are final. */
  readonly #answered = new Map<number, ReplyLine>();
  /** All is known of them but the one-way delays. */
  readonly #waiting = new Map<number, ProbeEvent>();
  readonly #wallTime: WallTime = { seconds: 0, nanoseconds: 0 };

  /** `onFull` is to make more one-way delays known. */
  constructor(wanted: WantedEvents, times: EventTimes, onEvent: (event: SessionEvent) => void, onFull: () => void) {
    this.#wanted = wanted;
    this.#times = times;
    this.#onEvent = onEvent;
    this.#onFull = onFull;
    this.#roundTrips = new OrderedEvents<RoundTripEvent>(onEvent);
    this.#probes = new OrderedEvents<ProbeEvent>(onEvent);
  }

  get #areWanted(): boolean {
    return this.#wanted.roundTrips || this.#wanted.probes;
  }

  sent(index: number): void {
    if (this.#wanted.roundTrips) this.#roundTrips.expect(index);
    if (this.#wanted.probes) this.#probes.expect(index);
  }

  /** The probe did not leave after all. */
  refused(index: number): void {
    this.#roundTrips.drop(index);
    this.#probes.drop(index);
  }

  /** The first reply to a probe came in time. Its round trip is what it is as far as is known. */
  answered(index: number, sentAt: Instant, reply: ReplyLine): void {
    if (!this.#areWanted) return;
    this.#answered.set(index, reply);
    if (this.#wanted.roundTrips) this.#onEvent(this.#roundTrip(index, 'received', sentAt, reply, false));
  }

  /** A reply that changes nothing of what was told of its probe. */
  further(index: number, outcome: 'late' | 'duplicate', sentAt: Instant, reply: ReplyLine): void {
    if (this.#wanted.roundTrips) {
      this.#roundTrips.giveBehind(index, this.#roundTrip(index, outcome, sentAt, reply, true));
    }
    if (this.#wanted.probes) {
      this.#probes.giveBehind(index, this.#probe(index, outcome, sentAt, { ...NOTHING, ...reply }));
    }
  }

  /** `cause`: what ICMP said of the probe, in words. */
  lost(index: number, sentAt: Instant, cause: string | undefined): void {
    const figures = { ...NOTHING, cause };
    if (this.#wanted.roundTrips) this.#roundTrips.give(index, this.#roundTrip(index, 'lost', sentAt, figures, true));
    if (this.#wanted.probes) this.#probes.give(index, this.#probe(index, 'lost', sentAt, figures));
  }

  /** The round trip of a probe that was answered in time is final. */
  roundTripKnown({ index, sentAt, upNs }: Exchange, rttNs: number, userStamps: readonly UserStamp[]): void {
    const answered = this.#answered.get(index);
    if (answered === undefined) return;
    this.#answered.delete(index);
    const line = { ...answered, rttNs };
    const leftAt = sentAt as Instant;
    if (this.#wanted.roundTrips) {
      this.#roundTrips.give(index, this.#roundTrip(index, 'received', leftAt, line, true));
    }
    if (!this.#wanted.probes) return;
    const probe = this.#probe(index, 'received', leftAt, { ...NOTHING, ...line, userStamps });
    if (Number.isNaN(upNs) || !this.#wanted.oneWayDelay) this.#probes.give(index, probe);
    else this.#wait(index, probe);
  }

  /** Its one-way delays are final too; undefined where nothing can be told of them. */
  oneWayKnown(index: number, upNs: number | undefined, downNs: number | undefined): void {
    const probe = this.#waiting.get(index);
    if (probe === undefined) return;
    this.#waiting.delete(index);
    this.#probes.give(index, { ...probe, upNs, downNs });
  }

  #wait(index: number, probe: ProbeEvent): void {
    if (this.#waitLongEnough(probe.sentNs)) this.#onFull();
    this.#waiting.set(index, probe);
  }

  #waitLongEnough(nowNs: number): boolean {
    const { size } = this.#waiting;
    if (size < MIN_WAITING) return false;
    const [oldest] = this.#waiting.values();
    const waited = nowNs - (oldest as ProbeEvent).sentNs;
    return (waited >= MIN_WAIT && waited >= nowNs / 2) || size >= MAX_WAITING;
  }

  #roundTrip(
    index: number,
    outcome: RoundTripEvent['outcome'],
    sentAt: Instant,
    {
      bytes,
      rttNs,
      reordered,
      cause,
    }: Pick<Figures, 'bytes' | 'rttNs' | 'reordered'> & Partial<Pick<Figures, 'cause'>>,
    isFinal: boolean,
  ): RoundTripEvent {
    const sequence = sequenceOf(index);
    return {
      type: 'round-trip',
      sequence,
      outcome,
      isFinal,
      bytes,
      rttNs,
      reordered,
      cause,
      sentNs: this.#sentNs(sentAt),
    };
  }

  #probe(index: number, outcome: ProbeEvent['outcome'], sentAt: Instant, figures: Figures): ProbeEvent {
    const { bytes, rttNs, upNs, downNs, reordered, cause, userStamps } = figures;
    const sequence = sequenceOf(index);
    const times = { sentAt: this.#wallText(sentAt), sentNs: this.#sentNs(sentAt) };
    return { type: 'probe', sequence, outcome, ...times, bytes, rttNs, upNs, downNs, reordered, cause, userStamps };
  }

  #sentNs(at: Instant): number {
    return elapsed(this.#times.start(), at);
  }

  /** ISO 8601, UTC, to the nanosecond. */
  #wallText(at: Instant): string {
    const wall = this.#wallTime;
    this.#times.wall.toWall(at, wall);
    const whole = new Date((wall.seconds * NS_PER_S) / 1e6).toISOString().slice(0, 19);
    return `${whole}.${String(wall.nanoseconds).padStart(9, '0')}Z`;
  }
}
