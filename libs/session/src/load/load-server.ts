import { COOKIE_BYTES, cookieText, decodeStreamOpening, startsCookie, TOKEN_BYTES } from '@pathgauge/protocol';
import type { Runner, SessionEvent } from '@pathgauge/result';
import {
  type BoundAddress,
  type Endpoint,
  endpointText,
  isSameAddress,
  type StreamSocket,
  type Transport,
} from '@pathgauge/transport';
import type { Span } from '@pathgauge/units';
import type { MetricSwitches } from '../metric-switches';
import { randomBytes } from '../random';
import { settledWithin, within } from '../waiting';
import { refusalOfBusy } from './admission';
import type { AdmissionPolicy } from './admission-rules';
import { AwaitedOpenings, openingKey } from './awaited-openings';
import { ControlChannel, ProtocolError } from './conversation/control-channel';
import { SERVER_PATIENCE } from './conversation/patience';
import { type Refusal, sayBusy } from './conversation/refusal';
import type { LoadPlan } from './plan/load-plan';
import { ServerTest } from './server-test';
import type { ExpectedOpenings, TestHost } from './test-host';
import { Turns } from './turns';

/**
 * Connections whose test has not begun: each may wait for some ten seconds. When there are more, the one that has waited longest
 * is broken off, so that a flood of them keeps nobody out who is quicker than it.
 */
const MAX_WAITING = 512;

interface LoadServerOptions extends Pick<AdmissionPolicy, 'refusalOfToken'>, Pick<TestHost, 'accountOf'> {
  readonly runner: Runner;
  /** Which kinds of load are served. */
  readonly protocols: ReadonlySet<LoadPlan['protocol']>;
  readonly metrics: MetricSwitches;
  readonly reportInterval: Span;
  /** Beside which socket streams of datagrams go whose control connection came to this address; undefined: there is none. */
  boundAt(local: Endpoint): BoundAddress | undefined;
}

/** What the load server tells the one who runs it. */
interface LoadServerListener {
  onEvent(client: number, endpoint: Endpoint, event: SessionEvent): void;
  /** A connection that asked for something that is not served, or broke off before a load began. */
  onRefused(endpoint: Endpoint, why: string): void;
  onTestOver(): void;
  /** So many openings of UDP streams with this key are awaited from now on; 0: none any more. See `AwaitedOpenings`. */
  onAwaited(key: string, openings: number): Promise<unknown>;
  /** A client was told that the server is busy: it may open no more files. */
  onExhausted(): void;
}

/** Serves load tests to many clients at once. Connections are told apart by their cookie, UDP streams by their source. */
export class LoadServer {
  readonly #transport: Transport;
  readonly #options: LoadServerOptions;
  readonly #listener: LoadServerListener;
  readonly #tests = new Map<string, ServerTest>();
  readonly #runs = new Set<Promise<void>>();
  /** Connections that have not shown a cookie yet. */
  readonly #nameless = new Set<ControlChannel>();
  /** Connections whose test has not begun, those that have waited longest first. */
  readonly #waiting = new Set<ControlChannel>();
  /** Tests that run. */
  readonly #admitted = new Set<ServerTest>();
  readonly #openings = new AwaitedOpenings();
  /** Whose UDP stream was opened from which source. */
  readonly #sources = new Map<string, ServerTest>();
  readonly #turns = new Turns();
  #clients = 0;
  #finished = 0;
  #ignored = 0;
  #accepted = 0;

  constructor(transport: Transport, options: LoadServerOptions, listener: LoadServerListener) {
    this.#transport = transport;
    this.#options = options;
    this.#listener = listener;
  }

  /** Tests whose load began and is over. */
  get finished(): number {
    return this.#finished;
  }

  /** Connections that did not speak the protocol. */
  get ignored(): number {
    return this.#ignored;
  }

  /** Takes a new connection: the control connection of a test, or the data stream of one. */
  accept(stream: StreamSocket): void {
    const channel = new ControlChannel(stream, this.#transport);
    this.#nameless.add(channel);
    this.#letWait(channel);
    const order = this.#accepted++;
    readCookie(channel)
      .finally(() => this.#nameless.delete(channel))
      .then(
        (cookie) => this.#assign(cookie, channel, order),
        () => this.#ignore(channel),
      );
  }

  /** Tells a client that there is no room for it now, as iperf3 does. What it sends meanwhile is read, else it never learns why. */
  turnAway(stream: StreamSocket): void {
    this.#turnAway(new ControlChannel(stream, this.#transport));
  }

  /** Whether `payload`, from `source`, opens a stream of a load test. */
  open(source: Endpoint, payload: Uint8Array): boolean {
    const opening = decodeStreamOpening(payload);
    if (opening === undefined || !this.#openings.take(opening.token)) return false;
    // Asked again because the answer was lost, or late: the stream itself answers.
    if (this.#sources.has(endpointText(source))) return true;
    for (const test of this.#tests.values()) {
      if (!test.awaitsDatagrams(source, opening.token)) continue;
      this.#sources.set(endpointText(source), test);
      test.takeDatagrams(source, opening.answer);
      return true;
    }
    return false;
  }

  /** Ends every test; their summaries come before the returned promise resolves. */
  async stop(): Promise<void> {
    for (const { stream } of this.#nameless) stream.destroy();
    for (const test of this.#tests.values()) test.terminate();
    await settledWithin(this.#transport, SERVER_PATIENCE.stop, Promise.all(this.#runs));
  }

  #assign(cookie: Uint8Array, channel: ControlChannel, order: number): void {
    const key = cookieText(cookie);
    const known = this.#tests.get(key);
    if (known === undefined && !this.#transport.hasRoomForRole()) {
      this.#waiting.delete(channel);
      this.#turnAway(channel);
    } else if (known === undefined) {
      const run = this.#run(key, channel).finally(() => this.#runs.delete(run));
      this.#runs.add(run);
    } else if (!isSameAddress(known.client.address, channel.stream.remote.address)) {
      this.#ignore(channel);
    } else if (known.takeConnection({ stream: channel.stream, order, release: () => channel.release() })) {
      this.#waiting.delete(channel);
    } else {
      this.#ignore(channel);
    }
  }

  async #run(key: string, channel: ControlChannel): Promise<void> {
    const endpoint = channel.stream.remote;
    let client: number | undefined;
    const onEvent = (event: SessionEvent): void => {
      this.#waiting.delete(channel);
      client ??= ++this.#clients;
      this.#listener.onEvent(client, endpoint, event);
    };
    const test: ServerTest = new ServerTest(
      this.#hostOf(() => this.#refusalOf(test), onEvent),
      channel,
    );
    this.#tests.set(key, test);
    try {
      await test.run();
    } catch (error) {
      if (client === undefined) this.#ignored++;
      if (!this.#transport.hasRoomForRole()) this.#listener.onExhausted();
      this.#listener.onRefused(endpoint, (error as Error).message);
    }
    this.#tests.delete(key);
    this.#waiting.delete(channel);
    this.#admitted.delete(test);
    for (const [source, each] of this.#sources) if (each === test) this.#sources.delete(source);
    if (client === undefined) return;
    this.#finished++;
    this.#listener.onTestOver();
  }

  #hostOf(refusal: () => Refusal | undefined, onEvent: (event: SessionEvent) => void): TestHost {
    const { runner, protocols, metrics, reportInterval, boundAt, refusalOfToken, accountOf } = this.#options;
    return {
      runner,
      transport: this.#transport,
      policy: {
        protocols,
        canSetSockets: this.#transport.marks,
        canUseCongestion: (name) => this.#transport.canUseCongestion(name),
        refusalOfToken,
      },
      metrics,
      reportInterval,
      boundAt,
      accountOf,
      randomToken: () => randomBytes(TOKEN_BYTES),
      refusal,
      awaitOpenings: (token, openings) => this.#awaitOpenings(openingKey(token), openings),
      plainUdpTurn: (address) => this.#turns.take(address),
      onEvent,
      isExhausted: () => !this.#transport.hasRoomForRole(),
    };
  }

  #turnAway(channel: ControlChannel): void {
    sayBusy(channel);
    channel.hangUp(SERVER_PATIENCE.farewell);
    this.#listener.onExhausted();
  }

  #ignore(channel: ControlChannel): void {
    this.#ignored++;
    this.#waiting.delete(channel);
    channel.stream.destroy();
  }

  #letWait(channel: ControlChannel): void {
    this.#waiting.add(channel);
    if (this.#waiting.size <= MAX_WAITING) return;
    const [longest] = this.#waiting;
    if (longest === undefined) return;
    this.#waiting.delete(longest);
    longest.breakOff(new ProtocolError(`had waited longest of ${MAX_WAITING} connections that began no test`));
  }

  #refusalOf(test: ServerTest): Refusal | undefined {
    const running = [...this.#admitted];
    const ofAddress = running.filter(({ client }) => isSameAddress(client.address, test.client.address)).length;
    const refusal = refusalOfBusy({ tests: running.length, ofAddress });
    if (refusal === undefined) this.#admitted.add(test);
    return refusal;
  }

  #awaitOpenings(key: string, openings: number): ExpectedOpenings {
    this.#openings.expect(key, openings);
    return {
      known: this.#listener.onAwaited(key, openings),
      forget: () => {
        this.#openings.forget(key);
        void this.#listener.onAwaited(key, 0);
      },
    };
  }
}

/** The cookie, which a stranger is found out by at the first byte that cannot be one. */
function readCookie(channel: ControlChannel): Promise<Uint8Array> {
  const read = async (): Promise<Uint8Array> => {
    while (channel.peek().length < COOKIE_BYTES) {
      await channel.more();
      if (!startsCookie(channel.peek())) throw new ProtocolError('no cookie');
    }
    return channel.bytes(COOKIE_BYTES);
  };
  return within(channel.timers, SERVER_PATIENCE.cookie, 'no cookie', read());
}
