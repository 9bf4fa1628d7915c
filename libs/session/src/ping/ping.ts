import {
  DelayDistribution,
  InterarrivalJitter,
  isPossible,
  OneWayDelays,
  type OneWayFigures,
  ProbeLedger,
  type ProbeReply,
} from '@pathgauge/metrics';
import { encodeErrorEstimate } from '@pathgauge/protocol';
import { INTERRUPTED, type Peer, type SessionEvent, type Settings, type StartEvent } from '@pathgauge/result';
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
import { clockClaim } from '../clock-claim';
import { EventQueue } from '../event-queue';
import { unlessInterrupted } from '../interruption';
import { randomSsid } from '../random';
import { ClosingProbes, closingPlan } from './closing-probes';
import type { PingOptions } from './ping-options';
import { pingResult } from './ping-result';
import { ProbeWriter } from './probe-writer';
import { type Reply, ReplyReader } from './reply-reader';

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

/**
 * Sends probes to a reflector and tells what became of each: `start`, a `probe` each, `notice`s, and last the `summary`.
 * An abort of `signal` ends it early, with its summary. Throws `TransportError` when it cannot begin at all.
 */
export async function* ping(
  options: PingOptions,
  transport: Transport,
  signal: AbortSignal,
): AsyncGenerator<SessionEvent> {
  const { socket, peer } = await unlessInterrupted(signal, openSocket(options, transport));
  const run = new PingRun(options, transport, socket, peer);
  const stop = (): void => run.interrupt();
  signal.addEventListener('abort', stop);
  try {
    run.begin();
    if (signal.aborted) stop();
    yield* run.events;
  } finally {
    signal.removeEventListener('abort', stop);
    run.release();
  }
}

/** A socket to the first of the host's addresses that this host has a way to. */
async function openSocket(
  { host, family, port, bind, ttl }: PingOptions,
  transport: Transport,
): Promise<{ socket: DatagramSocket; peer: Endpoint }> {
  let failure: unknown;
  for (const address of await transport.resolve(host, family)) {
    const peer = { address, port };
    try {
      return { socket: await transport.connectDatagrams(peer, { bind: { address: bind }, ttl }), peer };
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** One session of probes on an open socket. */
class PingRun {
  readonly events = new EventQueue<SessionEvent>();
  readonly #options: PingOptions;
  readonly #transport: Transport;
  readonly #socket: DatagramSocket;
  readonly #peer: Endpoint;
  readonly #sendTimer: Timer;
  readonly #expireTimer: ExpiryTimer;
  readonly #ledger: ProbeLedger;
  readonly #writer: ProbeWriter;
  readonly #replies: ReplyReader;
  readonly #startedAt = new Date();
  #start: Instant;
  /** When the last probe was settled. */
  #end: Instant | undefined;
  /** How many probes to send; lowered to what was sent when the run is interrupted. */
  #planned: number;
  #reason: string | undefined;
  #protocol: Peer['protocol'];
  #noticed = new Set<string>();
  #strays = 0;
  #closing: ClosingProbes | undefined;
  #closingTimer: NodeJS.Timeout | undefined;
  #finished = false;
  readonly #rtt = new DelayDistribution();
  readonly #rttJitter = new InterarrivalJitter();
  readonly #sendError = new DelayDistribution();
  readonly #oneWay: OneWayDelays;
  readonly #booked: ProbeReply = {
    arrivedAt: 0 as Instant,
    upNs: undefined,
    downNs: undefined,
    ownSequence: undefined,
  };

  constructor(options: PingOptions, transport: Transport, socket: DatagramSocket, peer: Endpoint) {
    this.#options = options;
    this.#transport = transport;
    this.#socket = socket;
    this.#peer = peer;
    const anchor = transport.clock.anchor();
    const wall = new WallMap(anchor);
    const ssid = randomSsid();
    const errorEstimate = encodeErrorEstimate({ ...anchor, format: 'ntp' });
    const sameHost = transport.isOwnAddress(peer.address);
    this.#oneWay = new OneWayDelays({
      claim: () => clockClaim(sameHost, anchor, this.#replies.peerEstimate),
      granularityNs: () => this.#replies.granularityNs,
    });
    this.#ledger = new ProbeLedger({
      capacity: rememberedProbes(options),
      timeout: options.timeout,
      onLost: this.#onLost,
      onSettled: (probe) => {
        if (!Number.isNaN(probe.upNs)) this.#oneWay.record(probe);
      },
    });
    this.#writer = new ProbeWriter(wall, { ssid, errorEstimate }, options.length);
    this.#replies = new ReplyReader(wall, ssid, new ProbeWriter(wall, { ssid, errorEstimate }, options.length));
    this.#planned = plannedProbes(options);
    this.#sendTimer = transport.timer();
    this.#expireTimer = new ExpiryTimer(() => this.#expire());
    this.#start = transport.clock.now();
  }

  begin(): void {
    this.events.push(this.#startEvent());
    this.#socket.onBatch(this.#onBatch);
    this.#socket.onError((error) => this.#notice(error));
    // The first line is out, and the code on a probe's way compiled, before the first probe leaves: neither is the path.
    const { clock } = this.#transport;
    for (let i = 0; i < REHEARSALS; i++) this.#writer.write(i, clock.now());
    this.#sendTimer.set(after(clock.now(), SETTLE), () => {
      this.#start = clock.now();
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
    this.#planned = this.#ledger.sent;
    this.#reason = INTERRUPTED;
    this.#sendTimer.clear();
    this.#settle();
    if (this.#ledger.outstanding > 0) this.#closingTimer = setTimeout(() => this.#close(), GRACE / 1e6);
  }

  release(): void {
    this.#sendTimer.clear();
    this.#expireTimer.clear();
    clearTimeout(this.#closingTimer);
    this.#socket.close();
  }

  readonly #sendDue = (): void => {
    const { interval } = this.#options;
    for (let burst = 0; this.#ledger.sent < this.#planned; burst++) {
      const now = this.#transport.clock.now();
      if (interval === 0) {
        if (this.#ledger.outstanding > 0 || this.#durationOver(now)) break;
        this.#send(now, now);
        break;
      }
      // Where the schedule cannot be kept, the time still is.
      if (this.#durationOver(now)) break;
      const due = after(this.#start, (this.#ledger.sent * interval) as Span);
      if (due > now || burst === LONGEST_BURST || this.#socket.backlog >= ProbeWriter.buffers / 2) {
        this.#sendTimer.set(due, this.#sendDue);
        break;
      }
      this.#send(now, due);
    }
    this.#expireTimer.watch(this.#ledger, this.#options.timeout, this.#transport.clock.now());
    this.#settle();
  };

  #send(now: Instant, due: Instant): void {
    const sequence = this.#ledger.sent % 2 ** 32;
    this.#ledger.send(now);
    this.#socket.send(this.#writer.write(sequence, now));
    if (this.#options.interval > 0) this.#sendError.record(elapsed(due, now));
  }

  readonly #onBatch = (batch: DatagramBatch): void => {
    for (let i = 0; i < batch.count; i++) {
      const payload = batch.payload(i);
      const reply = this.#replies.read(payload, this.#ledger);
      if (reply !== undefined) this.#book(reply, payload.length, batch.arrival(i));
      else if (!this.#bookClosing(payload)) this.#strays++;
    }
    if (this.#options.interval === 0) this.#sendDue();
    else this.#settle();
  };

  #book(reply: Reply, bytes: number, arrival: Instant): void {
    const { index } = reply;
    const sentAt = this.#ledger.sentAt(index);
    const outcome = this.#ledger.answer(index, this.#timesOf(reply, sentAt, arrival));
    if (outcome === 'unknown') return;
    this.#protocol ??= reply.protocol;
    const { upNs, downNs } = this.#booked;
    const roundTrip = upNs === undefined || downNs === undefined ? elapsed(sentAt, arrival) : upNs + downNs;
    if (outcome === 'received') {
      this.#rtt.record(roundTrip);
      this.#rttJitter.record(roundTrip);
    }
    if (!this.#options.probeEvents) return;
    this.events.push({
      type: 'probe',
      sequence: index % 2 ** 32,
      outcome,
      bytes,
      rttNs: roundTrip,
      reordered: this.#ledger.lastReordered,
      sentNs: elapsed(this.#start, sentAt),
    });
  }

  /** The transit times of a reply, as far as its timestamps can be true. */
  #timesOf({ receiveNs, serverNs, ownSequence }: Reply, sentAt: Instant, arrival: Instant): ProbeReply {
    const booked = this.#booked;
    booked.arrivedAt = arrival;
    booked.ownSequence = ownSequence;
    booked.upNs = undefined;
    booked.downNs = undefined;
    if (receiveNs === undefined || serverNs === undefined) return booked;
    const upNs = receiveNs - sentAt;
    // Both add up to the round trip exactly, also where clocks are so far apart that each is rounded.
    const downNs = elapsed(sentAt, arrival) - serverNs - upNs;
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

  /** A reply to a closing probe ends the run. */
  #bookClosing(payload: Uint8Array): boolean {
    const reply = this.#closing === undefined ? undefined : this.#replies.read(payload, this.#closing);
    if (reply === undefined) return false;
    const { index, ownSequence } = reply;
    if (ownSequence !== undefined) {
      this.#ledger.answerClosing(index, (this.#closing as ClosingProbes).sequenceOf(index), ownSequence);
    }
    this.#finish();
    return true;
  }

  readonly #onLost = (index: number): void => {
    if (!this.#options.probeEvents) return;
    this.events.push({
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
    const now = this.#transport.clock.now();
    this.#ledger.expire(now);
    this.#expireTimer.watch(this.#ledger, this.#options.timeout, now);
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
    clearTimeout(this.#closingTimer);
    this.#end = this.#transport.clock.now();
    this.#ledger.abandon();
    if (!this.#ledger.answered || this.#protocol === 'echo') {
      this.#finish();
      return;
    }
    const closing = new ClosingProbes(this.#ledger.sent);
    this.#closing = closing;
    const slowest = this.#rtt.count > 0 ? this.#rtt.maxNs : this.#options.timeout;
    const { waitMs, most } = closingPlan(slowest, this.#options.timeout, this.#reason !== undefined);
    const next = (): void => {
      if (closing.count === most) {
        this.#finish();
        return;
      }
      const now = this.#transport.clock.now();
      this.#socket.send(this.#writer.write(closing.send(now), now));
      this.#closingTimer = setTimeout(next, waitMs);
    };
    next();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    const oneWay = this.#oneWay.finish();
    if (this.#oneWay.hopeless) {
      this.#noticeOnce('clock', "the server's clock jumps all the time: no one-way delays");
    }
    if (this.#strays > 0) {
      const message = `${this.#strays} datagrams that answer no probe of this session were ignored`;
      this.events.push({ type: 'notice', code: 'strays', message });
    }
    this.events.push({ type: 'summary', result: this.#result(oneWay) });
    this.events.end();
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
    this.events.push({ type: 'notice', code, message });
  }

  #startEvent(): StartEvent {
    return {
      type: 'start',
      runner: 'udp-client',
      kind: 'ping',
      peer: this.#peerInfo(),
      transport: this.#transportUse(),
      settings: this.#settings(),
    };
  }

  #result(oneWay: OneWayFigures) {
    const { metrics } = this.#options;
    return pingResult({
      startedAt: this.#startedAt,
      durationNs: elapsed(this.#start, this.#end ?? this.#transport.clock.now()),
      reason: this.#reason,
      peer: this.#peerInfo(),
      transport: this.#transportUse(),
      settings: this.#settings(),
      counts: this.#ledger.snapshot(),
      hostDropped: this.#socket.dropped(),
      rtt: this.#rtt.snapshot(),
      rttJitterNs: this.#rttJitter.snapshot(),
      oneWay,
      metrics,
      sendError: this.#sendError.snapshot(),
    });
  }

  #peerInfo(): Peer {
    return { host: this.#options.host, ...this.#peer, protocol: this.#protocol };
  }

  #transportUse() {
    const { sendTimestamps, receiveTimestamps } = this.#socket;
    return { kind: this.#transport.kind, sendTimestamps, receiveTimestamps };
  }

  #settings(): Settings {
    const { length, interval, count, duration, timeout } = this.#options;
    return {
      lengthBytes: length,
      intervalNs: interval,
      count,
      durationNs: duration,
      timeoutNs: timeout,
      bitsPerSecond: undefined,
      direction: 'both',
    };
  }
}

/** Wakes when the oldest outstanding probe's waiting time is over. A millisecond late does no harm here. */
class ExpiryTimer {
  readonly #onExpiry: () => void;
  #timeout: NodeJS.Timeout | undefined;

  constructor(onExpiry: () => void) {
    this.#onExpiry = onExpiry;
  }

  watch(ledger: ProbeLedger, timeout: Span, now: Instant): void {
    if (this.#timeout !== undefined) return;
    const oldest = ledger.oldestSentAt();
    if (oldest === undefined) return;
    const remainingMs = (timeout - elapsed(oldest, now)) / 1e6;
    this.#timeout = setTimeout(
      () => {
        this.#timeout = undefined;
        this.#onExpiry();
      },
      Math.max(1, Math.ceil(remainingMs)),
    );
  }

  clear(): void {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
  }
}

function plannedProbes({ count, duration, interval }: PingOptions): number {
  const byTime = duration !== undefined && interval > 0 ? Math.max(1, Math.ceil(duration / interval)) : undefined;
  return Math.min(count ?? Number.POSITIVE_INFINITY, byTime ?? Number.POSITIVE_INFINITY);
}

/** Everything within the timeout, and as much again for what comes late. */
function rememberedProbes({ interval, timeout }: PingOptions): number {
  const withinTimeout = interval > 0 ? Math.ceil(timeout / interval) : 1;
  return Math.min(Math.max(2 * withinTimeout, FEWEST_REMEMBERED), MOST_REMEMBERED);
}
