import {
  CLOCK_PACKET_BYTES,
  describeFailure,
  describeServerError,
  type Feature,
  type Grant,
  grantFromJson,
  MAX_PARAMETERS_BYTES,
  MAX_REPORT_BYTES,
  MAX_RESULTS_BYTES,
  type ReportedInterval,
  type Results,
  reportFromJson,
  resultsFromJson,
  SERVER_ERROR_CODE,
  SERVER_ERROR_WORD_BYTES,
  STATE,
  type State,
  stateName,
} from '@pathgauge/protocol';
import { type Instant, milliseconds, NS_PER_S, type Span } from '@pathgauge/units';
import { deferred, handledElsewhere } from '../../promises';
import { TokenBucket } from '../../token-bucket';
import { within } from '../../waiting';
import { Wake } from '../../wake';
import { type ControlChannel, ProtocolError } from './control-channel';
import { REPORT_BURST, REPORTS_PER_SECOND } from './report-outbox';
import { ServerOrder } from './server-order';
import { ALIVE_BURST, ALIVE_PER_SECOND } from './silence-watch';

/** iperf3's numbers behind SERVER_ERROR that mean more than a refusal. */
const SERVER_ERRORS: Readonly<Record<number, string>> = {
  [SERVER_ERROR_CODE.notImplemented]: 'kind-not-served',
  121: 'EBUSY',
  [SERVER_ERROR_CODE.notAuthorized]: 'EAUTH',
  ...Object.fromEntries(
    (['setWindow', 'setTrafficClass', 'setPacing', 'setMss', 'setDontFragment'] as const).map((name) => [
      SERVER_ERROR_CODE[name],
      'setting-refused',
    ]),
  ),
};
/** iperf3 3.12 sends one word behind SERVER_ERROR and closes, others two at once: the second one is waited for this long. */
const MAX_SECOND_WORD: Span = milliseconds(500);

/** What a message says, or why it cannot be read. */
type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Parameters<typeof describeFailure>[0] };

/** What a server says again and again while the load runs. */
interface ServerTalkListener {
  /** Whether the packet behind a CLOCK_REPLY is the answer to a request. */
  onClockReply(packet: Uint8Array, arrival: Instant): boolean;
  /** What has arrived there. */
  onReports(intervals: readonly ReportedInterval[]): void;
}

/** What a server tells a client on the control connection: one reader, which hands each message to who waits for it. */
export class ServerMessages {
  /** Rejects when the connection ends, the server ends the test, or `fail` is called: to be raced against the load. */
  readonly failure: Promise<never>;
  readonly #failed = deferred<never>();
  readonly #channel: ControlChannel;
  readonly #listener: ServerTalkListener;
  readonly #order = new ServerOrder();
  readonly #signsOfLife = new TokenBucket(ALIVE_BURST, ALIVE_PER_SECOND);
  readonly #reports = new TokenBucket(REPORT_BURST, REPORTS_PER_SECOND);
  /** Six at the most: the order has each state once. */
  readonly #arrived: State[] = [];
  #awaited: State | undefined;
  #grant: Grant | undefined;
  #results: Results | undefined;
  #failure: Error | undefined;
  readonly #news = new Wake();
  #anyState = false;

  constructor(channel: ControlChannel, listener: ServerTalkListener) {
    this.#channel = channel;
    this.#listener = listener;
    // Nobody need be waiting when the connection ends after the last word.
    this.failure = handledElsewhere(this.#failed.promise);
    this.#read().catch((error: Error) => this.fail(error));
  }

  /** Ends the conversation: whoever waits for the server is told `error`. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#failed.reject(this.#failure);
    this.#news.ring();
  }

  /** What the server grants of the extension; undefined when it has said nothing. */
  get grant(): Grant | undefined {
    return this.#grant;
  }

  /** Resolves when the server has announced `state`, the next in the protocol's order. */
  async reach(state: State, limit: Span): Promise<void> {
    this.#awaited = state;
    const reached = this.#until(() => this.#next(state));
    const { timers, peerName } = this.#channel;
    await within(timers, limit, `${peerName} did not answer within ${limit / NS_PER_S} s`, reached);
  }

  /** Resolves with the server's results, which follow the state exchangeResults. */
  reachResults(limit: Span): Promise<Results> {
    const { timers, peerName } = this.#channel;
    const reached = this.#until(() => this.#results);
    return within(timers, limit, `${peerName} sent no results within ${limit / NS_PER_S} s`, reached);
  }

  #next(state: State): State | undefined {
    const arrived = this.#arrived.shift();
    if (arrived === undefined || arrived === state) return arrived;
    throw this.#fault(`${stateName(arrived)} out of order`);
  }

  /** What the server has said before the conversation failed is still heard. */
  #until<T>(look: () => T | undefined): Promise<T> {
    return this.#news.until(() => {
      const found = look();
      if (found === undefined && this.#failure !== undefined) throw this.#failure;
      return found;
    });
  }

  async #read(): Promise<never> {
    for (;;) await this.#take(await this.#firstOrNext());
  }

  /** Takes in what stands behind `state`, and hands it to who waits for it. */
  async #take(state: State): Promise<void> {
    const channel = this.#channel;
    switch (state) {
      case STATE.clockReply:
        if (this.#listener.onClockReply(await channel.bytes(CLOCK_PACKET_BYTES), channel.arrival)) return;
        throw this.#fault('a clock reply that answers nothing');
      case STATE.alive:
        return this.#inRate('alive', this.#signsOfLife, state);
      case STATE.report:
        this.#inRate('reports', this.#reports, state);
        this.#inOrder(this.#order.report());
        this.#listener.onReports(this.#checked(reportFromJson(await channel.json(MAX_REPORT_BYTES))));
        return;
      case STATE.grant:
        this.#inOrder(this.#order.grant());
        this.#grant = this.#checked(grantFromJson(await channel.json(MAX_PARAMETERS_BYTES)));
        return;
      case STATE.exchangeResults:
        // The figures of a load that is not over yet are none.
        if (this.#awaited !== state) throw this.#fault(`${stateName(state)} out of order`);
        this.#announce(state);
        this.#results = this.#checked(resultsFromJson(await channel.json(MAX_RESULTS_BYTES)));
        this.#news.ring();
        return;
      case STATE.serverError:
        throw await this.#serverError();
      case STATE.accessDenied:
        throw this.#said('the server is busy or refused the test; try again later', 'EBUSY');
      case STATE.serverTerminate:
        throw this.#said('the server ended the test', 'ESHUTDOWN');
      default:
        this.#announce(state);
    }
  }

  async #serverError(): Promise<ProtocolError> {
    const code = await this.#word();
    const second = within(this.#channel.timers, MAX_SECOND_WORD, 'one word', this.#word());
    const systemError = await second.catch(() => undefined);
    return this.#said(describeServerError(code, systemError), SERVER_ERRORS[code] ?? 'EREFUSED');
  }

  async #word(): Promise<number> {
    const bytes = await this.#channel.bytes(SERVER_ERROR_WORD_BYTES);
    return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
  }

  /** Whoever does not begin with a state of the protocol is no server of ours. */
  async #firstOrNext(): Promise<State> {
    const state = await this.#channel.state().catch((error) => {
      throw this.#anyState ? error : this.#stranger('closed the connection at once: it is');
    });
    const known: readonly number[] = Object.values(STATE);
    if (!known.includes(state)) {
      throw this.#anyState ? this.#fault(stateName(state)) : this.#stranger('answers, but is');
    }
    this.#anyState = true;
    return state as State;
  }

  #announce(state: State): void {
    this.#inOrder(this.#order.announce(state));
    this.#arrived.push(state);
    this.#news.ring();
  }

  #inRate(feature: Feature, rate: TokenBucket, state: State): void {
    if (this.#grant?.features.includes(feature) && rate.take(this.#channel.arrival)) return;
    throw this.#fault(`${stateName(state)} more often than agreed`);
  }

  #inOrder(fault: string | undefined): void {
    if (fault !== undefined) throw this.#fault(fault);
  }

  #checked<T>(value: Read<T>): T {
    if (!value.ok) throw new ProtocolError(`the server's message cannot be read: ${describeFailure(value.failure)}`);
    return value.value;
  }

  #fault(what: string): ProtocolError {
    return new ProtocolError(`${this.#channel.peerName} sent ${what}`);
  }

  #said(what: string, code: string): ProtocolError {
    return new ProtocolError(`${this.#channel.peerName}: ${what}`, code);
  }

  #stranger(what: string): ProtocolError {
    return new ProtocolError(`${this.#channel.peerName} ${what} neither a Pathgauge nor an iperf3 server`);
  }
}
