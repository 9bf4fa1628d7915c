import {
  DelayDistribution,
  type Exchange,
  InterarrivalJitter,
  isPossible,
  OneWayDelays,
  type OneWayFigures,
  ProbeLedger,
  type ProbeReply,
} from '@pathgauge/metrics';
import { readSequence } from '@pathgauge/protocol';
import {
  INTERRUPTED,
  type Peer,
  type SessionEvent,
  type Settings,
  type StartEvent,
  type TransportUse,
} from '@pathgauge/result';
import {
  codeOf,
  type DatagramBatch,
  type DatagramSocket,
  type Endpoint,
  endpointText,
  type SendMoment,
  type Timer,
  type Transport,
  transportError,
} from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, type Span, span, WallMap } from '@pathgauge/units';
import { clockClaim, errorEstimateOf } from '../clock-claim';
import { randomSsid } from '../random';
import { ClosingProbes, closingPlan } from './closing-probes';
import { Expiry } from './expiry';
import { FollowUps } from './follow-ups';
import { MarkingCount } from './marking-count';
import type { PingOptions } from './ping-options';
import { pingResult } from './ping-result';
import { ProbeWriter } from './probe-writer';
import { type Reply, ReplyReader } from './reply-reader';
import { ProbeSchedule } from './schedule';
import { SendLead } from './send-lead';

// The ledger remembers at least this many probes, to tell duplicates and late replies: 3 MB. And at most this many.
const FEWEST_REMEMBERED = 65_536;
const MOST_REMEMBERED = 2 ** 20;
// Probes that are due together, after the process was held up, leave in bursts of this size at most.
const LONGEST_BURST = 32;
// After an interruption the replies still under way are waited for this long, not for the whole timeout.
const GRACE: Span = milliseconds(500);
const SETTLE: Span = milliseconds(5);
const REHEARSALS = 200;
/** Timestamps of a server whose clock counts microseconds may seem to run backwards by one. */
const BACKWARDS_NS = 1_000;

/** What a run of probes needs of the transport, whichever thread that is in. */
export type PingHost = Pick<Transport, 'kind' | 'note' | 'clock' | 'timer' | 'coarseTimer' | 'isOwnAddress'>;

/** One session of probes on an open socket. Tells what happens to `tell`; the last event is the summary. */
export class PingRun {
  readonly #options: PingOptions;
  readonly #host: PingHost;
  readonly #socket: DatagramSocket;
  readonly #peer: Endpoint;
  readonly #tell: (event: SessionEvent) => void;
  readonly #sendTimer: Timer;
  readonly #closingTimer: Timer;
  readonly #expiry: Expiry;
  readonly #schedule: ProbeSchedule;
  readonly #ledger: ProbeLedger;
  readonly #writer: ProbeWriter;
  readonly #replies: ReplyReader;
  readonly #followUps = new FollowUps((probe, isExact) => this.#record(probe, isExact));
  readonly #startedAt = new Date();
  readonly #dueNs: Float64Array;
  readonly #queuedAt: Float64Array;
  #start: Instant;
  #nextDue: Span = span(0);
  /** The latest probe that a timer has sent. */
  #timedIndex = -1;
  /** When the last probe was settled. */
  #end: Instant | undefined;
  /** How many probes to send; lowered to what was sent when the run is interrupted. */
  #planned: number;
  #reason: string | undefined;
  #protocol: Peer['protocol'];
  #noticed = new Set<string>();
  #strays = 0;
  #closing: ClosingProbes | undefined;
  #finished = false;
  /** Round trip of those answered in time; below 0: none was. */
  #slowestNs = -1;
  #droppedBefore: number | undefined;
  readonly #rtt = new DelayDistribution();
  readonly #rttJitter = new InterarrivalJitter();
  readonly #sendError = new DelayDistribution();
  readonly #hostQueueing = new DelayDistribution();
  readonly #oneWay: OneWayDelays;
  readonly #lead = new SendLead();
  readonly #userStamped = { sent: 0, replied: 0, received: 0 };
  readonly #markingUp: MarkingCount;
  readonly #markingDown: MarkingCount;
  readonly #booked: ProbeReply = {
    arrivedAt: 0 as Instant,
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
    this.#oneWay = new OneWayDelays({
      // Clocks that are weeks apart are neither one nor synchronised, and what the engine sees is less the weeks.
      claim: () =>
        this.#replies.peerBaseSeconds === 0 ? clockClaim(sameHost, anchor, this.#replies.peerEstimate) : undefined,
      granularityNs: () => this.#replies.granularityNs,
    });
    const capacity = rememberedProbes(options);
    this.#ledger = new ProbeLedger({
      capacity,
      timeout: options.timeout,
      onLost: this.#onLost,
      onSettled: (probe) => {
        this.#recordSendError(probe.index);
        this.#followUps.settle(probe);
      },
    });
    this.#dueNs = new Float64Array(capacity);
    this.#queuedAt = new Float64Array(capacity);
    this.#schedule = new ProbeSchedule(options.interval, options.schedule, Math.random);
    this.#writer = new ProbeWriter(wall, identity, options.length);
    this.#replies = new ReplyReader(wall, identity.ssid, new ProbeWriter(wall, identity, options.length));
    this.#markingUp = new MarkingCount(options.dscp);
    this.#markingDown = new MarkingCount(options.dscp);
    this.#planned = plannedProbes(options);
    this.#sendTimer = host.timer();
    this.#closingTimer = host.coarseTimer();
    this.#expiry = new Expiry(host.coarseTimer(), () => this.#expire());
    this.#start = host.clock.now();
  }

  /** Whether the summary has been told. */
  get finished(): boolean {
    return this.#finished;
  }

  begin(): void {
    this.#tell(this.#startEvent());
    this.#droppedBefore = this.#socket.dropped();
    this.#socket.onBatch(this.#onBatch);
    this.#socket.onStamp(this.#onStamp);
    this.#socket.onError((error) => this.#notice(error));
    // The first line is out, and the code on a probe's way compiled, before the first probe leaves: neither is the path.
    const { clock } = this.#host;
    for (let i = 0; i < REHEARSALS; i++) this.#writer.write(i, clock.now());
    this.#nextDue = this.#schedule.next();
    const start = after(clock.now(), SETTLE);
    this.#sendTimer.set(start, () => {
      this.#start = start;
      this.#sendDue();
    });
  }

  /** Sends no more; replies under way get a moment to come in. */
  interrupt(): void {
    // Everything is settled: nothing was cut short, and nothing more is waited for.
    if (this.#end !== undefined) {
      this.#finish();
      return;
    }
    if (this.#reason !== undefined) return;
    this.#planned = this.#ledger.sent;
    this.#reason = INTERRUPTED;
    this.#sendTimer.clear();
    this.#settle();
    if (this.#ledger.outstanding > 0) {
      this.#closingTimer.set(after(this.#host.clock.now(), GRACE), () => this.#close());
    }
  }

  release(): void {
    this.#sendTimer.clear();
    this.#expiry.clear();
    this.#closingTimer.clear();
    this.#socket.close();
  }

  readonly #sendDue = (): void => {
    const { interval } = this.#options;
    for (let burst = 0; this.#ledger.sent < this.#planned; burst++) {
      const now = this.#host.clock.now();
      if (interval === 0) {
        if (this.#ledger.outstanding > 0 || this.#durationOver(now)) break;
        this.#send(now, elapsed(this.#start, now));
        break;
      }
      // Where the schedule cannot be kept, the time still is.
      if (this.#durationOver(now)) break;
      const due = after(this.#start, this.#nextDue);
      const begin = after(due, span(-this.#lead.ns));
      if (begin > now || burst === LONGEST_BURST || this.#socket.backlog >= ProbeWriter.buffers / 2) {
        this.#sendTimer.set(begin, this.#sendDue);
        break;
      }
      // Those behind it in a burst are late by each other.
      if (burst === 0) this.#timedIndex = this.#ledger.sent;
      this.#send(now, this.#nextDue);
      this.#nextDue = this.#schedule.next();
    }
    this.#expiry.watch(this.#ledger, this.#options.timeout);
    this.#settle();
  };

  #send(now: Instant, dueNs: Span): void {
    const index = this.#ledger.sent;
    const slot = index % this.#dueNs.length;
    this.#dueNs[slot] = dueNs;
    this.#queuedAt[slot] = Number.NaN;
    this.#ledger.send(now);
    this.#socket.send(this.#writer.write(index % 2 ** 32, now));
  }

  /** The kernel let go of a probe; which one, the bytes that it hands back tell. */
  readonly #onStamp = (looped: Uint8Array, moment: SendMoment, at: Instant): void => {
    const payload = looped.length - this.#options.length;
    if (payload < 0) return;
    const index = this.#ledger.indexOf(readSequence(looped, payload));
    if (index < 0) return;
    const slot = index % this.#dueNs.length;
    if (moment === 'queued') {
      this.#queuedAt[slot] = at;
      return;
    }
    this.#ledger.stamp(index, at);
    if (index === this.#timedIndex) {
      const due = after(this.#start, this.#dueNs[slot] as Span);
      this.#lead.learn(elapsed(this.#ledger.sentAt(index), at), elapsed(due, at));
    }
    const waited = at - (this.#queuedAt[slot] as number);
    if (waited >= 0) this.#hostQueueing.record(waited);
  };

  readonly #onBatch = (batch: DatagramBatch): void => {
    for (let i = 0; i < batch.count && !this.#finished; i++) {
      const payload = batch.payload(i);
      const reply = this.#replies.read(payload, this.#ledger);
      if (reply !== undefined) this.#book(reply, batch, i);
      else if (!this.#bookClosing(payload)) this.#strays++;
    }
    if (this.#options.interval === 0) this.#sendDue();
    else this.#settle();
  };

  #book(reply: Reply, batch: DatagramBatch, i: number): void {
    const { index } = reply;
    const leftAt = this.#ledger.leftAt(index);
    const arrival = batch.arrival(i);
    const times = this.#timesOf(reply, leftAt, arrival);
    this.#readFollowUp(reply);
    const outcome = this.#ledger.answer(index, times);
    if (outcome === 'unknown') return;
    this.#protocol ??= reply.protocol;
    if (outcome === 'received') {
      if (!this.#ledger.isStamped(index)) this.#userStamped.sent++;
      if (batch.arrivalSource(i) === 'user') this.#userStamped.received++;
      this.#recordMarking(reply, batch, i);
      this.#slowestNs = Math.max(this.#slowestNs, roundTripOf(times, leftAt));
      if (reply.ownSequence !== undefined && reply.receiveNs !== undefined && reply.serverNs !== undefined) {
        this.#followUps.replied(index, reply.ownSequence, reply.receiveNs + reply.serverNs);
      }
    }
    if (!this.#options.probeEvents) return;
    this.#tell({
      type: 'probe',
      sequence: index % 2 ** 32,
      outcome,
      bytes: batch.payload(i).length,
      rttNs: roundTripOf(times, leftAt),
      reordered: this.#ledger.lastReordered,
      sentNs: elapsed(this.#start, this.#ledger.sentAt(index)),
    });
  }

  /** The transit times of a reply, as far as its timestamps can be true. */
  #timesOf({ receiveNs, serverNs, ownSequence }: Reply, leftAt: Instant, arrival: Instant): ProbeReply {
    const booked = this.#booked;
    booked.arrivedAt = arrival;
    booked.ownSequence = ownSequence;
    booked.upNs = undefined;
    booked.downNs = undefined;
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

  #readFollowUp({ tlvs }: Reply): void {
    if (tlvs.hasFollowUp) this.#followUps.tell(tlvs.followUpSequence, this.#replies.followUpNs());
  }

  /** A probe that was answered in time, with all that will ever be known of its timestamps. In order of sending. */
  #record(probe: Exchange, isExact: boolean): void {
    if (!isExact) this.#userStamped.replied++;
    const hasTimes = !Number.isNaN(probe.upNs);
    const roundTrip = hasTimes ? probe.upNs + probe.downNs : probe.arrivedAt - probe.sentAt;
    this.#rtt.record(roundTrip);
    this.#rttJitter.record(roundTrip);
    if (hasTimes) this.#oneWay.record(probe);
  }

  #recordSendError(index: number): void {
    if (this.#options.interval === 0) return;
    const due = this.#dueNs[index % this.#dueNs.length] as number;
    this.#sendError.record(elapsed(this.#start, this.#ledger.leftAt(index)) - due);
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
      this.#ledger.answerClosing(index, (this.#closing as ClosingProbes).sequenceOf(index), ownSequence);
    }
    this.#finish();
    return true;
  }

  readonly #onLost = (index: number): void => {
    this.#recordSendError(index);
    if (!this.#options.probeEvents) return;
    this.#tell({
      type: 'probe',
      sequence: index % 2 ** 32,
      outcome: 'lost',
      bytes: undefined,
      rttNs: undefined,
      reordered: false,
      sentNs: elapsed(this.#start, this.#ledger.sentAt(index)),
    });
  };

  #expire(): void {
    this.#ledger.expire(this.#host.clock.now());
    this.#expiry.watch(this.#ledger, this.#options.timeout);
    if (this.#options.interval === 0) this.#sendDue();
    else this.#settle();
  }

  #durationOver(now: Instant): boolean {
    const { duration } = this.#options;
    if (duration === undefined || elapsed(this.#start, now) < duration) return false;
    this.#planned = this.#ledger.sent;
    return true;
  }

  /** Ends the run once everything is sent and nothing is outstanding. */
  #settle(): void {
    if (this.#ledger.sent >= this.#planned && this.#ledger.outstanding === 0) this.#close();
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
    const closing = new ClosingProbes(this.#ledger.sent);
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
    if (this.#strays > 0) {
      const message = `${this.#strays} datagrams that answer no probe of this session were ignored`;
      this.#tell({ type: 'notice', code: 'strays', message });
    }
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
      durationNs: elapsed(this.#start, this.#end ?? this.#host.clock.now()),
      reason: this.#reason,
      peer: this.#peerInfo(),
      transport: this.#transportUse(true),
      settings: this.#settings(),
      counts: this.#ledger.snapshot(),
      hostDropped:
        dropped === undefined || this.#droppedBefore === undefined ? undefined : dropped - this.#droppedBefore,
      marking: up === undefined && down === undefined ? undefined : { up, down },
      rtt: this.#rtt.snapshot(),
      rttJitterNs: this.#rttJitter.snapshot(),
      oneWay,
      clockBaseSeconds: this.#replies.peerBaseSeconds,
      metrics: this.#options.metrics,
      sendError: this.#sendError.snapshot(),
      hostQueueing: this.#hostQueueing.snapshot(),
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

/** Undefined ends are for the clock to tell: so are random gaps. */
function plannedProbes({ count, duration, interval, schedule }: PingOptions): number {
  const byTime =
    duration !== undefined && interval > 0 && schedule.kind !== 'poisson'
      ? Math.max(1, Math.ceil(duration / interval)) * schedule.burst
      : undefined;
  return Math.min(count ?? Number.POSITIVE_INFINITY, byTime ?? Number.POSITIVE_INFINITY);
}

/** Everything within the timeout, and as much again for what comes late. */
function rememberedProbes({ interval, timeout, schedule }: PingOptions): number {
  const withinTimeout = interval > 0 ? Math.ceil(timeout / interval) * schedule.burst : 1;
  return Math.min(Math.max(2 * withinTimeout, FEWEST_REMEMBERED), MOST_REMEMBERED);
}
