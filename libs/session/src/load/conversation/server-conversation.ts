import {
  CLOCK_PACKET_BYTES,
  describeFailure,
  encodeJsonMessage,
  type Feature,
  type Grant,
  grantToJson,
  MAX_PARAMETERS_BYTES,
  MAX_REPORT_BYTES,
  MAX_RESULTS_BYTES,
  type Parameters,
  parametersFromJson,
  type ReportedInterval,
  type Results,
  reportFromJson,
  resultsFromJson,
  resultsToJson,
  SERVER_ERROR_CODE,
  STATE,
  stateName,
} from '@pathgauge/protocol';
import { elapsed, type Instant, type Span, span } from '@pathgauge/units';
import { TokenBucket } from '../../token-bucket';
import { settledWithin, within } from '../../waiting';
import { ClockAnswerer } from './clock-exchange';
import { type ControlChannel, ProtocolError } from './control-channel';
import { MAX_HANG_UP, SERVER_PATIENCE } from './patience';
import { type Refusal, sayBusy, sayRefusal } from './refusal';
import { REPORT_BURST, REPORTS_PER_SECOND, ReportOutbox } from './report-outbox';
import type { SessionClock } from './session-clock';
import { goneError, type PeerListener, SilenceWatch, saySignsOfLife } from './silence-watch';

/**
 * Clock requests and signs of life, together: an honest client sends 14 a second, with two bursts of ten requests, and all that
 * waited behind a path that stood still at once.
 */
const REPEATED_BURST = 200;
const REPEATED_PER_SECOND = 30;

/** What the one who runs a test is told of its client while the load runs. */
interface ClientListener extends PeerListener {
  /** Nothing has come for so long that nobody is waited for any more. */
  onGone(error: Error): void;
  /** The client has said, for the first time, that the load is over: with LOAD_END, or with TEST_END alone. */
  onLoadEnd(): void;
}

/** The server's side of the control connection of one test, in the order of the protocol. Knows nothing of the data. */
export class ServerConversation {
  readonly #channel: ControlChannel;
  readonly #listener: ClientListener;
  readonly #watch: SilenceWatch;
  readonly #repeated = new TokenBucket(REPEATED_BURST, REPEATED_PER_SECOND);
  readonly #reports = new TokenBucket(REPORT_BURST, REPORTS_PER_SECOND);
  readonly #outbox: ReportOutbox;
  #grant: Grant | undefined;
  #answerer: ClockAnswerer | undefined;
  #endSigns: (() => void) | undefined;
  #hasBegun = false;
  #roundTrip: Span = span(0);
  #loadEnd: Instant | undefined;
  #testEnd: Instant | undefined;

  constructor(channel: ControlChannel, listener: ClientListener) {
    this.#channel = channel;
    this.#listener = listener;
    this.#outbox = new ReportOutbox(channel);
    this.#watch = new SilenceWatch(channel, {
      onSilent: () => {
        if (this.#loadEnd === undefined) listener.onSilent();
      },
      onHeard: () => listener.onHeard(),
      onGone: () => listener.onGone(goneError(channel.peerName)),
    });
  }

  /** What was granted of the extension; undefined of a plain iperf3 client. */
  get grant(): Grant | undefined {
    return this.#grant;
  }

  /** From asking for the parameters until they came: the way there and back, and what the client took. */
  get roundTrip(): Span {
    return this.#roundTrip;
  }

  /** When the client said that the load is over. */
  get loadEnd(): Instant | undefined {
    return this.#loadEnd;
  }

  /** When the client said that the test is over. */
  get testEnd(): Instant | undefined {
    return this.#testEnd;
  }

  granted(feature: Feature): boolean {
    return this.#grant?.features.includes(feature) ?? false;
  }

  /** What the client asks for. */
  async request(): Promise<Parameters> {
    const { clock } = this.#channel.timers;
    const askedAt = clock.now();
    this.#channel.sendState(STATE.paramExchange);
    const json = await this.#within(SERVER_PATIENCE.answer, 'no parameters came', MAX_PARAMETERS_BYTES);
    this.#roundTrip = elapsed(askedAt, clock.now());
    const parameters = parametersFromJson(json);
    if (parameters.ok) return parameters.value;
    const why = `parameters: ${describeFailure(parameters.failure)}`;
    throw this.refuse({ code: SERVER_ERROR_CODE.badParameters, why });
  }

  /** Tells the client that its test is not run. Returns the error that ends it here. */
  refuse(refusal: Refusal): ProtocolError {
    sayRefusal(this.#channel, refusal);
    return new ProtocolError(refusal.why);
  }

  /** Grants what was asked for of the extension; clocks are compared on `session`. */
  allow(grant: Grant, session: SessionClock): void {
    this.#grant = grant;
    if (this.granted('clock')) this.#answerer = new ClockAnswerer(session);
    this.#channel.sendState(STATE.grant, encodeJsonMessage(grantToJson(grant)));
  }

  /**
   * Has the client open its streams, and listens to it: resolves when it ends the test. Rejects when it leaves or says what it
   * must not.
   */
  askForStreams(): Promise<void> {
    this.#channel.sendState(STATE.createStreams);
    return this.#listen();
  }

  /** The streams are open: the load runs from now on, and each end is to hear of the other. */
  begin(isReceiver: boolean): void {
    this.#hasBegun = true;
    this.#channel.sendState(STATE.testStart);
    this.#channel.sendState(STATE.testRunning);
    this.#watch.begin(this.granted('clock') || this.granted('alive'), this.#roundTrip);
    if (this.granted('alive') && isReceiver) this.#endSigns = saySignsOfLife(this.#channel);
  }

  /** Tells the client what has arrived here. */
  report(intervals: readonly ReportedInterval[]): void {
    this.#outbox.add(intervals);
  }

  /** Asks for the client's results, once everything has come in, and was reported. */
  async theirResults(): Promise<Results> {
    this.#outbox.flush();
    this.#channel.sendState(STATE.exchangeResults);
    const json = await this.#within(SERVER_PATIENCE.answer, 'no results came from the client', MAX_RESULTS_BYTES);
    const results = resultsFromJson(json);
    if (!results.ok) throw new ProtocolError(`results: ${describeFailure(results.failure)}`);
    return results.value;
  }

  /** Tells this end's results, which end the test: whether the farewell comes or not, everything is known by now. */
  async sendResults(own: Results): Promise<void> {
    this.#channel.sendJson(resultsToJson(own));
    this.#channel.sendState(STATE.displayResults);
    await settledWithin(this.#channel.timers, SERVER_PATIENCE.lastWord, this.#channel.state());
  }

  /** Tells the client that the server stops, and hangs up. */
  terminate(): void {
    this.#channel.sendState(STATE.serverTerminate);
    this.#channel.hangUp(MAX_HANG_UP);
  }

  /** Tells the client that there is no room for its test. */
  sayBusy(): void {
    sayBusy(this.#channel);
  }

  release(): void {
    this.#outbox.stop();
    this.#watch.end();
    this.#endSigns?.();
    this.#channel.hangUp(SERVER_PATIENCE.farewell);
  }

  async #listen(): Promise<void> {
    while (this.#testEnd === undefined) await this.#take(await this.#channel.state());
  }

  async #take(state: number): Promise<void> {
    switch (state) {
      case STATE.clockRequest:
        return this.#answerClock();
      case STATE.alive:
        if (!this.granted('alive')) throw fault(`${stateName(state)}, which it was not granted`);
        return this.#countRepeated(state);
      case STATE.report:
        return this.#takeReports();
      case STATE.loadEnd:
        if (this.#grant === undefined || !this.#hasBegun || this.#loadEnd !== undefined) {
          throw fault(`${stateName(state)} out of order`);
        }
        return this.#endLoad();
      case STATE.testEnd:
        this.#testEnd = this.#channel.arrival;
        this.#endLoad();
        return this.#watch.end();
      case STATE.clientTerminate:
        throw new ProtocolError('the client ended the test early');
      default:
        throw fault(stateName(state));
    }
  }

  async #answerClock(): Promise<void> {
    const request = await this.#channel.bytes(CLOCK_PACKET_BYTES);
    this.#countRepeated(STATE.clockRequest);
    const reply = this.#answerer?.answer(request, this.#channel.arrival);
    if (reply === undefined) throw new ProtocolError('a clock request cannot be read');
    this.#channel.sendState(STATE.clockReply, reply);
  }

  async #takeReports(): Promise<void> {
    if (!this.granted('reports') || !this.#hasBegun)
      throw fault(`${stateName(STATE.report)}, which it was not granted`);
    const json = await this.#channel.json(MAX_REPORT_BYTES);
    if (!this.#reports.take(this.#channel.arrival)) throw fault(`${stateName(STATE.report)} more often than agreed`);
    const reports = reportFromJson(json);
    if (!reports.ok) throw new ProtocolError(`report: ${describeFailure(reports.failure)}`);
    this.#listener.onReports(reports.value);
  }

  /** What a client may say again and again comes at the rate that was agreed on. */
  #countRepeated(state: number): void {
    if (!this.#repeated.take(this.#channel.arrival)) throw fault(`${stateName(state)} more often than agreed`);
  }

  /** A client that vanishes between the end of its load and that of the test is still seen. */
  #endLoad(): void {
    this.#endSigns?.();
    if (this.#loadEnd !== undefined) return;
    this.#loadEnd = this.#channel.arrival;
    this.#listener.onLoadEnd();
  }

  #within(limit: Span, silence: string, maxBytes: number): ReturnType<ControlChannel['json']> {
    return within(this.#channel.timers, limit, silence, this.#channel.json(maxBytes));
  }
}

const fault = (what: string): ProtocolError => new ProtocolError(`the client sent ${what}`);
