import {
  CLOCK_PACKET_BYTES,
  describeFailure,
  encodeJsonMessage,
  type Feature,
  type Grant,
  grantToJson,
  MAX_PARAMETERS_BYTES,
  MAX_RESULTS_BYTES,
  type Parameters,
  parametersFromJson,
  type Results,
  resultsFromJson,
  resultsToJson,
  SERVER_ERROR_CODE,
  STATE,
  stateName,
} from '@pathgauge/protocol';
import {
  type Direction,
  errorOf,
  type LoadSettings,
  type LoadTransport,
  type Peer,
  type Result,
  type RunError,
  type SessionEvent,
} from '@pathgauge/result';
import {
  type BoundAddress,
  codeOf,
  type Endpoint,
  endpointText,
  isSameAddress,
  type StreamSocket,
  type Transport,
} from '@pathgauge/transport';
import {
  bitsPerSecond,
  elapsed,
  type Instant,
  milliseconds,
  NS_PER_MS,
  rateOf,
  type Span,
  seconds,
  spacingOf,
  span,
} from '@pathgauge/units';
import { ClockAnswerer, SessionClock } from '../control/clock-exchange';
import { type ControlChannel, ProtocolError, sleep, within } from '../control/control-channel';
import { ALIVE_MS, goneError, SilenceWatch, silentNotice } from '../control/silence-watch';
import { icmpText, refusalText, type SentDatagrams } from '../icmp/icmp-text';
import { RECORD_BYTES } from '../message-lengths';
import type { MetricSwitches } from '../metric-switches';
import { Notices } from '../notices';
import { TokenBucket } from '../token-bucket';
import { LoadEnd } from './load-end';
import type { LoadOutcome } from './load-outcome';
import { contradictionOf, loadResult, loadTransportUse, sentDatagrams } from './load-result';
import { paceOf } from './pace';

const ANSWER_MS = 10_000;
const STREAM_MS = 10_000;
const DRAIN_MS = 250;
// A slow path may go on bringing what its queues hold; a peer that never stops is not listened to for ever.
const MAX_DRAIN_MS = 10_000;
const FAREWELL_MS = 1_000;
const FLUSH_MS = 2_000;
const FIGURES_MS = 1_000;
// A client that outstays what it asked for by this much, and a slow path's drain, is not coming back.
const OVERTIME_MS = 30_000;
/** What a test may last whose client names no time. */
const MAX_TEST_MS = 86_400_000;
const ERROR_BYTES = 8;
/**
 * Clock requests and signs of life, together: an honest client sends 14 a second, with two bursts of ten requests, and all that
 * waited behind a path that stood still at once.
 */
const REPEATED_BURST = 200;
const REPEATED_PER_SECOND = 30;
/** A plain client's clock starts later than the sender's, by the way there, and it hangs up itself. */
const SENDER_SLACK: Span = seconds(1);

/** What a test needs of the server it runs on. */
export interface TestHost {
  readonly runner: 'tcp-server' | 'udp-server';
  readonly transport: Transport;
  readonly metrics: MetricSwitches;
  readonly reportInterval: Span;
  /** Which kinds of tests are served here. */
  readonly protocols: ReadonlySet<'tcp' | 'udp'>;
  /** The socket that streams of datagrams are opened beside. */
  readonly datagrams: BoundAddress | undefined;
  randomToken(): Uint8Array;
  /** Whether the test may begin: there is a bound on those that run at once. */
  admits(): boolean;
  /** A stream of datagrams is about to be opened with `token`, or with none; ends with a call of what is returned. */
  awaitOpening(token: Uint8Array | undefined): () => void;
  /** Waits for the turn of a plain iperf3 UDP client, whose streams carry no token to tell tests of one address apart. */
  plainUdpTurn(address: string): Promise<() => void>;
  onEvent(event: SessionEvent): void;
  /** Whether there are too few descriptors left for a test, which is why one of them may fail. */
  isExhausted(): boolean;
}

/** One load test at the server, from the parameters to the last word. */
export class LoadTest {
  readonly #host: TestHost;
  readonly #channel: ControlChannel;
  readonly #repeated = new TokenBucket(REPEATED_BURST, REPEATED_PER_SECOND);
  readonly #watch: SilenceWatch;
  #session: SessionClock | undefined;
  #answerer: ClockAnswerer | undefined;
  #alive: NodeJS.Timeout | undefined;
  readonly #startedAt = new Date();
  readonly #notices = new Notices((event) => this.#host.onEvent(event));
  #parameters: Parameters | undefined;
  #grant: Grant | undefined;
  #stream: StreamSocket | undefined;
  #udpPeer: Endpoint | undefined;
  /** CREATE_STREAMS has been sent. */
  #awaitsStream = false;
  #side: LoadEnd | undefined;
  #opened: () => void = () => {};
  readonly #streamOpened = new Promise<void>((resolve) => {
    this.#opened = resolve;
  });
  #break: (error: Error | undefined) => void = () => {};
  /** Rejects when the data stream has ended. */
  readonly #broken = new Promise<never>((_, reject) => {
    this.#break = (error) => reject(error ?? new ProtocolError(`${endpointText(this.client)} closed the data stream`));
  });
  readonly #connectedAt: Instant;
  /** From asking for the parameters until they came: the way there and back, and what the client took. */
  #roundTripNs = 0;
  #start: Instant | undefined;
  #loadEnd: Instant | undefined;
  /** TEST_END has arrived. */
  #testEnd: Instant | undefined;
  #stopReason: RunError | undefined;

  constructor(host: TestHost, channel: ControlChannel) {
    this.#host = host;
    this.#channel = channel;
    this.#watch = new SilenceWatch(channel, {
      onSilent: () => this.#rest(),
      onHeard: () => this.#side?.rest(false),
      onGone: () => this.#break(goneError(endpointText(this.client))),
    });
    this.#connectedAt = host.transport.clock.now();
    this.#broken.catch(() => {});
  }

  get client(): Endpoint {
    return this.#channel.stream.remote;
  }

  /** Whether a UDP stream may still be opened for this test, with this token or, from a plain client, with none. */
  awaitsDatagrams(source: Endpoint, token: Uint8Array | undefined): boolean {
    if (!this.#awaitsStream || this.#udpPeer !== undefined || this.#parameters?.protocol !== 'udp') return false;
    const wanted = this.#grant?.token;
    const isTheirs = wanted === undefined ? token === undefined : token?.every((byte, i) => byte === wanted[i]);
    return isTheirs === true && isSameAddress(source.address, this.client.address);
  }

  /** Takes the TCP data stream that came with this test's cookie. False when it has one already. */
  attachStream(stream: StreamSocket, unread: Uint8Array): boolean {
    if (!this.#awaitsStream || this.#stream !== undefined || this.#parameters?.protocol !== 'tcp') return false;
    if (!this.#isAdmitted()) return false;
    this.#stream = stream;
    this.#side = this.#newEnd(this.#parameters);
    this.#open(this.#side.attachStream(stream, unread));
    return true;
  }

  /** Takes the source of this test's UDP stream; `answer` is what it waits for. */
  attachDatagrams(source: Endpoint, answer: Uint8Array): void {
    const { datagrams } = this.#host;
    if (this.#udpPeer !== undefined || this.#parameters === undefined || datagrams === undefined) return;
    if (!this.#isAdmitted()) return;
    this.#udpPeer = source;
    const { dontFragment, reverse } = this.#parameters;
    const side = this.#newEnd(this.#parameters);
    this.#side = side;
    // The address that the client has chosen is the one that it expects answers from.
    const { address } = this.#channel.stream.local;
    this.#open(side.serveDatagrams(datagrams, address, source, dontFragment && reverse, answer));
  }

  /** Ends the test because the server stops. */
  terminate(): void {
    this.#stopReason = { code: 'stopped', message: 'the server was stopped' };
    this.#channel.sendState(STATE.serverTerminate);
    this.#channel.stream.end();
    this.#stream?.destroy();
    setTimeout(() => this.#channel.stream.destroy(), DRAIN_MS);
  }

  /**
   * Runs the test. Resolves when it is over, in whatever way; what was measured is told in a `summary` event. Rejects with
   * what went wrong when the load never began.
   */
  async run(): Promise<void> {
    let leaveTurn = (): void => {};
    let forgetOpening = (): void => {};
    try {
      await this.#agree();
      if (this.#parameters?.protocol === 'udp' && this.#grant === undefined) {
        const turn = this.#host.plainUdpTurn(this.client.address);
        // Taken even when nobody waits for it any more, so that the next one's comes.
        leaveTurn = () => void turn.then((leave) => leave());
        await within(ANSWER_MS, 'another test from the same address did not begin in time', turn);
      }
      this.#awaitsStream = true;
      if (this.#parameters?.protocol === 'udp') forgetOpening = this.#host.awaitOpening(this.#grant?.token);
      this.#channel.sendState(STATE.createStreams);
      const commands = this.#commands();
      commands.catch(() => {});
      const silence = `${endpointText(this.client)} opened no data stream`;
      await within(STREAM_MS, silence, Promise.race([this.#streamOpened, this.#broken, neverBefore(commands)]));
      await this.#measure(commands, leaveTurn);
    } catch (error) {
      if (this.#host.isExhausted()) this.#channel.sendState(STATE.accessDenied);
      throw error;
    } finally {
      leaveTurn();
      forgetOpening();
      this.#endWatch();
      this.#side?.release();
      this.#stream?.destroy();
      this.#channel.stream.end();
      setTimeout(() => this.#channel.stream.destroy(), FAREWELL_MS).unref();
    }
  }

  /** Parameters in, grant out. */
  async #agree(): Promise<void> {
    const { clock } = this.#host.transport;
    const askedAt = clock.now();
    this.#channel.sendState(STATE.paramExchange);
    const json = await within(ANSWER_MS, 'no parameters came', this.#channel.json(MAX_PARAMETERS_BYTES));
    this.#roundTripNs = elapsed(askedAt, clock.now());
    const parameters = parametersFromJson(json);
    if (!parameters.ok) {
      this.#refuse(SERVER_ERROR_CODE.badParameters);
      throw new ProtocolError(`parameters: ${describeFailure(parameters.failure)}`);
    }
    const { protocol, parallel, bidirectional, reverse, dontFragment, extension } = parameters.value;
    if (!this.#host.protocols.has(protocol) || bidirectional) {
      this.#refuse(SERVER_ERROR_CODE.notImplemented);
      throw new ProtocolError(
        `asked for a ${bidirectional ? 'bidirectional' : protocol.toUpperCase()} test, which is not served here`,
      );
    }
    if (parallel > 1) {
      this.#refuse(SERVER_ERROR_CODE.tooManyStreams);
      throw new ProtocolError(`asked for ${parallel} streams; one is served`);
    }
    if (dontFragment && reverse && !this.#host.transport.marks) {
      this.#refuse(SERVER_ERROR_CODE.notImplemented);
      throw new ProtocolError(
        'asked for datagrams that must not be cut into fragments, which takes the linux transport',
      );
    }
    if (protocol === 'tcp' && extension?.features.includes('records') && parameters.value.length < RECORD_BYTES.min) {
      this.#refuse(SERVER_ERROR_CODE.badParameters);
      throw new ProtocolError(`asked for records of ${parameters.value.length} bytes, less than their header`);
    }
    this.#parameters = parameters.value;
    // Nothing is built for a peer that has not said what it wants, and may have it.
    const { transport } = this.#host;
    this.#session = new SessionClock(transport.clock, transport.isOwnAddress(this.client.address));
    if (extension === undefined) return;
    this.#grant = { version: 1, features: extension.features, token: this.#host.randomToken() };
    if (this.#granted('clock')) this.#answerer = new ClockAnswerer(this.#session);
    this.#channel.sendState(STATE.grant, encodeJsonMessage(grantToJson(this.#grant)));
  }

  #refuse(code: number): void {
    const bytes = new Uint8Array(ERROR_BYTES);
    new DataView(bytes.buffer).setInt32(0, code);
    this.#channel.sendState(STATE.serverError, bytes);
  }

  /** Listens to the client until it ends the test. Rejects when it leaves or says what it must not. */
  async #commands(): Promise<void> {
    for (;;) {
      const state = await this.#channel.state();
      switch (state) {
        case STATE.clockRequest: {
          const request = await this.#channel.bytes(CLOCK_PACKET_BYTES);
          this.#countRepeated(state);
          const reply = this.#answerer?.answer(request, this.#channel.arrival);
          if (reply === undefined) throw new ProtocolError('a clock request cannot be read');
          this.#channel.sendState(STATE.clockReply, reply);
          break;
        }
        case STATE.alive:
          if (!this.#granted('alive'))
            throw new ProtocolError(`the client sent ${stateName(state)}, which it was not granted`);
          this.#countRepeated(state);
          break;
        case STATE.loadEnd:
          if (this.#grant === undefined || this.#start === undefined || this.#loadEnd !== undefined) {
            throw new ProtocolError(`the client sent ${stateName(state)} out of order`);
          }
          this.#endLoad();
          void this.#side?.stop();
          break;
        case STATE.testEnd:
          this.#testEnd = this.#channel.arrival;
          this.#endLoad();
          this.#watch.end();
          return;
        case STATE.clientTerminate:
          throw new ProtocolError('the client ended the test early');
        default:
          throw new ProtocolError(`the client sent ${stateName(state)}`);
      }
    }
  }

  /** What a client may say again and again comes at the rate that was agreed on. */
  #countRepeated(state: number): void {
    if (this.#repeated.take(this.#channel.arrival)) return;
    throw new ProtocolError(`the client sent ${stateName(state)} more often than agreed`);
  }

  /** A client that vanishes between the end of its load and that of the test is still seen. */
  #endLoad(): void {
    this.#loadEnd ??= this.#channel.arrival;
    this.#side?.holdReports();
    clearInterval(this.#alive);
  }

  /** While the load runs, each end is to hear of the other. */
  #beginWatch(): void {
    this.#watch.begin(this.#granted('clock') || this.#granted('alive'), this.#roundTripNs / NS_PER_MS);
    if (!this.#granted('alive') || this.#direction === 'down') return;
    const say = (): void => this.#channel.sendState(STATE.alive);
    say();
    this.#alive = setInterval(say, ALIVE_MS);
  }

  #endWatch(): void {
    this.#watch.end();
    clearInterval(this.#alive);
  }

  /** What is sent may reach nobody. Over TCP nothing new leaves by itself. */
  #rest(): void {
    if (this.#loadEnd !== undefined) return;
    this.#side?.rest(true);
    if (this.#protocol === 'tcp' || this.#direction === 'up') return;
    this.#notices.add(silentNotice(endpointText(this.client)));
  }

  #isAdmitted(): boolean {
    if (this.#host.admits()) return true;
    this.#channel.sendState(STATE.accessDenied);
    this.#break(new ProtocolError('turned away: too many tests run already'));
    return false;
  }

  /** The load and what follows it. Everything from here on ends with a summary. */
  async #measure(commands: Promise<void>, leaveTurn: () => void): Promise<void> {
    const { clock } = this.#host.transport;
    this.#start = clock.now();
    leaveTurn();
    this.#channel.sendState(STATE.testStart);
    this.#channel.sendState(STATE.testRunning);
    this.#host.onEvent(this.#startEvent());
    this.#side?.start();
    this.#beginWatch();
    let results: Results | undefined;
    let failure: Error | undefined;
    try {
      await within(
        this.#patienceMs(),
        'the client did not end the test in time',
        Promise.race([commands, this.#streamBroken(commands)]),
      );
      results = await this.#finish();
    } catch (error) {
      failure = error as Error;
      void this.#side?.stop();
    }
    const end = this.#loadEnd ?? clock.now();
    await within(FIGURES_MS, 'no figures', this.#side?.finish(end) ?? Promise.resolve()).catch(() => {});
    this.#tellSummary(results, failure, end);
  }

  /** Rejects when the data stream ends while the client has not ended the test. */
  #streamBroken(commands: Promise<void>): Promise<never> {
    // The control connection has more to say about why, when both end together.
    return this.#broken.catch((error) =>
      Promise.race([commands.then(() => new Promise<never>(() => {})), sleep(DRAIN_MS)]).then(() =>
        Promise.reject(error),
      ),
    );
  }

  async #finish(): Promise<Results> {
    // A peer that does not read must not hold the test: what is not taken by then never will be.
    await within(FLUSH_MS, 'what was written is not taken', this.#sideOf().stop()).catch(() => {});
    await this.#drained();
    this.#channel.sendState(STATE.exchangeResults);
    const theirs = resultsFromJson(
      await within(ANSWER_MS, 'no results came from the client', this.#channel.json(MAX_RESULTS_BYTES)),
    );
    if (!theirs.ok) throw new ProtocolError(`results: ${describeFailure(theirs.failure)}`);
    await this.#sideOf().finish(this.#loadEnd ?? this.#host.transport.clock.now());
    this.#channel.sendJson(resultsToJson(this.#sideOf().results()));
    this.#channel.sendState(STATE.displayResults);
    // Whether the farewell comes or not, everything is known by now.
    await within(FAREWELL_MS, 'no farewell', this.#channel.state()).catch(() => {});
    return theirs.value;
  }

  /** The client has waited for 250 ms after its last byte; a stream of records is followed to its last one. */
  async #drained(): Promise<void> {
    const { clock } = this.#host.transport;
    for (let waited = 0; waited < MAX_DRAIN_MS; waited += DRAIN_MS) {
      if (this.#side?.complete !== false) return;
      const begin = clock.now();
      if (waited > 0 && (this.#side.lastArrival ?? 0) < begin - DRAIN_MS * NS_PER_MS) return;
      await sleep(DRAIN_MS);
    }
  }

  #open(ready: Promise<void>): void {
    ready.then(this.#opened, this.#break);
  }

  #newEnd(parameters: Parameters): LoadEnd {
    const { protocol, length, reverse, counters64Bit, omitSeconds } = parameters;
    const asked = durationOfTest(parameters);
    const spacing = spacingOfTest(parameters);
    // The client says when it is over; one that has vanished is not sent to for ever.
    const longest = span((asked ?? milliseconds(MAX_TEST_MS)) + SENDER_SLACK);
    return new LoadEnd({
      protocol,
      direction: reverse ? 'down' : 'up',
      sending: reverse,
      length,
      pace: paceOf(spacing, asked),
      // A paced load ends with its plan.
      duration: this.#grant === undefined && spacing === undefined ? longest : (asked ?? longest),
      counters64Bit,
      metrics: this.#host.metrics,
      grant: this.#grant,
      session: this.#session as SessionClock,
      transport: this.#host.transport,
      reportInterval: this.#host.reportInterval,
      omits: omitSeconds > 0,
      endsStream: protocol === 'tcp' && reverse && this.#grant === undefined,
      onInterval: (interval) => this.#host.onEvent({ type: 'interval', interval }),
      onBrokenStream: (why) => {
        this.#stopReason = { code: 'protocol', message: why };
        this.#break(new ProtocolError(why));
        this.#stream?.destroy();
      },
      onClosed: (error) => this.#break(error),
      onSendError: (error) => this.#note(codeOf(error) ?? 'UNKNOWN', refusalText(error, this.#sentDatagrams())),
      onIcmp: (heard) => this.#note(heard.error, icmpText(heard, this.#sentDatagrams())),
    });
  }

  #sentDatagrams(): SentDatagrams {
    return sentDatagrams({ peer: this.#peer(), settings: this.#settings() });
  }

  #note(code: string, message: string): void {
    // Before, there is no test yet that anybody was told of.
    if (this.#start !== undefined) this.#notices.note(code, message);
  }

  /** How long the load may take before the test is given up, in milliseconds. */
  #patienceMs(): number {
    const asked = durationOfTest(this.#parameters as Parameters);
    return Math.min(asked === undefined ? MAX_TEST_MS : asked / NS_PER_MS + OVERTIME_MS, MAX_TEST_MS + OVERTIME_MS);
  }

  #sideOf(): LoadEnd {
    return this.#side as LoadEnd;
  }

  #tellSummary(results: Results | undefined, failure: Error | undefined, end: Instant): void {
    const now = this.#host.transport.clock.now();
    const outcome = this.#sideOf().outcome(results, {
      testNs: elapsed(this.#connectedAt, now),
      untilEndNs: elapsed(this.#start ?? now, this.#testEnd ?? now),
      roundTripNs: this.#roundTripNs,
    });
    const contradiction = contradictionOf(endpointText(this.client), outcome);
    this.#notices.add(contradiction);
    const error = failure === undefined ? contradiction : errorOf(failure);
    const result = this.#result(outcome, this.#stopReason ?? error, end);
    this.#host.onEvent({ type: 'summary', result });
  }

  #result(outcome: LoadOutcome, error: RunError | undefined, end: Instant): Result {
    const side = this.#sideOf();
    return loadResult({
      runner: this.#host.runner,
      startedAt: this.#startedAt,
      durationNs: elapsed(this.#start ?? end, end),
      reason: error?.message,
      error,
      notices: this.#notices.list(),
      peer: this.#peer(),
      transport: this.#transportUse(),
      settings: this.#settings(),
      metrics: this.#host.metrics,
      protocol: this.#protocol,
      direction: this.#direction,
      outcome,
      clock: side.clock(),
      sendError: side.sendError,
      intervals: side.intervals,
      icmp: side.icmp,
    });
  }

  get #protocol(): 'tcp' | 'udp' {
    return (this.#parameters as Parameters).protocol;
  }

  get #direction(): Direction {
    return this.#parameters?.reverse ? 'down' : 'up';
  }

  #granted(feature: Feature): boolean {
    return this.#grant?.features.includes(feature) ?? false;
  }

  #startEvent(): SessionEvent {
    return {
      type: 'start',
      runner: this.#host.runner,
      kind: 'load',
      peer: this.#peer(),
      transport: this.#transportUse(),
      settings: this.#settings(),
    };
  }

  #peer(): Peer {
    const { address, port } = this.client;
    return { host: address, address, port, protocol: this.#grant === undefined ? 'iperf3' : 'pathgauge' };
  }

  #transportUse(): LoadTransport {
    return loadTransportUse(this.#host.transport, this.#side);
  }

  #settings(): LoadSettings {
    const parameters = this.#parameters as Parameters;
    const spacing = spacingOfTest(parameters);
    return {
      lengthBytes: parameters.length,
      intervalNs: spacing,
      durationNs: durationOfTest(parameters),
      bitsPerSecond: spacing === undefined ? undefined : rateOf(parameters.length, spacing),
      direction: this.#direction,
      dscp: undefined,
      dontFragment: parameters.protocol === 'udp' ? parameters.dontFragment : undefined,
    };
  }
}

/** A Pathgauge tells its pace exactly; iperf3 in whole bits a second. Undefined: as fast as it goes. */
function spacingOfTest({ bandwidth, length, extension }: Parameters): Span | undefined {
  if (bandwidth === 0) return undefined;
  return extension?.spacingNs === undefined ? spacingOf(length, bitsPerSecond(bandwidth)) : span(extension.spacingNs);
}

/** Undefined: until the client ends it. */
function durationOfTest({ timeSeconds, omitSeconds, extension }: Parameters): Span | undefined {
  if (extension?.durationNs !== undefined) return span(extension.durationNs);
  return timeSeconds === 0 ? undefined : seconds(timeSeconds + omitSeconds);
}

/** Rejects when `promise` settles at all. */
const neverBefore = (promise: Promise<void>): Promise<never> =>
  promise.then(() => Promise.reject(new ProtocolError('the client ended the test before it began')));
