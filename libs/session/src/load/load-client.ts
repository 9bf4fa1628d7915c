import {
  COOKIE_BYTES,
  cookieFrom,
  EXTENSION_VERSION,
  encodeStreamOpening,
  FEATURES,
  type Feature,
  type Parameters,
  parametersToJson,
  type Results,
  resultsToJson,
  STATE,
} from '@pathgauge/protocol';
import {
  errorOf,
  INTERRUPTED,
  type LoadTransport,
  type Peer,
  peerText,
  type Result,
  type RunError,
  type SessionEvent,
} from '@pathgauge/result';
import {
  codeOf,
  type Endpoint,
  NeedsLinuxError,
  type StreamSocket,
  type Transport,
  TransportError,
} from '@pathgauge/transport';
import { elapsed, type Instant, NS_PER_S } from '@pathgauge/units';
import { ClockAsker, SessionClock } from '../control/clock-exchange';
import { ControlChannel, ProtocolError, sleep, within } from '../control/control-channel';
import { ServerMessages } from '../control/server-messages';
import { ALIVE_MS, goneError, SilenceWatch, silentNotice } from '../control/silence-watch';
import { EventQueue } from '../event-queue';
import type { HeardIcmp } from '../icmp/icmp-log';
import { icmpText, refusalText, type SentDatagrams } from '../icmp/icmp-text';
import { aborted, type Bell, unlessInterrupted } from '../interruption';
import { Notices } from '../notices';
import { randomBytes } from '../random';
import { type Connect, type Connected, connectFirst } from '../reach/connect-first';
import { choiceNotice } from '../reach/reach-text';
import { LoadEnd } from './load-end';
import { type LoadOptions, loadSettings } from './load-options';
import type { LoadOutcome } from './load-outcome';
import { contradictionOf, loadResult, loadTransportUse, sentDatagrams } from './load-result';
import { OwnAddressWatch } from './own-address-watch';
import { paceOf } from './pace';

const CONNECT_MS = 5_000;
const ANSWER_MS = 5_000;
// A server may wait for another test's turn, or drain a slow path for ten seconds, before it says the next word.
const END_MS = 15_000;
const MAX_DRAIN_MS = 10_000;
// Both ends are gone within a second of it.
const INTERRUPTED_END_MS = 600;
// A path that takes nothing any more must not hold up the end of the test.
const FLUSH_MS = 2_000;
const INTERRUPTED_FLUSH_MS = 250;
const INTERRUPTED_DRAIN_MS = 100;
const DRAIN_MS = 250;
const FIGURES_MS = 1_000;
const CLOCK_BURST = 10;
const CLOCK_PERIOD_MS = 100;

/**
 * Runs a load test against a Pathgauge or iperf3 server: `start`, an `interval` each report interval, `notice`s, and last
 * the `summary`, also when the peer vanishes in the middle. An abort of `signal` ends it early; a ring of `bell` has it tell the
 * figures so far. Throws `TransportError` or `ProtocolError` when the load could not begin.
 */
export async function* load(
  options: LoadOptions,
  transport: Transport,
  signal: AbortSignal,
  bell?: Bell,
): AsyncGenerator<SessionEvent> {
  if (transport.threads === undefined) {
    if (options.dscp !== undefined) throw new NeedsLinuxError('dscp', transport.note);
    // In reverse it is the server that needs it.
    if (options.dontFragment && !options.reverse) throw new NeedsLinuxError('dontFragment', transport.note);
  }
  const connected = await unlessInterrupted(signal, connectControl(options, transport));
  const run = new LoadRun(options, transport, connected, signal);
  const unhook = bell?.onRing(() => run.tellInterim());
  run.run().then(
    () => run.events.end(),
    (error) => run.events.fail(error),
  );
  try {
    yield* run.events;
  } finally {
    unhook?.();
    run.release();
  }
}

async function connectControl(options: LoadOptions, transport: Transport): Promise<Connected> {
  const addresses = await transport.resolve(options.host, options.family);
  const peers = addresses.map((address) => ({ address, port: options.port }));
  const connect: Connect = (peer, how) => transport.connectStream(peer, how);
  return connectFirst(options.host, peers, connect, { bind: options.bind, timeoutMs: CONNECT_MS });
}

/** One load test, from the cookie to the last word. */
class LoadRun {
  readonly events = new EventQueue<SessionEvent>();
  readonly #options: LoadOptions;
  readonly #transport: Transport;
  readonly #signal: AbortSignal;
  readonly #leftAside: Connected['leftAside'];
  readonly #channel: ControlChannel;
  readonly #server: ServerMessages;
  readonly #session: SessionClock;
  readonly #asker: ClockAsker;
  readonly #ownAddress: OwnAddressWatch;
  readonly #watch: SilenceWatch;
  #alive: NodeJS.Timeout | undefined;
  readonly #cookie = cookieFrom(randomBytes(COOKIE_BYTES));
  readonly #startedAt = new Date();
  readonly #connectedAt: Instant;
  #start: Instant;
  #loadEnd: Instant | undefined;
  /** TEST_END has been sent. */
  #testEnd: Instant | undefined;
  #released = false;
  readonly #notices = new Notices((event) => this.events.push(event));
  /** What ICMP has told first. */
  #told: string | undefined;
  #stream: StreamSocket | undefined;
  #breakStream: (error: Error | undefined) => void = () => {};
  readonly #streamBroken = new Promise<never>((_, reject) => {
    this.#breakStream = (error) =>
      reject(
        error ?? this.#channel.closed ?? new TransportError('ECONNRESET', `${this.#name()} closed the data connection`),
      );
  });
  #side: LoadEnd | undefined;

  constructor(options: LoadOptions, transport: Transport, connected: Connected, signal: AbortSignal) {
    const control = connected.stream;
    this.#leftAside = connected.leftAside;
    this.#options = options;
    this.#streamBroken.catch(() => {});
    this.#transport = transport;
    this.#signal = signal;
    this.#channel = new ControlChannel(control, transport.clock);
    this.#session = new SessionClock(transport.clock, transport.isOwnAddress(control.remote.address));
    this.#ownAddress = new OwnAddressWatch(control.local.address, (address) => transport.isOwnAddress(address));
    this.#asker = new ClockAsker(this.#channel, this.#session);
    this.#server = new ServerMessages(this.#channel, (packet, arrival) => this.#asker.onReply(packet, arrival));
    this.#watch = new SilenceWatch(this.#channel, {
      onSilent: () => this.#rest(),
      onHeard: () => this.#side?.rest(false),
      onGone: () => this.#server.fail(goneError(this.#name())),
    });
    this.#connectedAt = transport.clock.now();
    this.#start = this.#connectedAt;
  }

  async run(): Promise<void> {
    await unlessInterrupted(this.#signal, this.#begin());
    let failure: Error | undefined;
    let results: Results | undefined;
    try {
      await this.#transmit();
      results = await Promise.race([this.#endInTime(), this.#ownAddress.gone]);
    } catch (error) {
      failure = error as Error;
      this.#loadEnd ??= this.#transport.clock.now();
    }
    await within(FIGURES_MS, 'no figures', this.#side?.finish(this.#loadEnd as Instant) ?? Promise.resolve()).catch(
      () => {},
    );
    this.#tellSummary(results, failure, this.#loadEnd as Instant);
  }

  /** Tells the figures so far of a load that has begun. */
  tellInterim(): void {
    const { clock } = this.#transport;
    const end = this.#loadEnd ?? clock.now();
    this.events.push({
      type: 'interim',
      of: 'load',
      measuredAt: this.#options.reverse ? 'receiver' : 'sender',
      bytes: this.#side?.bytes ?? 0,
      elapsedNs: elapsed(this.#start, end),
    });
  }

  release(): void {
    this.#released = true;
    this.#ownAddress.stop();
    this.#endWatch();
    this.#side?.release();
    this.#stream?.destroy();
    this.#channel.stream.end();
    // A peer that does not close its side is not waited for.
    setTimeout(() => this.#channel.stream.destroy(), DRAIN_MS).unref();
  }

  /** Up to the moment before the load: parameters, grant, clocks, streams. */
  async #begin(): Promise<void> {
    this.#channel.send(this.#cookie);
    await this.#server.reach(STATE.paramExchange, ANSWER_MS).catch((error) => {
      throw this.#unrecognised(error);
    });
    this.#channel.sendJson(parametersToJson(this.#parameters()));
    await this.#server.reach(STATE.createStreams, END_MS);
    if (this.#granted('clock')) await this.#clockAnswered(this.#asker.exchange(CLOCK_BURST));
    if (this.#released) return;
    const end = this.#newEnd();
    this.#side = end;
    await (this.#options.protocol === 'tcp' ? this.#openStream(end) : this.#openDatagrams(end));
    await this.#server.reach(STATE.testStart, ANSWER_MS);
    await this.#server.reach(STATE.testRunning, ANSWER_MS);
    this.events.push({
      type: 'start',
      runner: `${this.#options.protocol}-client`,
      kind: 'load',
      peer: this.#peer(),
      transport: this.#transportUse(),
      settings: loadSettings(this.#options),
    });
    this.#tellChoice();
  }

  #tellChoice(): void {
    const { address } = this.#channel.stream.remote;
    this.#notices.add(choiceNotice(this.#options.host, { address, leftAside: this.#leftAside, isAnswering: true }));
  }

  #unrecognised(error: Error): Error {
    if ((error as { code?: string }).code !== 'ETIMEDOUT') return error;
    return new ProtocolError(`${this.#name()} accepts connections, but is neither a Pathgauge nor an iperf3 server`);
  }

  #newEnd(): LoadEnd {
    const { protocol, length, spacing, duration, reverse, metrics } = this.#options;
    return new LoadEnd({
      protocol,
      direction: reverse ? 'down' : 'up',
      sending: !reverse,
      length,
      pace: paceOf(spacing, duration),
      duration,
      counters64Bit: true,
      metrics,
      grant: this.#server.grant,
      session: this.#session,
      transport: this.#transport,
      reportInterval: this.#options.reportInterval,
      omits: false,
      endsStream: false,
      onInterval: (interval) => this.events.push({ type: 'interval', interval }),
      onBrokenStream: (why) => this.#server.fail(new ProtocolError(`${this.#name()}: ${why}`)),
      onClosed: (error) => this.#breakStream(error),
      onSendError: (error) => this.#noteSendError(error),
      onIcmp: (heard) => this.#noteIcmp(heard),
    });
  }

  async #openStream(end: LoadEnd): Promise<void> {
    const { remote } = this.#channel.stream;
    const stream = await this.#transport.connectStream(remote, { bind: this.#options.bind, timeoutMs: CONNECT_MS });
    this.#stream = stream;
    // The run may have been given up meanwhile.
    if (this.#released) stream.destroy();
    // The cookie is what lets the server begin: whoever reads the stream must be there by then.
    await end.attachStream(stream, new Uint8Array(0), this.#options.dscp);
    await new Promise<void>((resolve) => stream.write(this.#cookie, () => resolve()));
  }

  async #openDatagrams(end: LoadEnd): Promise<void> {
    const { remote } = this.#channel.stream;
    const { bind, ttl, dscp, dontFragment } = this.#options;
    const opening = encodeStreamOpening(this.#server.grant?.token);
    const opened = end.openDatagrams({
      peer: remote,
      bind,
      ttl,
      dscp,
      dontFragment: dontFragment && !this.#options.reverse,
      opening,
    });
    opened.catch(() => {});
    const silence = `${this.#name()} does not answer on UDP; is the port open for UDP in the firewall?`;
    await within(ANSWER_MS, silence, Promise.race([opened, this.#server.failure])).catch((error) => {
      throw this.#explained(error);
    });
  }

  /** The load itself: until its time is over, it is interrupted, or the connection fails. */
  async #transmit(): Promise<void> {
    this.#start = this.#transport.clock.now();
    this.#side?.start();
    const { gone: addressGone } = this.#ownAddress;
    this.#beginWatch();
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.duration / 1e6);
    });
    try {
      await Promise.race([over, aborted(this.#signal), this.#server.failure, this.#streamBroken, addressGone]);
      // Here the load ends. What is still written, drained and said takes time that is none of it.
      this.#loadEnd = this.#transport.clock.now();
      this.#side?.holdReports();
      await Promise.race([this.#flushed(), this.#server.failure, this.#streamBroken, addressGone]);
    } finally {
      clearTimeout(timer);
      this.#endWatch();
    }
  }

  /** While the load runs, each end is to hear of the other. */
  #beginWatch(): void {
    if (this.#granted('clock')) this.#asker.every(CLOCK_PERIOD_MS);
    this.#watch.begin(this.#granted('clock') || this.#granted('alive'), 0);
    if (!this.#granted('alive') || !this.#options.reverse) return;
    const say = (): void => this.#channel.sendState(STATE.alive);
    say();
    this.#alive = setInterval(say, ALIVE_MS);
  }

  #endWatch(): void {
    this.#asker.stop();
    this.#watch.end();
    clearInterval(this.#alive);
  }

  async #flushed(): Promise<void> {
    await Promise.race([this.#side?.stop(), sleep(this.#signal.aborted ? INTERRUPTED_FLUSH_MS : FLUSH_MS)]);
  }

  /** A user who has ended the run does not wait for long, nor does one who ends it now. */
  async #endInTime(): Promise<Results> {
    const end = this.#end();
    end.catch(() => {});
    await Promise.race([end, aborted(this.#signal)]);
    return within(INTERRUPTED_END_MS, INTERRUPTED, end);
  }

  /** The closing words: drained, last clock exchanges, results both ways. */
  async #end(): Promise<Results> {
    if (this.#server.grant !== undefined) {
      this.#channel.sendState(STATE.loadEnd);
      await Promise.race([this.#drained(), this.#server.failure]);
      // A user who waits is not kept for a little more certainty.
      if (this.#granted('clock') && !this.#signal.aborted) {
        await this.#clockAnswered(this.#asker.exchange(CLOCK_BURST));
      }
    }
    this.#channel.sendState(STATE.testEnd);
    this.#testEnd = this.#transport.clock.now();
    await this.#server.reach(STATE.exchangeResults, END_MS);
    const side = this.#side as LoadEnd;
    await side.finish(this.#loadEnd as Instant);
    this.#channel.sendJson(resultsToJson(side.results()));
    const results = await this.#server.reachResults(END_MS);
    await this.#server.reach(STATE.displayResults, END_MS);
    this.#channel.sendState(STATE.iperfDone);
    return results;
  }

  /** Datagrams that this host itself did not send would look like loss on the path. */
  #noteSendError(error: Error): void {
    this.#notices.note(codeOf(error) ?? 'UNKNOWN', refusalText(error, this.#sentDatagrams()));
  }

  /** What is sent may reach nobody. Over TCP nothing new leaves by itself. */
  #rest(): void {
    this.#side?.rest(true);
    if (this.#options.protocol === 'udp' && !this.#options.reverse) this.#notices.add(silentNotice(this.#name()));
  }

  #noteIcmp(heard: HeardIcmp): void {
    const message = icmpText(heard, this.#sentDatagrams());
    this.#told ??= message;
    this.#notices.note(heard.error, message);
  }

  /** Where nothing answers, what ICMP has told says why. */
  #explained(error: Error): Error {
    if (codeOf(error) !== 'ETIMEDOUT' || this.#told === undefined) return error;
    return new TransportError('ETIMEDOUT', this.#told, error);
  }

  #sentDatagrams(): SentDatagrams {
    return sentDatagrams({ peer: this.#peer(), settings: loadSettings(this.#options) });
  }

  #clockAnswered(exchange: Promise<void>): Promise<void> {
    return within(
      ANSWER_MS,
      `${this.#name()} answers no clock requests`,
      Promise.race([exchange, this.#server.failure]),
    );
  }

  /** Waits until what is under way has come in; a stream that brings more is listened to for longer. */
  async #drained(): Promise<void> {
    const { clock } = this.#transport;
    for (let waited = 0; waited < MAX_DRAIN_MS; waited += DRAIN_MS) {
      const begin = clock.now();
      await sleep(this.#signal.aborted ? INTERRUPTED_DRAIN_MS : DRAIN_MS);
      if (this.#side?.complete !== false) return;
      const last = this.#side.lastArrival;
      if (last === undefined || last < begin) return;
    }
  }

  #tellSummary(results: Results | undefined, failure: Error | undefined, loadEnd: Instant): void {
    const now = this.#transport.clock.now();
    const outcome = (this.#side as LoadEnd).outcome(results, {
      testNs: elapsed(this.#connectedAt, now),
      untilEndNs: elapsed(this.#start, this.#testEnd ?? now),
      roundTripNs: 0,
    });
    const contradiction = contradictionOf(this.#name(), outcome);
    this.#notices.add(contradiction);
    const error = failure === undefined ? contradiction : errorOf(failure);
    this.events.push({ type: 'summary', result: this.#result(outcome, error, loadEnd) });
  }

  #result(outcome: LoadOutcome, error: RunError | undefined, loadEnd: Instant): Result {
    const end = this.#side as LoadEnd;
    const { reverse, protocol, metrics } = this.#options;
    return loadResult({
      runner: `${protocol}-client`,
      startedAt: this.#startedAt,
      durationNs: elapsed(this.#start, loadEnd),
      reason: this.#signal.aborted ? INTERRUPTED : error?.message,
      error: this.#signal.aborted ? undefined : error,
      notices: this.#notices.list(),
      peer: this.#peer(),
      transport: this.#transportUse(),
      settings: loadSettings(this.#options),
      metrics,
      protocol,
      direction: reverse ? 'down' : 'up',
      outcome,
      clock: end.clock(),
      sendError: end.sendError,
      intervals: end.intervals,
      icmp: end.icmp,
    });
  }

  #granted(feature: Feature): boolean {
    return this.#server.grant?.features.includes(feature) ?? false;
  }

  #parameters(): Parameters {
    const { protocol, duration, length, spacing, reverse, dontFragment } = this.#options;
    return {
      protocol,
      timeSeconds: Math.ceil(duration / NS_PER_S),
      omitSeconds: 0,
      parallel: 1,
      reverse,
      bidirectional: false,
      length,
      bandwidth: spacing === undefined ? 0 : (length * 8 * NS_PER_S) / spacing,
      counters64Bit: true,
      dontFragment,
      extension: { version: EXTENSION_VERSION, features: FEATURES, spacingNs: spacing, durationNs: duration },
    };
  }

  #peer(): Peer {
    const remote: Endpoint = this.#channel.stream.remote;
    return {
      host: this.#options.host,
      ...remote,
      protocol: this.#server.grant === undefined ? 'iperf3' : 'pathgauge',
    };
  }

  #name(): string {
    return peerText({ host: this.#options.host, ...this.#channel.stream.remote });
  }

  #transportUse(): LoadTransport {
    return loadTransportUse(this.#transport, this.#side);
  }
}
