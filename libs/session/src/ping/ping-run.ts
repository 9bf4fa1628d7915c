import {
  ArrivalJitter,
  DelayDistribution,
  type Exchange,
  isPossible,
  OneWayDelays,
  type OneWayFigures,
  ProbeLedger,
  type ProbeReply,
} from '@pathgauge/metrics';
import { asksForFollowUp, SENDER_PACKET } from '@pathgauge/protocol';
import {
  INTERRUPTED,
  NOT_ALL_SENT,
  type Peer,
  type SessionEvent,
  type Settings,
  type StartEvent,
  type TransportUse,
  type UserStamp,
} from '@pathgauge/result';
import {
  codeOf,
  type DatagramBatch,
  type DatagramSocket,
  type Endpoint,
  endpointText,
  type Timer,
  type Transport,
  transportError,
} from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, type Span, WallMap } from '@pathgauge/units';
import { clockClaim, errorEstimateOf } from '../clock-claim';
import { randomSsid } from '../random';
import { ClosingProbes, closingPlan } from './closing-probes';
import { Expiry } from './expiry';
import { FollowUps } from './follow-ups';
import { ForeignReplyCount, foreignRepliesText } from './foreign-replies';
import { MarkingCount } from './marking-count';
import type { PingOptions } from './ping-options';
import { pingResult } from './ping-result';
import { ProbeEvents, type ReplyLine } from './probe-events';
import { ProbeSender } from './probe-sender';
import { ProbeWriter } from './probe-writer';
import { type Reply, ReplyReader } from './reply-reader';
import { StampSlack } from './stamp-slack';

// The ledger remembers at least this many probes, to tell duplicates and late replies: 3 MB. And at most this many.
const FEWEST_REMEMBERED = 65_536;
const MOST_REMEMBERED = 2 ** 20;
// After an interruption the replies still under way are waited for this long, not for the whole timeout.
const GRACE: Span = milliseconds(500);
/** Timestamps of a server whose clock counts microseconds may seem to run backwards by one. */
const BACKWARDS_NS = 1_000;

/** What a run of probes needs of the transport, whichever thread that is in. */
export type PingHost = Pick<Transport, 'kind' | 'note' | 'clock' | 'timer' | 'coarseTimer' | 'isOwnAddress'>;

/** A reply that is being booked. */
interface Arriving {
  readonly reply: Reply;
  readonly batch: DatagramBatch;
  readonly i: number;
  /** As far as is known. */
  readonly rttNs: number;
}

/** One session of probes on an open socket. Tells what happens to `tell`; the last event is the summary. */
export class PingRun {
  readonly #options: PingOptions;
  readonly #host: PingHost;
  readonly #socket: DatagramSocket;
  readonly #peer: Endpoint;
  readonly #tell: (event: SessionEvent) => void;
  readonly #closingTimer: Timer;
  readonly #expiry: Expiry;
  readonly #sender: ProbeSender;
  readonly #events: ProbeEvents;
  readonly #ledger: ProbeLedger;
  readonly #writer: ProbeWriter;
  readonly #replies: ReplyReader;
  readonly #followUps = new FollowUps((probe, isExact) => this.#record(probe, isExact));
  readonly #startedAt = new Date();
  /** When the last probe was settled. */
  #end: Instant | undefined;
  #reason: string | undefined;
  #protocol: Peer['protocol'];
  #noticed = new Set<string>();
  readonly #foreign = new ForeignReplyCount();
  #closing: ClosingProbes | undefined;
  #finished = false;
  /** Round trip of those answered in time; below 0: none was. */
  #slowestNs = -1;
  #droppedBefore: number | undefined;
  readonly #rtt = new DelayDistribution();
  readonly #rttJitter = new ArrivalJitter();
  readonly #oneWay: OneWayDelays;
  readonly #slack = new StampSlack();
  /** Of probes whose round trips are not final yet: which stamps this program took. */
  readonly #ownStamps = new Map<number, readonly UserStamp[]>();
  /** The server was asked when its replies left, and does not know what that means. */
  #isTakenAtItsWord: boolean;
  #arriving: Arriving | undefined;
  readonly #userStamped = { sent: 0, replied: 0, received: 0 };
  readonly #markingUp: MarkingCount;
  readonly #markingDown: MarkingCount;
  readonly #booked: ProbeReply = {
    arrivedAt: 0 as Instant,
    earliestAt: 0 as Instant,
    upNs: undefined,
    downNs: undefined,
    ownSequence: undefined,
  };

  constructor(
    options: PingOptions,
    host: PingHost,
    socket: DatagramSocket,
    peer: Endpoint,
    tell: (event: SessionEvent) => void,
  ) {
    this.#options = options;
    this.#host = host;
    this.#socket = socket;
    this.#peer = peer;
    this.#tell = tell;
    const anchor = host.clock.anchor();
    const wall = new WallMap(anchor);
    const identity = { ssid: randomSsid(), errorEstimate: errorEstimateOf(anchor, 'ntp'), dscp: options.dscp };
    const sameHost = host.isOwnAddress(peer.address);
    this.#events = new ProbeEvents(
      {
        roundTrips: options.roundTripEvents,
        probes: options.probeEvents,
        oneWayDelay: options.metrics.oneWayDelay,
      },
      { wall, start: () => this.#sender.start },
      tell,
      () => this.#oneWay.settle(),
    );
    this.#oneWay = new OneWayDelays(
      {
        // Clocks that are weeks apart are neither one nor synchronised, and what the engine sees is less the weeks.
        claim: () =>
          this.#replies.peerBaseSeconds === 0 ? clockClaim(sameHost, anchor, this.#replies.peerEstimate) : undefined,
        granularityNs: () => this.#replies.granularityNs,
      },
      (index, upNs, downNs) => {
        this.#slack.settle(index, upNs, downNs);
        this.#events.oneWayKnown(index, upNs, downNs);
      },
    );
    const capacity = rememberedProbes(options);
    this.#ledger = new ProbeLedger({
      capacity,
      timeout: options.timeout,
      onReceived: this.#onReceived,
      onLost: this.#onLost,
      onSettled: (probe) => {
        this.#sender.recordSendError(probe.index);
        this.#followUps.settle(probe);
      },
    });
    this.#writer = new ProbeWriter(wall, identity, options.length);
    this.#sender = new ProbeSender(options, host, socket, this.#ledger, capacity, this.#writer, {
      onSent: (index) => this.#events.sent(index),
      onRefused: (index) => {
        this.#events.refused(index);
        this.#settle();
      },
      onTurnEnd: () => {
        this.#expiry.watch(this.#ledger, this.#options.timeout);
        this.#settle();
      },
    });
    this.#replies = new ReplyReader(wall, identity.ssid, new ProbeWriter(wall, identity, options.length));
    this.#markingUp = new MarkingCount(options.dscp);
    this.#markingDown = new MarkingCount(options.dscp);
    this.#isTakenAtItsWord = asksForFollowUp(options.length - SENDER_PACKET.size, options.dscp);
    this.#closingTimer = host.coarseTimer();
    this.#expiry = new Expiry(host.coarseTimer(), () => this.#expire());
  }

  /** Whether the summary has been told. */
  get finished(): boolean {
    return this.#finished;
  }

  begin(): void {
    this.#tell(this.#startEvent());
    this.#droppedBefore = this.#socket.dropped();
    this.#socket.onBatch(this.#onBatch);
    this.#socket.onError((error) => this.#notice(error));
    this.#socket.onRefused((probe, error) => {
      this.#notice(error);
      this.#sender.refuse(probe);
    });
    this.#sender.begin();
  }

  /** Sends no more; replies under way get a moment to come in. */
  interrupt(): void {
    // Everything is settled: nothing was cut short, and nothing more is waited for.
    if (this.#end !== undefined) {
      this.#finish();
      return;
    }
    if (this.#reason !== undefined) return;
    this.#reason = INTERRUPTED;
    this.#sender.stop();
    this.#settle();
    if (this.#ledger.outstanding > 0) {
      this.#closingTimer.set(after(this.#host.clock.now(), GRACE), () => this.#close());
    }
  }

  release(): void {
    this.#sender.release();
    this.#expiry.clear();
    this.#closingTimer.clear();
    this.#socket.close();
  }

  readonly #onBatch = (batch: DatagramBatch): void => {
    for (let i = 0; i < batch.count && !this.#finished; i++) {
      const payload = batch.payload(i);
      const reply = this.#replies.read(payload, this.#ledger);
      if (reply !== undefined) this.#book(reply, batch, i);
      else if (!this.#bookClosing(payload)) this.#foreign.record(this.#replies.kindOfForeign(payload, this.#ledger));
    }
    if (this.#options.interval === 0) this.#sender.sendDue();
    else this.#settle();
  };

  #book(reply: Reply, batch: DatagramBatch, i: number): void {
    const { index } = reply;
    const leftAt = this.#ledger.leftAt(index);
    const times = this.#timesOf(reply, leftAt, batch.arrival(i));
    if (batch.arrivalSource(i) === 'user') times.earliestAt = this.#earliestOf(times.arrivedAt);
    this.#readFollowUp(reply);
    this.#arriving = { reply, batch, i, rttNs: roundTripOf(times, leftAt) };
    const outcome = this.#ledger.answer(index, times);
    if (outcome === 'unknown') return;
    this.#protocol ??= reply.protocol;
    if (outcome !== 'received') this.#events.further(index, outcome, leftAt, this.#replyLine(false));
  }

  /** A program stamps what it reads when it reads it; it may have come as soon as the program last looked. */
  #earliestOf(arrivedAt: Instant): Instant {
    return Math.min(arrivedAt, Math.max(this.#sender.aliveAt, this.#sender.start)) as Instant;
  }

  /** The probe of the reply that is being booked was answered in time. */
  readonly #onReceived = (index: number, reordered: boolean): void => {
    const { reply, batch, i, rttNs } = this.#arriving as Arriving;
    const stamps: UserStamp[] = [];
    if (!this.#ledger.isStamped(index)) stamps.push('sent');
    if (batch.arrivalSource(i) === 'user') stamps.push('received');
    for (const stamp of stamps) this.#userStamped[stamp]++;
    this.#recordMarking(reply, batch, i);
    this.#slowestNs = Math.max(this.#slowestNs, rttNs);
    this.#ownStamps.set(index, stamps);
    this.#events.answered(index, this.#ledger.leftAt(index), this.#replyLine(reordered));
    if (reply.ownSequence !== undefined && reply.receiveNs !== undefined && reply.serverNs !== undefined) {
      this.#followUps.replied(index, reply.ownSequence, reply.receiveNs + reply.serverNs);
    }
  };

  #replyLine(reordered: boolean): ReplyLine {
    const { batch, i, rttNs } = this.#arriving as Arriving;
    return { bytes: batch.payload(i).length, rttNs, reordered };
  }

  /** The transit times of a reply, as far as its timestamps can be true. */
  #timesOf({ receiveNs, serverNs, ownSequence }: Reply, leftAt: Instant, arrival: Instant): ProbeReply {
    const booked = this.#booked;
    booked.arrivedAt = arrival;
    booked.earliestAt = arrival;
    booked.ownSequence = ownSequence;
    booked.upNs = undefined;
    booked.downNs = undefined;
    if (this.#replies.isMisformatted) {
      const message =
        "the server's timestamps are not in the format that it says they have: they give no one-way delay";
      this.#noticeOnce('timestamp-format', message);
    }
    if (receiveNs === undefined || serverNs === undefined) return booked;
    const upNs = receiveNs - leftAt;
    // Both add up to the round trip exactly, also where clocks are so far apart that each is rounded.
    const downNs = elapsed(leftAt, arrival) - serverNs - upNs;
    const { granularityNs } = this.#replies;
    if (isPossible(upNs, downNs, granularityNs) && serverNs >= -Math.max(BACKWARDS_NS, granularityNs)) {
      booked.upNs = upNs;
      booked.downNs = downNs;
    } else {
      const message = "the server's timestamps contradict the round trip: those probes give no one-way delay";
      this.#noticeOnce('timestamps', message);
    }
    return booked;
  }

  #readFollowUp({ tlvs, ownSequence }: Reply): void {
    if (tlvs.knowsFollowUp) this.#isTakenAtItsWord = false;
    if (tlvs.hasFollowUp) this.#followUps.tell(tlvs.followUpSequence, this.#replies.followUpNs());
    if (ownSequence !== undefined) this.#followUps.passBy(ownSequence);
  }

  /** A probe that was answered in time, with all that will ever be known of its timestamps. In order of sending. */
  #record(probe: Exchange, isExact: boolean): void {
    const ownStamps = this.#ownStamps.get(probe.index) ?? [];
    this.#ownStamps.delete(probe.index);
    const stamps: readonly UserStamp[] = isExact ? ownStamps : [...ownStamps, 'replied'];
    if (!isExact) this.#userStamped.replied++;
    const hasTimes = !Number.isNaN(probe.upNs);
    const roundTrip = hasTimes ? probe.upNs + probe.downNs : probe.arrivedAt - probe.sentAt;
    this.#rtt.record(roundTrip);
    this.#rttJitter.record(probe.rank, roundTrip);
    this.#events.roundTripKnown(probe, roundTrip, stamps);
    if (hasTimes) this.#slack.record(probe.index, this.#isTakenAtItsWord ? ownStamps : stamps);
    // Without times it only keeps its place among the arrivals.
    this.#oneWay.record(probe);
  }

  #recordMarking({ hopLimit, tlvs }: Reply, batch: DatagramBatch, i: number): void {
    this.#markingUp.recordHopLimit(hopLimit);
    if (tlvs.hasClassOfService) this.#markingUp.recordClass(tlvs.dscp, tlvs.ecn);
    this.#markingDown.recordHopLimit(batch.hopLimit(i));
    const octet = batch.trafficClass(i);
    // What the replies were sent with is known only where the server says that it did as it was asked.
    const isKnown = tlvs.hasClassOfService && tlvs.dscpGranted;
    if (octet !== undefined) this.#markingDown.recordClass(octet >>> 2, octet & 3, isKnown);
  }

  /** A reply to a closing probe ends the run. */
  #bookClosing(payload: Uint8Array): boolean {
    const reply = this.#closing === undefined ? undefined : this.#replies.read(payload, this.#closing);
    if (reply === undefined) return false;
    const { index, ownSequence } = reply;
    this.#readFollowUp(reply);
    if (ownSequence !== undefined) {
      const { count } = this.#closing as ClosingProbes;
      this.#ledger.answerClosing(index, count, (this.#closing as ClosingProbes).sequenceOf(index), ownSequence);
    }
    this.#finish();
    return true;
  }

  readonly #onLost = (index: number): void => {
    this.#sender.recordSendError(index);
    this.#followUps.lose();
    this.#events.lost(index, this.#ledger.leftAt(index));
  };

  #expire(): void {
    this.#ledger.expire(this.#host.clock.now());
    this.#expiry.watch(this.#ledger, this.#options.timeout);
    if (this.#options.interval === 0) this.#sender.sendDue();
    else this.#settle();
  }

  /** Ends the run once everything is sent and nothing is outstanding. */
  #settle(): void {
    if (this.#sender.isOver && this.#ledger.outstanding === 0) this.#close();
  }

  /** Everything is settled, or given up now. Where the reflector's numbers can tell more, it is asked once more. */
  #close(): void {
    if (this.#end !== undefined) return;
    const { clock } = this.#host;
    this.#closingTimer.clear();
    this.#end = clock.now();
    this.#ledger.abandon();
    if (!this.#ledger.answered || this.#protocol === 'echo') {
      this.#finish();
      return;
    }
    const closing = new ClosingProbes(this.#ledger.next);
    this.#closing = closing;
    const slowest = this.#slowestNs < 0 ? this.#options.timeout : this.#slowestNs;
    const { wait, most } = closingPlan(slowest, this.#options.timeout, this.#reason !== undefined);
    const next = (): void => {
      if (closing.count === most) {
        this.#finish();
        return;
      }
      const now = clock.now();
      this.#socket.send(this.#writer.write(closing.send(now), now));
      this.#closingTimer.set(after(now, wait), next);
    };
    next();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#followUps.finish();
    const oneWay = this.#oneWay.finish();
    if (this.#oneWay.hopeless) {
      this.#noticeOnce('clock', "the server's clock jumps all the time: no one-way delays");
    }
    this.#noticeForeign();
    this.#tell({ type: 'summary', result: this.#result(oneWay) });
    this.release();
  }

  #notice(error: Error): void {
    const code = codeOf(error) ?? 'UNKNOWN';
    this.#noticeOnce(
      code,
      code === 'ECONNREFUSED'
        ? `${endpointText(this.#peer)} answers that nobody listens on that UDP port; is udp-server running there?`
        : transportError(`sending to ${endpointText(this.#peer)}`, error).message,
    );
  }

  #noticeForeign(): void {
    const foreign = this.#foreign.snapshot();
    if (foreign === undefined) return;
    const isKnown = this.#protocol !== undefined;
    const message = foreignRepliesText(foreign, endpointText(this.#peer), isKnown);
    this.#tell({ type: 'notice', code: isKnown ? 'strays' : 'not-stamp', message });
  }

  #noticeOnce(code: string, message: string): void {
    if (this.#noticed.has(code)) return;
    this.#noticed.add(code);
    this.#tell({ type: 'notice', code, message });
  }

  #startEvent(): StartEvent {
    return {
      type: 'start',
      runner: 'udp-client',
      kind: 'ping',
      peer: this.#peerInfo(),
      transport: this.#transportUse(false),
      settings: this.#settings(),
    };
  }

  #result(oneWay: OneWayFigures) {
    const dropped = this.#socket.dropped();
    const up = this.#markingUp.snapshot();
    const down = this.#markingDown.snapshot();
    return pingResult({
      startedAt: this.#startedAt,
      durationNs: elapsed(this.#sender.start, this.#end ?? this.#host.clock.now()),
      reason: this.#reason ?? (this.#sender.isShort ? NOT_ALL_SENT : undefined),
      peer: this.#peerInfo(),
      transport: this.#transportUse(true),
      settings: this.#settings(),
      counts: this.#ledger.snapshot(),
      foreignReplies: this.#foreign.snapshot(),
      notSent: this.#sender.notSent,
      hostStalls: this.#sender.stalls,
      hostDropped:
        dropped === undefined || this.#droppedBefore === undefined ? undefined : dropped - this.#droppedBefore,
      marking: up === undefined && down === undefined ? undefined : { up, down },
      rtt: this.#rtt.snapshot(),
      rttJitterNs: this.#rttJitter.snapshot(),
      oneWay: { ...oneWay, owd: this.#slack.widen(oneWay.owd, this.#sender.longestPauseNs) },
      clockBaseSeconds: this.#replies.peerBaseSeconds,
      metrics: this.#options.metrics,
      sendError: this.#sender.sendError(),
      hostQueueing: this.#sender.hostQueueing(),
    });
  }

  #peerInfo(): Peer {
    return { host: this.#options.host, ...this.#peer, protocol: this.#protocol };
  }

  #transportUse(isOver: boolean): TransportUse {
    const { offloads, receiveBufferBytes } = this.#socket;
    let { sendTimestamps, receiveTimestamps } = this.#socket;
    const { sent, received } = this.#userStamped;
    const answered = this.#ledger.snapshot().received;
    // The kernel was asked, but where it has stamped nothing the program's stamps are what was used.
    if (isOver && answered > 0 && sent === answered) sendTimestamps = 'user';
    if (isOver && answered > 0 && received === answered) receiveTimestamps = 'user';
    return {
      kind: this.#host.kind,
      sendTimestamps,
      receiveTimestamps,
      note: this.#host.note,
      offloads,
      receiveBufferBytes,
      clockSteps: this.#host.clock.steps,
      userStamped: isOver ? { ...this.#userStamped } : undefined,
    };
  }

  #settings(): Settings {
    const { length, interval, count, duration, timeout, dscp, schedule } = this.#options;
    return {
      lengthBytes: length,
      intervalNs: interval,
      count,
      durationNs: duration,
      timeoutNs: timeout,
      bitsPerSecond: undefined,
      direction: 'both',
      dscp,
      schedule: interval === 0 ? undefined : schedule,
    };
  }
}

/** Round trip less the server's own time, where that is told. */
const roundTripOf = ({ upNs, downNs, arrivedAt }: ProbeReply, leftAt: Instant): number =>
  upNs === undefined || downNs === undefined ? elapsed(leftAt, arrivedAt) : upNs + downNs;

/** Everything within the timeout, and as much again for what comes late. */
function rememberedProbes({ interval, timeout, schedule }: PingOptions): number {
  const withinTimeout = interval > 0 ? Math.ceil(timeout / interval) * schedule.burst : 1;
  return Math.min(Math.max(2 * withinTimeout, FEWEST_REMEMBERED), MOST_REMEMBERED);
}
