import {
  COOKIE_BYTES,
  cookieText,
  decodeStreamOpening,
  STATE,
  startsCookie,
  TOKEN_BYTES,
  YIELD_COOKIE,
} from '@pathgauge/protocol';
import type { SessionEvent } from '@pathgauge/result';
import type { DatagramBatch, Endpoint, StreamSocket, Transport } from '@pathgauge/transport';
import type { Span } from '@pathgauge/units';
import { ControlChannel, ProtocolError, within } from '../control/control-channel';
import type { MetricSwitches } from '../metric-switches';
import { randomBytes } from '../random';
import { LoadTest, type UdpCarrier } from './load-test';

const COOKIE_MS = 10_000;
const STOP_MS = 900;
/** A client that is turned away has this long to read why. */
const FAREWELL_MS = 1_000;
/** What a test opens at the most: its data connection, and what a thread takes to start. */
const DESCRIPTORS_PER_TEST = { here: 2, inThread: 10 } as const;

export interface LoadServerOptions {
  readonly runner: 'tcp-server' | 'udp-server';
  readonly protocol: 'tcp' | 'udp';
  readonly metrics: MetricSwitches;
  readonly reportInterval: Span;
}

/** What the load server tells the one who runs it. */
export interface LoadServerListener {
  onEvent(client: number, endpoint: Endpoint, event: SessionEvent): void;
  /** A connection that asked for something that is not served, or broke off before a load began. */
  onRefused(endpoint: Endpoint, why: string): void;
  onTestOver(): void;
  /** A client was told that the server is busy: it may open no more files. */
  onExhausted(): void;
  /** A tcp-server on this host wants the port. Undefined: it stays here. */
  readonly onYield: (() => void) | undefined;
}

/** Serves load tests to many clients at once. Connections are told apart by their cookie, UDP streams by their source. */
export class LoadServer {
  readonly #transport: Transport;
  readonly #options: LoadServerOptions;
  readonly #listener: LoadServerListener;
  readonly #datagrams: UdpCarrier | undefined;
  readonly #tests = new Map<string, LoadTest>();
  readonly #runs = new Set<Promise<void>>();
  /** Connections that have not shown a cookie yet. */
  readonly #nameless = new Set<StreamSocket>();
  /** UDP streams: by address, then port. */
  readonly #streams = new Map<string, Map<number, LoadTest>>();
  readonly #turns = new Map<string, Promise<void>>();
  #clients = 0;
  #finished = 0;
  #ignored = 0;

  constructor(
    transport: Transport,
    options: LoadServerOptions,
    datagrams: UdpCarrier | undefined,
    listener: LoadServerListener,
  ) {
    this.#transport = transport;
    this.#options = options;
    this.#datagrams = datagrams;
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
    readCookie(channel)
      .finally(() => this.#nameless.delete(stream))
      .then(
        (cookie) => this.#assign(cookie, channel),
        () => this.#ignore(stream),
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

  /** Whether datagram `i` of a batch belongs to a load test, and was dealt with. For a socket that all streams share. */
  takeDatagram(batch: DatagramBatch, i: number, source: Endpoint): boolean {
    const test = this.#streams.get(source.address)?.get(source.port);
    if (test?.receive(batch, i)) return true;
    return this.open(source, batch.payload(i));
  }

  /** Whether `payload`, from `source`, opens a stream of a load test. */
  open(source: Endpoint, payload: Uint8Array): boolean {
    const opening = decodeStreamOpening(payload);
    if (opening === undefined) return false;
    const known = this.#streams.get(source.address)?.get(source.port);
    if (known !== undefined) {
      // Asked again because the answer was lost, or late: the stream stays where it is.
      if (this.#datagrams !== undefined && 'socket' in this.#datagrams) {
        this.#datagrams.socket.send(opening.answer, source);
      }
      return true;
    }
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
    if (key === cookieText(YIELD_COOKIE)) {
      this.#yieldTo(channel.stream);
    } else if (known === undefined && this.#isExhausted()) {
      this.turnAway(channel.stream);
    } else if (known === undefined) {
      const run = this.#run(key, channel).finally(() => this.#runs.delete(run));
      this.#runs.add(run);
    } else if (known.client.address !== channel.stream.remote.address) {
      this.#ignore(channel.stream);
    } else if (!known.attachStream(channel.stream, channel.release())) {
      this.#ignore(channel.stream);
    }
  }

  async #run(key: string, channel: ControlChannel): Promise<void> {
    const endpoint = channel.stream.remote;
    let client: number | undefined;
    const test = new LoadTest(
      {
        ...this.#options,
        transport: this.#transport,
        datagrams: this.#datagrams,
        randomToken: () => randomBytes(TOKEN_BYTES),
        plainUdpTurn: (address) => this.#plainUdpTurn(address),
        isExhausted: this.#isExhausted,
        onEvent: (event) => {
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
    this.#forget(test);
    if (client !== undefined) {
      this.#finished++;
      this.#listener.onTestOver();
    }
  }

  readonly #isExhausted = (): boolean =>
    !this.#transport.hasDescriptors(
      this.#transport.threads === undefined ? DESCRIPTORS_PER_TEST.here : DESCRIPTORS_PER_TEST.inThread,
    );

  #yieldTo(stream: StreamSocket): void {
    const { onYield } = this.#listener;
    if (onYield === undefined || !this.#transport.isOwnAddress(stream.remote.address)) {
      this.#ignore(stream);
    } else {
      onYield();
      stream.end();
    }
  }

  #ignore(stream: StreamSocket): void {
    this.#ignored++;
    stream.destroy();
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
