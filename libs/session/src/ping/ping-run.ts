import {
  ArrivalJitter,
  DelayDistribution,
  type Exchange,
  OneWayDelays,
  type OneWayFigures,
  ProbeLedger,
} from '@pathgauge/metrics';
import { asksForFollowUp, SENDER_PACKET } from '@pathgauge/protocol';
import {
  INTERRUPTED,
  NOT_ALL_SENT,
  type Peer,
  type PingTransport,
  peerText,
  type SessionEvent,
  type StartEvent,
  type UserStamp,
} from '@pathgauge/result';
import { codeOf, type DatagramBatch, type Timer, type Transport } from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, type Span, WallMap } from '@pathgauge/units';
import { clockClaim, errorEstimateOf } from '../clock-claim';
import { refusalText } from '../icmp/icmp-text';
import { Notices } from '../notices';
import { randomSsid } from '../random';
import { type Choice, choiceNotice, movedText, silenceNotice } from '../reach/reach-text';
import { ClosingProbes, closingPlan } from './closing-probes';
import { Expiry } from './expiry';
import { FollowUps } from './follow-ups';
import { ForeignReplyCount, foreignRepliesText } from './foreign-replies';
import { MarkingCount } from './marking-count';
import { type PingOptions, pingSettings } from './ping-options';
import { pingResult } from './ping-result';
import { ProbeEvents, type ReplyLine } from './probe-events';
import { ProbeIcmp } from './probe-icmp';
import { ProbeSender } from './probe-sender';
import { ProbeWriter } from './probe-writer';
import { type Opener, openSocket, type Reached } from './reach';
import { rememberedProbes } from './remembered-probes';
import { type Reply, ReplyReader } from './reply-reader';
import { type RoamingHost, RoamingSocket } from './roaming-socket';
import { StampSlack } from './stamp-slack';
import { roundTripOf, TransitTimes } from './transit-times';

// After an interruption the replies still under way are waited for this long, not for the whole timeout.
const GRACE: Span = milliseconds(500);
const MISFORMATTED = "the server's timestamps are not in the format that it says they have: they give no one-way delay";

/** What a run of probes needs of the transport, whichever thread that is in. */
export type PingHost = Pick<Transport, 'kind' | 'note' | 'clock' | 'timer' | 'coarseTimer' | 'isOwnAddress'> &
  Opener &
  RoamingHost;

/** A reply that is being booked. */
interface Arriving {
  readonly reply: Reply;
  readonly batch: DatagramBatch;
  readonly i: number;
  /** As far as is known. */
  readonly rttNs: number;
}

/** One session of probes to a peer that was reached. Tells what happens to `tell`; the last event is the summary. */
export class PingRun {
  readonly #options: PingOptions;
  readonly #host: PingHost;
  readonly #reached: Reached;
  readonly #socket: RoamingSocket;
  readonly #tell: (event: SessionEvent) => void;
  readonly #closingTimer: Timer;
  readonly #expiry: Expiry;
  readonly #sender: ProbeSender;
  readonly #events: ProbeEvents;
  readonly #ledger: ProbeLedger;
  readonly #writer: ProbeWriter;
  readonly #replies: ReplyReader;
  readonly #icmp: ProbeIcmp;
  readonly #followUps = new FollowUps((probe, isExact) => this.#record(probe, isExact));
  readonly #startedAt = new Date();
  /** When the last probe was settled. */
  #end: Instant | undefined;
  #reason: string | undefined;
  #protocol: Peer['protocol'];
  readonly #notices: Notices;
  /** What is being booked came to a socket that nothing is sent from any more. */
  #isFormer = false;
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
  readonly #times = new TransitTimes(() => {
    const message = "the server's timestamps contradict the round trip: those probes give no one-way delay";
    this.#notices.note('timestamps', message);
  });

  constructor(options: PingOptions, host: PingHost, reached: Reached, tell: (event: SessionEvent) => void) {
    this.#options = options;
    this.#host = host;
    this.#reached = reached;
    const { peer } = reached;
    this.#socket = new RoamingSocket(host, reached.socket, {
      peer,
      isBound: options.bind !== undefined,
      timeout: options.timeout,
      open: () => openSocket(options, host, peer),
      onMoved: this.#onMoved,
    });
    this.#tell = tell;
    this.#notices = new Notices(tell);
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
    this.#sender = new ProbeSender(options, host, this.#socket, this.#ledger, capacity, this.#writer, {
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
    const sent = { lengthBytes: options.length, peer, dontFragment: options.dontFragment };
    this.#icmp = new ProbeIcmp(sent, this.#ledger, this.#replies, (code, message) => this.#notices.note(code, message));
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
    this.#notices.add(choiceNotice(this.#options.host, this.#choice));
    this.#droppedBefore = this.#socket.dropped();
    this.#socket.begin({
      onBatch: this.#onBatch,
      onError: (error, quoted) => this.#icmp.hear(error, quoted),
      onRefused: (probe, error) => {
        if (!this.#sender.refuse(probe)) return;
        this.#notices.note(codeOf(error) ?? 'UNKNOWN', refusalText(error, this.#icmp.sent));
      },
    });
    this.#sender.begin();
  }

  /** Tells the figures so far. */
  tellInterim(): void {
    const { sent, received, lost } = this.#ledger.snapshot();
    const settled = received + lost;
    const lossRatio = settled === 0 ? undefined : lost / settled;
    this.#tell({ type: 'interim', of: 'ping', counts: { sent, received, lost, lossRatio }, rtt: this.#rtt.snapshot() });
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

  /** To the reflector what comes from another address is another session, which it counts from 0. */
  readonly #onMoved = (from: string, to: string): void => {
    this.#ledger.loseReflector();
    this.#followUps.forget();
    this.#notices.note('address-changed', movedText(from, to));
  };

  readonly #onBatch = (batch: DatagramBatch, isFormer: boolean): void => {
    this.#isFormer = isFormer;
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
    if (this.#replies.isMisformatted) this.#notices.note('timestamp-format', MISFORMATTED);
    const times = this.#times.of(reply, leftAt, batch.arrival(i), this.#replies.granularityNs);
    // A program stamps what it reads when it reads it; it may have come as soon as the program last looked.
    if (batch.arrivalSource(i) === 'user') {
      times.earliestAt = Math.min(times.arrivedAt, Math.max(this.#sender.aliveAt, this.#sender.start)) as Instant;
    }
    if (!this.#isFormer) this.#readFollowUp(reply);
    this.#arriving = { reply, batch, i, rttNs: roundTripOf(times, leftAt) };
    const outcome = this.#ledger.answer(index, times);
    if (outcome === 'unknown') return;
    this.#protocol ??= reply.protocol;
    if (outcome !== 'received') this.#events.further(index, outcome, leftAt, this.#replyLine(false));
  }

  /** The probe of the reply that is being booked was answered in time. */
  readonly #onReceived = (index: number, reordered: boolean): void => {
    this.#icmp.forget(index);
    const { reply, batch, i, rttNs } = this.#arriving as Arriving;
    const stamps: UserStamp[] = [];
    if (!this.#ledger.isStamped(index)) stamps.push('sent');
    if (batch.arrivalSource(i) === 'user') stamps.push('received');
    for (const stamp of stamps) this.#userStamped[stamp]++;
    this.#recordMarking(reply, batch, i);
    this.#slowestNs = Math.max(this.#slowestNs, rttNs);
    this.#ownStamps.set(index, stamps);
    this.#events.answered(index, this.#ledger.leftAt(index), this.#replyLine(reordered));
    if (this.#isFormer) return;
    if (reply.ownSequence !== undefined && reply.receiveNs !== undefined && reply.serverNs !== undefined) {
      this.#followUps.replied(index, reply.ownSequence, reply.receiveNs + reply.serverNs);
    }
  };

  #replyLine(reordered: boolean): ReplyLine {
    const { batch, i, rttNs } = this.#arriving as Arriving;
    return { bytes: batch.payload(i).length, rttNs, reordered };
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
    this.#events.lost(index, this.#ledger.leftAt(index), this.#icmp.causeOf(index));
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
      this.#notices.note('clock', "the server's clock jumps all the time: no one-way delays");
    }
    this.#noticeForeign();
    if (!this.#ledger.answered) this.#notices.add(silenceNotice(this.#options.host, this.#choice));
    this.#tell({ type: 'summary', result: this.#result(oneWay) });
    this.release();
  }

  #noticeForeign(): void {
    const foreign = this.#foreign.snapshot();
    if (foreign === undefined) return;
    const isKnown = this.#protocol !== undefined;
    const message = foreignRepliesText(foreign, peerText(this.#peerInfo()), isKnown);
    this.#notices.note(isKnown ? 'strays' : 'not-stamp', message, foreign.count);
  }

  #startEvent(): StartEvent {
    return {
      type: 'start',
      runner: 'udp-client',
      kind: 'ping',
      peer: this.#peerInfo(),
      transport: this.#transportUse(false),
      settings: pingSettings(this.#options),
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
      notices: this.#notices.list(),
      peer: this.#peerInfo(),
      transport: this.#transportUse(true),
      settings: pingSettings(this.#options),
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
      icmp: this.#icmp.counts(),
      pathMtu: this.#icmp.pathMtu(this.#socket.pathMtuBytes()),
    });
  }

  get #choice(): Choice {
    return { ...this.#reached, address: this.#reached.peer.address };
  }

  #peerInfo(): Peer {
    return { host: this.#options.host, ...this.#reached.peer, protocol: this.#protocol };
  }

  #transportUse(isOver: boolean): PingTransport {
    const { receiveBufferBytes } = this.#socket.current;
    let { sendTimestamps, receiveTimestamps } = this.#socket.current;
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
      receiveBufferBytes,
      clockSteps: this.#host.clock.steps,
      userStamped: isOver ? { ...this.#userStamped } : undefined,
    };
  }
}
