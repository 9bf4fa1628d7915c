import { type Exchange, type OneWayFigures, ProbeLedger } from '@pathgauge/metrics';
import type { Peer, SessionEvent } from '@pathgauge/result';
import type { DatagramBatch } from '@pathgauge/transport';
import type { Instant, WallMap } from '@pathgauge/units';
import { FollowUps } from './follow-ups';
import { ForeignReplyCount } from './foreign-replies';
import { Markings } from './markings';
import type { PingOptions } from './ping-options';
import { ProbeDelays } from './probe-delays';
import type { ProbeDialect, Reply } from './probe-dialect';
import { ProbeEvents, type ReplyLine } from './probe-events';
import { ProgramStamps } from './program-stamps';
import type { FlowMemory } from './remembered-probes';
import type { SentTimes } from './sent-times';
import { roundTripOf, TransitTimes } from './transit-times';

const MISFORMATTED = "the server's timestamps are not in the format that it says they have: they give no one-way delay";
const CONTRADICTION = "the server's timestamps contradict the round trip: those probes give no one-way delay";

/** A reply that is being booked. */
interface Arriving {
  readonly reply: Reply;
  readonly batch: DatagramBatch;
  readonly i: number;
  /** As far as is known. */
  readonly rttNs: number;
  /** It came to a socket that nothing is sent from any more. */
  readonly isFormer: boolean;
}

/** What a tally works on. */
interface TallyParts {
  readonly dialect: ProbeDialect;
  readonly memory: FlowMemory;
  readonly times: SentTimes;
  readonly wall: WallMap;
  /** The peer's address is one of this host's own. */
  readonly isSameHost: boolean;
}

interface TallyListener {
  onEvent(event: SessionEvent): void;
  onNotice(code: string, message: string): void;
  /** Probe `index` was answered in time. */
  onAnswered(index: number): void;
  /** Why a probe that is lost may have been, in words. Asked once. */
  causeOf(index: number): string | undefined;
}

/** What became of each probe of a flow, and the figures that follow from it. */
export class ProbeTally {
  readonly ledger: ProbeLedger;
  readonly events: ProbeEvents;
  readonly foreign = new ForeignReplyCount();
  readonly #dialect: ProbeDialect;
  readonly #listener: TallyListener;
  readonly #times: SentTimes;
  readonly #followUps: FollowUps;
  readonly #delays: ProbeDelays;
  readonly #stamps: ProgramStamps;
  readonly #markings: Markings;
  readonly #transit: TransitTimes;
  #arriving: Arriving | undefined;
  #protocol: Peer['protocol'];
  /** Round trip of those answered in time; below 0: none was. */
  #slowestNs = -1;

  constructor(options: PingOptions, parts: TallyParts, listener: TallyListener) {
    const { dialect, memory, times, wall, isSameHost } = parts;
    const { roundTripEvents: roundTrips, probeEvents: probes, metrics } = options;
    this.#dialect = dialect;
    this.#listener = listener;
    this.#times = times;
    this.events = new ProbeEvents(
      { roundTrips, probes, oneWayDelay: metrics.oneWayDelay },
      { wall, start: () => times.start },
      (event) => listener.onEvent(event),
      () => this.#delays.settle(),
    );
    this.#delays = new ProbeDelays(
      { claim: () => dialect.claim(isSameHost), granularityNs: () => dialect.granularityNs },
      (index, upNs, downNs) => this.events.oneWayKnown(index, upNs, downNs),
    );
    this.#followUps = new FollowUps(memory.unsettled, memory.initial, this.#record);
    this.ledger = new ProbeLedger({
      capacity: memory.remembered,
      initial: memory.initial,
      timeout: options.timeout,
      onReceived: this.#onReceived,
      onLost: this.#onLost,
      onSettled: this.#onSettled,
    });
    this.#stamps = new ProgramStamps(dialect.asksForFollowUp);
    this.#markings = new Markings(options.dscp);
    this.#transit = new TransitTimes(() => listener.onNotice('timestamps', CONTRADICTION));
  }

  /** What the server speaks, by its first reply to a probe. */
  get protocol(): Peer['protocol'] {
    return this.#protocol;
  }

  /** The longest round trip so far; undefined before the first. */
  get slowestNs(): number | undefined {
    return this.#slowestNs < 0 ? undefined : this.#slowestNs;
  }

  /** Datagram `i` of a batch is a reply. `earliestAt`: before that it cannot have arrived, whenever it was stamped. */
  book(reply: Reply, batch: DatagramBatch, i: number, earliestAt: Instant, isFormer: boolean): void {
    const { index } = reply;
    const leftAt = this.ledger.leftAt(index);
    if (this.#dialect.isMisformatted) this.#listener.onNotice('timestamp-format', MISFORMATTED);
    const times = this.#transit.of(reply, leftAt, batch.arrival(i), this.#dialect.granularityNs);
    // A program stamps what it reads when it reads it; it may have come as soon as the program last looked.
    if (batch.arrivalSource(i) === 'user') times.earliestAt = Math.min(times.arrivedAt, earliestAt) as Instant;
    if (!isFormer) this.readFollowUp(reply);
    this.#arriving = { reply, batch, i, rttNs: roundTripOf(times, leftAt), isFormer };
    const outcome = this.ledger.answer(index, times);
    if (outcome === 'unknown') return;
    this.#protocol ??= reply.protocol;
    if (outcome !== 'received') this.events.further(index, outcome, leftAt, this.#replyLine(this.#arriving, false));
  }

  /** A datagram answers no probe. */
  bookForeign(payload: Uint8Array): void {
    this.foreign.record(this.#dialect.kindOfForeign(payload, this.ledger));
  }

  /** What a reply tells of an earlier one, also where it answers a closing probe. */
  readFollowUp({ extensions, ownSequence }: Reply): void {
    if (extensions.knowsFollowUp) this.#stamps.believeLess();
    if (extensions.hasFollowUp) this.#followUps.note(extensions.followUpSequence, this.#dialect.followUpNs());
    if (ownSequence !== undefined) this.#followUps.passBy(ownSequence);
  }

  /** To the reflector what comes from another address is another session, which it counts from 0. */
  loseReflector(): void {
    this.ledger.loseReflector();
    this.#followUps.forget();
  }

  /** Settles everything: nothing may be booked afterwards. */
  finish(): OneWayFigures {
    this.#followUps.finish();
    const oneWay = this.#delays.finish();
    if (this.#delays.isHopeless) {
      this.#listener.onNotice('clock', "the server's clock jumps all the time: no one-way delays");
    }
    return oneWay;
  }

  /** `oneWay` is what `finish` has returned, `pauseNs` this host's longest pause. */
  figures(oneWay: OneWayFigures, pauseNs: number) {
    return {
      counts: this.ledger.snapshot(),
      foreignReplies: this.foreign.snapshot(),
      marking: this.#markings.snapshot(),
      rtt: this.#delays.rtt(),
      rttJitterNs: this.#delays.rttJitterNs(),
      oneWay: this.#delays.widened(oneWay, pauseNs),
      clockBaseSeconds: this.#dialect.peerBaseSeconds,
    };
  }

  rtt() {
    return this.#delays.rtt();
  }

  userStamped() {
    return this.#stamps.counts();
  }

  /** The probe of the reply that is being booked was answered in time. */
  readonly #onReceived = (index: number, reordered: boolean): void => {
    this.#listener.onAnswered(index);
    const arriving = this.#arriving as Arriving;
    const { reply, batch, i, rttNs, isFormer } = arriving;
    this.#stamps.answer(index, !this.ledger.isStamped(index), batch.arrivalSource(i) === 'user');
    this.#markings.record(reply, batch, i);
    this.#slowestNs = Math.max(this.#slowestNs, rttNs);
    this.events.answered(index, this.ledger.leftAt(index), this.#replyLine(arriving, reordered));
    const { ownSequence, receiveNs, serverNs } = reply;
    if (isFormer || ownSequence === undefined || receiveNs === undefined || serverNs === undefined) return;
    this.#followUps.replied(index, ownSequence, receiveNs + serverNs);
  };

  #replyLine({ batch, i, rttNs }: Arriving, reordered: boolean): ReplyLine {
    return { bytes: batch.payload(i).length, rttNs, reordered };
  }

  readonly #onLost = (index: number): void => {
    const leftAt = this.ledger.leftAt(index);
    this.#times.settle(index, leftAt);
    this.#followUps.lose();
    this.events.lost(index, leftAt, this.#listener.causeOf(index));
  };

  readonly #onSettled = (probe: Exchange): void => {
    this.#times.settle(probe.index, probe.sentAt as Instant);
    this.#followUps.settle(probe);
  };

  /** A probe that was answered in time, with all that will ever be known of its timestamps. In order of sending. */
  readonly #record = (probe: Exchange, isExact: boolean): void => {
    const own = this.#stamps.take(probe.index);
    const all = this.#stamps.settle(own, isExact);
    this.events.roundTripKnown(probe, this.#delays.recordRoundTrip(probe), all);
    this.#delays.recordOneWay(probe, this.#stamps.isTakenAtItsWord ? own : all);
  };
}
