import { COOKIE_BYTES, cookieText, decodeStreamOpening, STATE, startsCookie, TOKEN_BYTES } from '@pathgauge/protocol';
import type { SessionEvent } from '@pathgauge/result';
import {
  type BoundAddress,
  type Endpoint,
  isSameAddress,
  type StreamSocket,
  type Transport,
} from '@pathgauge/transport';
import type { Span } from '@pathgauge/units';
import { ControlChannel, ProtocolError, within } from '../control/control-channel';
import type { MetricSwitches } from '../metric-switches';
import { randomBytes } from '../random';
import { AwaitedOpenings, openingKey } from './awaited-openings';
import { LoadTest } from './load-test';

const COOKIE_MS = 10_000;
const STOP_MS = 900;
/**
 * Connections whose test has not begun: each may wait for some ten seconds. When there are more, the one that has waited longest
 * is broken off, so that a flood of them keeps nobody out who is quicker than it.
 */
const MAX_WAITING = 512;
/** Tests that run at once, each with a thread of its own where the transport has threads; half of them for one address at the most. */
const MAX_TESTS = 128;
const MAX_TESTS_OF_ADDRESS = MAX_TESTS / 2;
/** A client that is turned away has this long to read why. */
const FAREWELL_MS = 1_000;

export interface LoadServerOptions {
  readonly runner: 'tcp-server' | 'udp-server';
  /** Which kinds of tests are served. */
  readonly protocols: ReadonlySet<'tcp' | 'udp'>;
  readonly metrics: MetricSwitches;
  readonly reportInterval: Span;
  /** Beside which socket streams of datagrams go whose control connection came to this address; undefined: there is none. */
  boundAt(local: Endpoint): BoundAddress | undefined;
}

/** What the load server tells the one who runs it. */
export interface LoadServerListener {
  onEvent(client: number, endpoint: Endpoint, event: SessionEvent): void;
  /** A connection that asked for something that is not served, or broke off before a load began. */
  onRefused(endpoint: Endpoint, why: string): void;
  onTestOver(): void;
  /** An opening of a UDP stream with this key is awaited from now on, or is no more: see `AwaitedOpenings`. */
  onAwaited(key: string, isAwaited: boolean): void;
  /** A client was told that the server is busy: it may open no more files. */
  onExhausted(): void;
}

/** Serves load tests to many clients at once. Connections are told apart by their cookie, UDP streams by their source. */
export class LoadServer {
  readonly #transport: Transport;
  readonly #options: LoadServerOptions;
  readonly #listener: LoadServerListener;
  readonly #tests = new Map<string, LoadTest>();
  readonly #runs = new Set<Promise<void>>();
  /** Connections that have not shown a cookie yet. */
  readonly #nameless = new Set<StreamSocket>();
  /** Connections whose test has not begun, those that have waited longest first. */
  readonly #waiting = new Set<ControlChannel>();
  /** Tests that run. */
  readonly #admitted = new Set<LoadTest>();
  readonly #openings = new AwaitedOpenings();
  /** UDP streams: by address, then port. */
  readonly #streams = new Map<string, Map<number, LoadTest>>();
  readonly #turns = new Map<string, Promise<void>>();
  #clients = 0;
  #finished = 0;
  #ignored = 0;

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
    const channel = new ControlChannel(stream, this.#transport.clock);
    this.#nameless.add(stream);
    this.#letWait(channel);
    readCookie(channel)
      .finally(() => this.#nameless.delete(stream))
      .then(
        (cookie) => this.#assign(cookie, channel),
        () => this.#ignore(channel),
      );
  }

  /** Tells a client that there is no room for it now, as iperf3 does. */
  turnAway(stream: StreamSocket): void {
    // What it has sent must be read, else the system breaks the connection and it never learns why.
    stream.onData(() => {});
    stream.write(Uint8Array.of(STATE.accessDenied));
    stream.end();
    setTimeout(() => stream.destroy(), FAREWELL_MS).unref();
    this.#listener.onExhausted();
  }

  /** Whether `payload`, from `source`, opens a stream of a load test. */
  open(source: Endpoint, payload: Uint8Array): boolean {
    const opening = decodeStreamOpening(payload);
    if (opening === undefined || !this.#openings.take(opening.token)) return false;
    const known = this.#streams.get(source.address)?.get(source.port);
    // Asked again because the answer was late.
    if (known !== undefined) return true;
    for (const candidate of this.#tests.values()) {
      if (!candidate.awaitsDatagrams(source, opening.token)) continue;
      this.#remember(source, candidate);
      candidate.attachDatagrams(source, opening.answer);
      return true;
    }
    return false;
  }

  /** Ends every test; their summaries come before the returned promise resolves. */
  async stop(): Promise<void> {
    for (const stream of this.#nameless) stream.destroy();
    for (const test of this.#tests.values()) test.terminate();
    await within(STOP_MS, 'a test does not end', Promise.all(this.#runs)).catch(() => {});
  }

  #assign(cookie: Uint8Array, channel: ControlChannel): void {
    const key = cookieText(cookie);
    const known = this.#tests.get(key);
    if (known === undefined && this.#isExhausted()) {
      this.#waiting.delete(channel);
      this.turnAway(channel.stream);
    } else if (known === undefined) {
      const run = this.#run(key, channel).finally(() => this.#runs.delete(run));
      this.#runs.add(run);
    } else if (!isSameAddress(known.client.address, channel.stream.remote.address)) {
      this.#ignore(channel);
    } else if (known.attachStream(channel.stream, channel.release())) {
      this.#waiting.delete(channel);
    } else {
      this.#ignore(channel);
    }
  }

  async #run(key: string, channel: ControlChannel): Promise<void> {
    const endpoint = channel.stream.remote;
    let client: number | undefined;
    const test: LoadTest = new LoadTest(
      {
        ...this.#options,
        transport: this.#transport,
        datagrams: this.#options.boundAt(channel.stream.local),
        randomToken: () => randomBytes(TOKEN_BYTES),
        admits: () => this.#admit(test),
        awaitOpening: (token) => this.#awaitOpening(openingKey(token)),
        plainUdpTurn: (address) => this.#plainUdpTurn(address),
        isExhausted: this.#isExhausted,
        onEvent: (event) => {
          this.#waiting.delete(channel);
          client ??= ++this.#clients;
          this.#listener.onEvent(client, endpoint, event);
        },
      },
      channel,
    );
    this.#tests.set(key, test);
    try {
      await test.run();
    } catch (error) {
      if (client === undefined) this.#ignored++;
      if (this.#isExhausted()) this.#listener.onExhausted();
      this.#listener.onRefused(endpoint, (error as Error).message);
    }
    this.#tests.delete(key);
    this.#waiting.delete(channel);
    this.#admitted.delete(test);
    this.#forget(test);
    if (client !== undefined) {
      this.#finished++;
      this.#listener.onTestOver();
    }
  }

  readonly #isExhausted = (): boolean => !this.#transport.hasRoomForRole();

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

  /** Whether a test may begin: there is a thread and some megabytes for each. */
  #admit(test: LoadTest): boolean {
    const { address } = test.client;
    const ofAddress = [...this.#admitted].filter((each) => isSameAddress(each.client.address, address));
    if (this.#admitted.size >= MAX_TESTS || ofAddress.length >= MAX_TESTS_OF_ADDRESS) return false;
    this.#admitted.add(test);
    return true;
  }

  #awaitOpening(key: string): () => void {
    this.#openings.expect(key);
    this.#listener.onAwaited(key, true);
    return () => {
      this.#openings.forget(key);
      this.#listener.onAwaited(key, false);
    };
  }

  #remember(source: Endpoint, test: LoadTest): void {
    let ofAddress = this.#streams.get(source.address);
    if (ofAddress === undefined) this.#streams.set(source.address, (ofAddress = new Map()));
    ofAddress.set(source.port, test);
  }

  #forget(test: LoadTest): void {
    for (const [address, ofAddress] of this.#streams) {
      for (const [port, known] of ofAddress) if (known === test) ofAddress.delete(port);
      if (ofAddress.size === 0) this.#streams.delete(address);
    }
  }

  /** One plain iperf3 UDP client of an address at a time; resolves with what ends its turn. */
  async #plainUdpTurn(address: string): Promise<() => void> {
    const before = this.#turns.get(address);
    let leave = (): void => {};
    const mine = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#turns.set(address, mine);
    await before;
    return () => {
      if (this.#turns.get(address) === mine) this.#turns.delete(address);
      leave();
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
  return within(COOKIE_MS, 'no cookie', read());
}
