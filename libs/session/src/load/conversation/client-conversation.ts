import {
  COOKIE_BYTES,
  cookieFrom,
  type Feature,
  type Grant,
  type Parameters,
  parametersToJson,
  type ReportedInterval,
  type Results,
  resultsToJson,
  STATE,
} from '@pathgauge/protocol';
import { codeOf, type StreamSocket, type Transport } from '@pathgauge/transport';
import { type Instant, milliseconds, type Span, span } from '@pathgauge/units';
import { randomBytes } from '../../random';
import { type Timers, within } from '../../waiting';
import { ClockAsker } from './clock-exchange';
import { ControlChannel, ProtocolError } from './control-channel';
import { CLIENT_PATIENCE, MAX_HANG_UP } from './patience';
import { ReportOutbox } from './report-outbox';
import { ServerMessages } from './server-messages';
import { SessionClock } from './session-clock';
import { goneError, type PeerListener, SilenceWatch, saySignsOfLife } from './silence-watch';

const CLOCK_BURST = 10;
const CLOCK_PERIOD: Span = milliseconds(100);

/** The client's side of the control connection of one test, in the order of the protocol. Knows nothing of the data. */
export class ClientConversation {
  /** Names the test: a TCP data stream begins with it. */
  readonly cookie = cookieFrom(randomBytes(COOKIE_BYTES));
  readonly session: SessionClock;
  readonly #name: string;
  readonly #channel: ControlChannel;
  readonly #asker: ClockAsker;
  readonly #server: ServerMessages;
  readonly #reports: ReportOutbox;
  readonly #watch: SilenceWatch;
  #endSigns: (() => void) | undefined;
  #testEnd: Instant | undefined;

  /** `name`: the server, as errors and notices name it. */
  constructor(
    name: string,
    stream: StreamSocket,
    transport: Timers & Pick<Transport, 'isOwnAddress'>,
    listener: PeerListener,
  ) {
    this.#name = name;
    this.session = new SessionClock(transport.clock, transport.isOwnAddress(stream.remote.address));
    this.#channel = new ControlChannel(stream, transport);
    this.#asker = new ClockAsker(this.#channel, this.session);
    this.#reports = new ReportOutbox(this.#channel);
    this.#server = new ServerMessages(this.#channel, {
      onClockReply: (packet, arrival) => this.#asker.onReply(packet, arrival),
      onReports: (intervals) => listener.onReports(intervals),
    });
    this.#watch = new SilenceWatch(this.#channel, {
      onSilent: () => listener.onSilent(),
      onHeard: () => listener.onHeard(),
      onGone: () => this.fail(goneError(name)),
    });
  }

  /** Rejects when the connection ends, the server ends the test, or `fail` is called: to be raced against the load. */
  get failure(): Promise<never> {
    return this.#server.failure;
  }

  /** Why the connection has ended; undefined while it lives. */
  get closed(): Error | undefined {
    return this.#channel.closed;
  }

  /** What the server grants of the extension; undefined of a plain iperf3 server. */
  get grant(): Grant | undefined {
    return this.#server.grant;
  }

  /** When TEST_END was sent; undefined before. */
  get testEnd(): Instant | undefined {
    return this.#testEnd;
  }

  granted(feature: Feature): boolean {
    return this.grant?.features.includes(feature) ?? false;
  }

  /** Ends the conversation: whoever waits for the server is told `error`. */
  fail(error: Error): void {
    this.#server.fail(error);
  }

  /** Asks for the test; resolves when the server waits for its data streams, and the clocks have met. */
  async agree(request: Parameters): Promise<void> {
    this.#channel.send(this.cookie);
    await this.#server.reach(STATE.paramExchange, CLIENT_PATIENCE.answer).catch((error) => {
      throw this.#unrecognised(error);
    });
    this.#channel.sendJson(parametersToJson(request));
    await this.#server.reach(STATE.createStreams, CLIENT_PATIENCE.end);
    await this.compareClocks();
  }

  /** The streams are open: resolves when the server has begun. */
  async begin(): Promise<void> {
    await this.#server.reach(STATE.testStart, CLIENT_PATIENCE.answer);
    await this.#server.reach(STATE.testRunning, CLIENT_PATIENCE.answer);
  }

  /** While the load runs, each end is to hear of the other; of this one by itself where it sends nothing. */
  watch(isReceiver: boolean): void {
    if (this.granted('clock')) this.#asker.every(CLOCK_PERIOD);
    this.#watch.begin(this.granted('clock') || this.granted('alive'), span(0));
    if (this.granted('alive') && isReceiver) this.#endSigns = saySignsOfLife(this.#channel);
  }

  endWatch(): void {
    this.#asker.stop();
    this.#watch.end();
    this.#endSigns?.();
  }

  /** A burst of clock exchanges, where they were granted. */
  async compareClocks(): Promise<void> {
    if (!this.granted('clock')) return;
    const compared = Promise.race([this.#asker.exchange(CLOCK_BURST), this.failure]);
    await within(this.#channel.timers, CLIENT_PATIENCE.answer, `${this.#name} does not answer any more`, compared);
  }

  /** Tells the server what has arrived here. */
  report(intervals: readonly ReportedInterval[]): void {
    this.#reports.add(intervals);
  }

  /** Says that the load is over; resolves when `drained` has. A plain iperf3 server is not told. */
  async endLoad(drained: () => Promise<void>): Promise<void> {
    if (this.grant === undefined) return;
    this.#channel.sendState(STATE.loadEnd);
    await Promise.race([drained(), this.failure]);
  }

  /** Ends the test, with everything reported; resolves when the server waits for this end's results. */
  async endTest(): Promise<void> {
    this.#reports.flush();
    this.#channel.sendState(STATE.testEnd);
    this.#testEnd = this.#channel.timers.clock.now();
    await this.#server.reach(STATE.exchangeResults, CLIENT_PATIENCE.end);
  }

  /** Both ends' results; with them the test is over. */
  async exchangeResults(own: Results): Promise<Results> {
    this.#channel.sendJson(resultsToJson(own));
    const theirs = await this.#server.reachResults(CLIENT_PATIENCE.end);
    await this.#server.reach(STATE.displayResults, CLIENT_PATIENCE.end);
    this.#channel.sendState(STATE.iperfDone);
    return theirs;
  }

  release(): void {
    this.endWatch();
    this.#reports.stop();
    this.#channel.hangUp(MAX_HANG_UP);
  }

  #unrecognised(error: Error): Error {
    if (codeOf(error) !== 'ETIMEDOUT') return error;
    return new ProtocolError(`${this.#name} accepts connections, but is neither a Pathgauge nor an iperf3 server`);
  }
}
