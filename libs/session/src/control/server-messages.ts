import {
  CLOCK_PACKET_BYTES,
  describeFailure,
  describeServerError,
  type Grant,
  grantFromJson,
  MAX_PARAMETERS_BYTES,
  MAX_RESULTS_BYTES,
  type Results,
  resultsFromJson,
  SERVER_ERROR_WORD_BYTES,
  STATE,
  type State,
  stateName,
} from '@pathgauge/protocol';
import { endpointText } from '@pathgauge/transport';
import type { Instant } from '@pathgauge/units';
import { TokenBucket } from '../token-bucket';
import { type ControlChannel, ProtocolError, within } from './control-channel';
import { ServerOrder } from './server-order';
import { ALIVE_BURST, ALIVE_PER_SECOND } from './silence-watch';

/** iperf3's numbers behind SERVER_ERROR that mean more than a refusal. */
const SERVER_ERRORS: Readonly<Record<number, string>> = { 13: 'kind-not-served', 121: 'EBUSY', 142: 'EAUTH' };
/** iperf3 3.12 sends one word behind SERVER_ERROR and closes, others two at once: the second one is waited for this long. */
const SECOND_WORD_MS = 500;

/** What a server tells a client on the control connection: one reader, which hands each message to who waits for it. */
export class ServerMessages {
  /** Rejects when the connection ends, the server ends the test, or `fail` is called: to be raced against the load. */
  readonly failure: Promise<never>;
  #reject: (error: Error) => void = () => {};
  readonly #channel: ControlChannel;
  readonly #onClockReply: (packet: Uint8Array, arrival: Instant) => boolean;
  readonly #order = new ServerOrder();
  readonly #signsOfLife = new TokenBucket(ALIVE_BURST, ALIVE_PER_SECOND);
  /** Six at the most: the order has each state once. */
  readonly #arrived: State[] = [];
  #awaited: State | undefined;
  #grant: Grant | undefined;
  #results: Results | undefined;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #anyState = false;

  /** `onClockReply` says whether the packet behind a CLOCK_REPLY is the answer to a request. */
  constructor(channel: ControlChannel, onClockReply: (packet: Uint8Array, arrival: Instant) => boolean) {
    this.#channel = channel;
    this.#onClockReply = onClockReply;
    this.failure = new Promise((_, reject) => {
      this.#reject = reject;
    });
    // Nobody need be waiting when the connection ends after the last word.
    this.failure.catch(() => {});
    this.#read().catch((error: Error) => this.fail(error));
  }

  /** Ends the conversation: whoever waits for the server is told `error`. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#reject(this.#failure);
    this.#wake?.();
  }

  /** What the server grants of the extension; undefined when it has said nothing. */
  get grant(): Grant | undefined {
    return this.#grant;
  }

  /** Resolves when the server has announced `state`, the next in the protocol's order. */
  async reach(state: State, timeoutMs: number): Promise<void> {
    const name = endpointText(this.#channel.stream.remote);
    await within(timeoutMs, `${name} did not answer within ${timeoutMs / 1000} s`, this.#next(state, name));
  }

  /** Resolves with the server's results, which follow the state exchangeResults. */
  async reachResults(timeoutMs: number): Promise<Results> {
    const name = endpointText(this.#channel.stream.remote);
    const wait = async (): Promise<Results> => {
      for (;;) {
        if (this.#results !== undefined) return this.#results;
        if (this.#failure !== undefined) throw this.#failure;
        await this.#woken();
      }
    };
    return within(timeoutMs, `${name} sent no results within ${timeoutMs / 1000} s`, wait());
  }

  async #next(state: State, name: string): Promise<void> {
    this.#awaited = state;
    for (;;) {
      const arrived = this.#arrived.shift();
      if (arrived === state) return;
      if (arrived !== undefined) throw new ProtocolError(`${name} sent ${stateName(arrived)} out of order`);
      if (this.#failure !== undefined) throw this.#failure;
      await this.#woken();
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #read(): Promise<never> {
    const channel = this.#channel;
    const name = endpointText(channel.stream.remote);
    for (;;) {
      const state = await this.#firstOrNext(name);
      switch (state) {
        case STATE.clockReply:
          if (!this.#onClockReply(await channel.bytes(CLOCK_PACKET_BYTES), channel.arrival)) {
            throw new ProtocolError(`${name} sent a clock reply that answers nothing`);
          }
          break;
        case STATE.alive:
          if (!this.#grant?.features.includes('alive') || !this.#signsOfLife.take(channel.arrival)) {
            throw new ProtocolError(`${name} sent ${stateName(state)} more often than agreed`);
          }
          break;
        case STATE.grant:
          this.#inOrder(this.#order.grant(), name);
          this.#grant = this.#checked(grantFromJson(await channel.json(MAX_PARAMETERS_BYTES)));
          break;
        case STATE.exchangeResults:
          // The figures of a load that is not over yet are none.
          if (this.#awaited !== state) throw new ProtocolError(`${name} sent ${stateName(state)} out of order`);
          this.#announce(state, name);
          this.#results = this.#checked(resultsFromJson(await channel.json(MAX_RESULTS_BYTES)));
          this.#wake?.();
          break;
        case STATE.serverError:
          throw await this.#serverError(name);
        case STATE.accessDenied:
          throw new ProtocolError(`${name}: the server is busy or refused the test; try again later`, 'EBUSY');
        case STATE.serverTerminate:
          throw new ProtocolError(`${name}: the server ended the test`, 'ESHUTDOWN');
        default:
          this.#announce(state as State, name);
      }
    }
  }

  async #serverError(name: string): Promise<ProtocolError> {
    const code = await this.#word();
    const systemError = await within(SECOND_WORD_MS, 'one word', this.#word()).catch(() => undefined);
    return new ProtocolError(`${name}: ${describeServerError(code, systemError)}`, SERVER_ERRORS[code] ?? 'EREFUSED');
  }

  async #word(): Promise<number> {
    const bytes = await this.#channel.bytes(SERVER_ERROR_WORD_BYTES);
    return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
  }

  /** Whoever does not begin with a state of the protocol is no server of ours. */
  async #firstOrNext(name: string): Promise<number> {
    let state: number;
    try {
      state = await this.#channel.state();
    } catch (error) {
      if (this.#anyState) throw error;
      throw new ProtocolError(`${name} closed the connection at once: it is neither a Pathgauge nor an iperf3 server`);
    }
    const known: readonly number[] = Object.values(STATE);
    if (!known.includes(state)) {
      throw new ProtocolError(
        this.#anyState
          ? `${name} sent ${stateName(state)}`
          : `${name} answers, but is neither a Pathgauge nor an iperf3 server`,
      );
    }
    this.#anyState = true;
    return state;
  }

  #announce(state: State, name: string): void {
    this.#inOrder(this.#order.announce(state), name);
    this.#arrived.push(state);
    this.#wake?.();
  }

  #inOrder(fault: string | undefined, name: string): void {
    if (fault !== undefined) throw new ProtocolError(`${name} sent ${fault}`);
  }

  #checked<T>(value: { ok: true; value: T } | { ok: false; failure: Parameters<typeof describeFailure>[0] }): T {
    if (!value.ok) throw new ProtocolError(`the server's message cannot be read: ${describeFailure(value.failure)}`);
    return value.value;
  }
}
