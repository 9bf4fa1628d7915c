import type { NoticeEvent, ServerEvent, ServerTotals } from '@pathgauge/result';
import {
  codeOf,
  type DatagramBatch,
  type DatagramSocket,
  endpointText,
  type Listener,
  type StreamSocket,
  type Transport,
} from '@pathgauge/transport';
import type { Span } from '@pathgauge/units';
import { EventQueue } from './event-queue';
import { askToYield } from './load/ask-to-yield';
import { LoadServer } from './load/load-server';
import type { MetricSwitches } from './metric-switches';
import { Reflector } from './reflect/reflector';

// Sessions are forgotten after minutes, so looking once a minute is enough.
const SWEEP_MS = 60_000;
const MOST_PICKS = 10;
// Made-up addresses must not fill the terminal: so many lines about strangers a minute, the rest is only counted.
const NOTICES_PER_SWEEP = 100;

/** What a server is to do. */
export interface ServeOptions {
  /** Which transport protocol: TCP load, or UDP probes and UDP load. */
  readonly protocol: 'tcp' | 'udp';
  /** Own address to listen on; undefined: all, IPv4 and IPv6. */
  readonly address: string | undefined;
  /** 0: the system picks. */
  readonly port: number;
  readonly metrics: MetricSwitches;
  readonly reportInterval: Span;
  /** Sends every datagram back as it came, instead of answering as a STAMP reflector. UDP only. */
  readonly echo: boolean;
  /** Ends after the first load test. */
  readonly once: boolean;
}

/**
 * Serves until `signal` aborts: `listening`, then each client's events under its number, and last `stopped`. Throws
 * `TransportError` when it cannot listen.
 */
export async function* serve(
  options: ServeOptions,
  transport: Transport,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const server = new Server(options, transport);
  const stop = (): void => void server.stop();
  try {
    await server.listen();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    yield* server.events;
  } finally {
    signal.removeEventListener('abort', stop);
    await server.stop();
  }
}

class Server {
  readonly events = new EventQueue<ServerEvent>();
  readonly #options: ServeOptions;
  readonly #transport: Transport;
  readonly #reflector: Reflector;
  #load: LoadServer | undefined;
  #listener: Listener | undefined;
  #datagrams: DatagramSocket | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #strangers = 0;
  #datagramsIgnored = 0;
  #stopping: Promise<void> | undefined;

  constructor(options: ServeOptions, transport: Transport) {
    this.#options = options;
    this.#transport = transport;
    this.#reflector = new Reflector(transport.clock, (source) =>
      this.#noticeStranger('probes', `probes from ${endpointText(source)}`),
    );
  }

  async listen(): Promise<void> {
    const { protocol } = this.#options;
    const [address] =
      this.#options.address === undefined ? [] : await this.#transport.resolve(this.#options.address, undefined);
    // The wall clock is looked at now, so that the first probe does not wait for it.
    this.#transport.clock.anchor();
    this.#sweep = setInterval(() => {
      this.#reflector.forgetIdle(this.#transport.clock.now());
      this.#strangers = 0;
    }, SWEEP_MS);
    if (protocol === 'tcp') await this.#listenForLoad(address, this.#options.port);
    else await this.#listenForProbes(address);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#sweep);
    this.#listener?.close();
    await this.#load?.stop();
    this.#datagrams?.close();
    this.events.push({ type: 'stopped', totals: this.#totals() });
    this.events.end();
  }

  async #listenForLoad(address: string | undefined, port: number): Promise<void> {
    const { protocol, metrics, reportInterval } = this.#options;
    const load = new LoadServer(
      this.#transport,
      { runner: `${protocol}-server`, protocol, metrics, reportInterval },
      this.#datagrams,
      {
        onEvent: (client, endpoint, event) => this.events.push({ type: 'client', client, endpoint, event }),
        onRefused: (endpoint, why) => this.#noticeStranger('refused', `${endpointText(endpoint)}: ${why}`),
        onYield: protocol === 'udp' ? () => this.#yieldTcp() : undefined,
        onTestOver: () => {
          if (this.#options.once) void this.stop();
        },
      },
    );
    const accept = (stream: StreamSocket): void => load.accept(stream);
    const listener = await this.#transport.listen({ address, port }, accept).catch(async (error) => {
      if (protocol !== 'tcp' || codeOf(error) !== 'EADDRINUSE') throw error;
      await askToYield(this.#transport, address, port);
      return this.#transport.listen({ address, port }, accept);
    });
    this.#load = load;
    this.#listener = listener;
    if (protocol === 'tcp') this.#listening([{ ...listener.local, serves: 'tcp-load' }]);
  }

  async #listenForProbes(address: string | undefined): Promise<void> {
    const { echo, port } = this.#options;
    let loadOff: unknown;
    // A port that the system picks for UDP may be taken for TCP: then another is as good.
    for (let attempt = 0; attempt === 0 || (port === 0 && attempt < MOST_PICKS); attempt++) {
      this.#datagrams?.close();
      this.#datagrams = await this.#transport.bindDatagrams({ bind: { address, port } });
      loadOff = await this.#listenForLoad(address, this.#datagrams.local.port).catch((error) => error);
      if (loadOff === undefined || codeOf(loadOff) !== 'EADDRINUSE') break;
    }
    const datagrams = this.#datagrams as DatagramSocket;
    datagrams.onBatch(this.#onBatch);
    datagrams.onError(() => {});
    const probes = { ...datagrams.local, serves: echo ? 'echo' : 'probes' } as const;
    const load = this.#listener === undefined ? [] : [{ ...this.#listener.local, serves: 'udp-load' } as const];
    this.#listening([probes, ...load]);
    if (loadOff !== undefined) {
      const why = codeOf(loadOff) === 'EADDRINUSE' ? 'TCP port in use' : (loadOff as Error).message;
      this.#notice('udp-load-off', `UDP load tests off: ${why}`);
    }
  }

  readonly #onBatch = (batch: DatagramBatch): void => {
    for (let i = 0; i < batch.count; i++) {
      const source = batch.source(i);
      if (this.#load?.takeDatagram(batch, i, source)) continue;
      const payload = batch.payload(i);
      if (this.#options.echo || this.#reflector.reflect(payload, source, batch.arrival(i))) batch.reply(i, payload);
      else this.#datagramsIgnored++;
    }
  };

  /** tcp-server serves more with the port: it gets it, in whichever order the two are started. */
  #yieldTcp(): void {
    this.#listener?.close();
    this.#notice('udp-load-off', 'UDP load tests off: a tcp-server has taken the TCP port');
  }

  /** A line about somebody who need not even exist. */
  #noticeStranger(code: string, message: string): void {
    this.#strangers++;
    if (this.#strangers <= NOTICES_PER_SWEEP) this.#notice(code, message);
    else if (this.#strangers === NOTICES_PER_SWEEP + 1) this.#notice(code, 'and many more within this minute');
  }

  #listening(sockets: Extract<ServerEvent, { type: 'listening' }>['sockets']): void {
    this.events.push({ type: 'listening', runner: `${this.#options.protocol}-server`, sockets });
  }

  #notice(code: string, message: string): void {
    const notice: NoticeEvent = { type: 'notice', code, message };
    this.events.push(notice);
  }

  #totals(): ServerTotals {
    return {
      tests: this.#load?.finished ?? 0,
      probeSessions: this.#reflector.sessions,
      probesAnswered: this.#reflector.answered,
      datagramsIgnored: this.#datagramsIgnored,
      connectionsIgnored: this.#load?.ignored ?? 0,
    };
  }
}
