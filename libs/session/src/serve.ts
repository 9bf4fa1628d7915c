import type { NoticeEvent, ServerEvent, ServerTotals } from '@pathgauge/result';
import { codeOf, endpointText, type Listener, type StreamSocket, type Transport } from '@pathgauge/transport';
import type { Span } from '@pathgauge/units';
import { EventQueue } from './event-queue';
import type { Bell } from './interruption';
import { askToYield } from './load/ask-to-yield';
import { LoadServer } from './load/load-server';
import type { UdpCarrier } from './load/load-test';
import type { MetricSwitches } from './metric-switches';
import { answerProbes, NO_PROBES, type Probes } from './reflect/probes';

const MINUTE_MS = 60_000;
const MOST_PICKS = 10;
// Made-up addresses must not fill the terminal: so many lines about strangers a minute, the rest is only counted.
const NOTICES_PER_MINUTE = 100;

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
 * Serves until `signal` aborts: `listening`, then each client's events under its number, the `totals` so far at each ring of `bell`,
 * and last `stopped`. Throws
 * `TransportError` when it cannot listen.
 */
export async function* serve(
  options: ServeOptions,
  transport: Transport,
  signal: AbortSignal,
  bell?: Bell,
): AsyncGenerator<ServerEvent> {
  const server = new Server(options, transport);
  const stop = (): void => void server.stop();
  const unhook = bell?.onRing(() => void server.tellTotals());
  try {
    await server.listen();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    yield* server.events;
  } finally {
    signal.removeEventListener('abort', stop);
    unhook?.();
    await server.stop();
  }
}

class Server {
  readonly events = new EventQueue<ServerEvent>();
  readonly #options: ServeOptions;
  readonly #transport: Transport;
  #load: LoadServer | undefined;
  #listener: Listener | undefined;
  #probes: Probes | undefined;
  #probeTotals = NO_PROBES;
  #minute: NodeJS.Timeout | undefined;
  #strangers = 0;
  #saidExhausted = false;
  #stopping: Promise<void> | undefined;

  constructor(options: ServeOptions, transport: Transport) {
    this.#options = options;
    this.#transport = transport;
  }

  async listen(): Promise<void> {
    const { protocol } = this.#options;
    const [address] =
      this.#options.address === undefined ? [] : await this.#transport.resolve(this.#options.address, undefined);
    this.#minute = setInterval(() => {
      this.#strangers = 0;
      this.#saidExhausted = false;
    }, MINUTE_MS);
    if (protocol === 'tcp') await this.#listenForLoad(address, this.#options.port);
    else await this.#listenForProbes(address);
  }

  async tellTotals(): Promise<void> {
    this.#probeTotals = (await this.#probes?.totals()) ?? this.#probeTotals;
    this.events.push({ type: 'totals', totals: this.#totals() });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#minute);
    this.#listener?.close();
    await this.#load?.stop();
    this.#probeTotals = (await this.#probes?.close()) ?? NO_PROBES;
    this.events.push({ type: 'stopped', totals: this.#totals() });
    this.events.end();
  }

  async #listenForLoad(address: string | undefined, port: number): Promise<void> {
    const { protocol, metrics, reportInterval } = this.#options;
    const load = new LoadServer(
      this.#transport,
      { runner: `${protocol}-server`, protocol, metrics, reportInterval },
      this.#udpCarrier(),
      {
        onEvent: (client, endpoint, event) => this.events.push({ type: 'client', client, endpoint, event }),
        onRefused: (endpoint, why) => this.#noticeStranger('refused', `${endpointText(endpoint)}: ${why}`),
        onYield: protocol === 'udp' ? () => this.#yieldTcp() : undefined,
        onExhausted: () => this.#noticeExhausted(),
        onTestOver: () => {
          if (this.#options.once) void this.stop();
        },
      },
    );
    const accept = (stream: StreamSocket): void => load.accept(stream);
    const turnAway = (stream: StreamSocket): void => load.turnAway(stream);
    const listener = await this.#transport.listen({ address, port }, accept, turnAway).catch(async (error) => {
      if (protocol !== 'tcp' || codeOf(error) !== 'EADDRINUSE') throw error;
      await askToYield(this.#transport, address, port);
      return this.#transport.listen({ address, port }, accept, turnAway);
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
      await this.#probes?.close();
      this.#probes = await this.#answerProbes(address);
      loadOff = await this.#listenForLoad(address, this.#probes.local.port).catch((error) => error);
      if (loadOff === undefined || codeOf(loadOff) !== 'EADDRINUSE') break;
    }
    const { local } = this.#probes as Probes;
    const probes = { ...local, serves: echo ? 'echo' : 'probes' } as const;
    const load = this.#listener === undefined ? [] : [{ ...this.#listener.local, serves: 'udp-load' } as const];
    this.#listening([probes, ...load]);
    if (loadOff !== undefined) {
      const why = codeOf(loadOff) === 'EADDRINUSE' ? 'TCP port in use' : (loadOff as Error).message;
      this.#notice('udp-load-off', `UDP load tests off: ${why}`);
    }
  }

  #answerProbes(address: string | undefined): Promise<Probes> {
    const { echo, port } = this.#options;
    return answerProbes({ address, port, echo }, this.#transport, {
      onSession: (source) => this.#noticeStranger('probes', `probes from ${endpointText(source)}`),
      takesDatagram: (batch, i, source) => this.#load?.takeDatagram(batch, i, source) ?? false,
      onFailed: (error) => this.events.fail(error),
      opens: (source, payload) => this.#load?.open(source, payload) ?? false,
    });
  }

  #udpCarrier(): UdpCarrier | undefined {
    if (this.#probes === undefined) return undefined;
    const { socket, local } = this.#probes;
    return socket === undefined ? { beside: local } : { socket };
  }

  /** tcp-server serves more with the port: it gets it, in whichever order the two are started. */
  #yieldTcp(): void {
    this.#listener?.close();
    this.#notice('udp-load-off', 'UDP load tests off: a tcp-server has taken the TCP port');
  }

  #noticeExhausted(): void {
    if (this.#saidExhausted) return;
    this.#saidExhausted = true;
    this.#notice(
      'too-many-files',
      'too many open files: clients are told that the server is busy; ulimit -n sets the limit',
    );
  }

  /** A line about somebody who need not even exist. */
  #noticeStranger(code: string, message: string): void {
    this.#strangers++;
    if (this.#strangers <= NOTICES_PER_MINUTE) this.#notice(code, message);
    else if (this.#strangers === NOTICES_PER_MINUTE + 1) this.#notice(code, 'and many more within this minute');
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
      ...this.#probeTotals,
      connectionsIgnored: this.#load?.ignored ?? 0,
    };
  }
}
