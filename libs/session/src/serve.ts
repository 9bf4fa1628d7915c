import type { LoadResult, ServerEvent, ServerTotals } from '@pathgauge/result';
import {
  type BoundAddress,
  codeOf,
  type Endpoint,
  endpointText,
  isSameAddress,
  type Listener,
  type Transport,
  TransportError,
} from '@pathgauge/transport';
import type { Span } from '@pathgauge/units';
import type { EventQueue } from './event-queue';
import type { Bell } from './interruption';
import { LoadServer } from './load/load-server';
import type { MetricSwitches } from './metric-switches';
import { openAtEach } from './open-at-each';
import { NO_HANDOVER, type PortHandover } from './port-handover';
import { ignoredText } from './reflect/ignored-count';
import type { ProbeAnswers } from './reflect/probe-service';
import { NO_PROBES, sumOfTotals } from './reflect/probe-totals';
import { answerProbes, type Probes } from './reflect/probes';
import { ServerLog } from './server-log';

const MAX_PICKS = 10;

/** What is served on the port. UDP load tests need the socket that probes come to: there their streams are asked for. */
export type Services =
  | { readonly probes: ProbeAnswers; readonly udpLoad: boolean; readonly tcpLoad: boolean }
  | { readonly probes: undefined; readonly udpLoad: false; readonly tcpLoad: true };

/** What a server is to do. */
export interface ServeOptions {
  /** Whose name its documents and events bear. */
  readonly runner: 'tcp-server' | 'udp-server';
  readonly serves: Services;
  /** Own address to listen on, or a name: all of its addresses; undefined: all of this host's, IPv4 and IPv6. */
  readonly address: string | undefined;
  /** 0: the system picks. */
  readonly port: number;
  readonly metrics: MetricSwitches;
  readonly reportInterval: Span;
  /** Ends after the first load test. */
  readonly once: boolean;
  /** How a load test reads to a client that asks for its server's account. */
  readonly accountOf: (result: LoadResult) => string;
  /** Why a client is not served that says so who it is, or does not; undefined: everyone is. */
  readonly refusalOfToken: ((token: string | undefined) => string | undefined) | undefined;
}

/**
 * Serves until `signal` aborts: `listening`, then each client's events under its number, the `totals` so far at each ring of `bell`,
 * and last `stopped`. Throws `TransportError` when it cannot listen. By `handover` a tcp-server may have the TCP port of a udp-server.
 */
export async function* serve(
  options: ServeOptions,
  transport: Transport,
  signal: AbortSignal,
  bell?: Bell,
  handover = NO_HANDOVER,
): AsyncGenerator<ServerEvent> {
  const server = new Server(options, transport, handover);
  const stop = (): void => void server.stop();
  const unhook = bell?.onRing(() => void server.reportTotals());
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

/** One that is undefined stands for all of this host's. */
type Addresses = readonly (string | undefined)[];

/** What could not be opened on the port. */
interface PortFailures {
  readonly udp: readonly Error[];
  readonly tcp: readonly Error[];
}

class Server {
  readonly #options: ServeOptions;
  readonly #transport: Transport;
  readonly #handover: PortHandover;
  readonly #log: ServerLog;
  readonly #load: LoadServer | undefined;
  #endOffer = (): void => {};
  #listeners: readonly Listener[] = [];
  #probes: readonly Probes[] = [];
  #probeTotals = NO_PROBES;
  #stopping: Promise<void> | undefined;

  constructor(options: ServeOptions, transport: Transport, handover: PortHandover) {
    this.#options = options;
    this.#transport = transport;
    this.#handover = handover;
    this.#log = new ServerLog(transport);
    const { udpLoad, tcpLoad } = options.serves;
    if (udpLoad || tcpLoad) this.#load = this.#newLoadServer();
  }

  get events(): EventQueue<ServerEvent> {
    return this.#log.events;
  }

  async listen(): Promise<void> {
    const { address } = this.#options;
    // A name stands for all of its addresses.
    const addresses = address === undefined ? [undefined] : await this.#transport.resolve(address, undefined);
    const { udp, tcp } = await this.#open(addresses);
    const { tcpLoad } = this.#options.serves;
    if (!tcpLoad) this.#offerTcp();
    // A client would wait for it.
    this.#transport.makeReady(1, true);
    this.#reportListening();
    this.#log.notListening(tcpLoad ? [...udp, ...tcp] : udp);
    if (!tcpLoad) for (const error of tcp) this.#reportUdpLoadOff(error);
  }

  async reportTotals(): Promise<void> {
    const totals = await Promise.all(this.#probes.map((probes) => probes.totals()));
    this.#probeTotals = totals.reduce(sumOfTotals, NO_PROBES);
    this.events.push({ type: 'totals', totals: this.#totals() });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#log.close();
    this.#endOffer();
    for (const listener of this.#listeners) listener.close();
    await this.#load?.stop();
    const totals = await Promise.all(this.#probes.map((probes) => probes.close()));
    this.#probeTotals = totals.reduce(sumOfTotals, NO_PROBES);
    this.events.end({ type: 'stopped', totals: this.#totals() });
  }

  /** A port that the system picks may be taken for the other protocol, or at another address: then another is as good. */
  async #open(addresses: Addresses): Promise<PortFailures> {
    const { port, serves } = this.#options;
    for (let picks = 1; ; picks++) {
      const failures = await this.#openOnce(addresses);
      const isTaken = [...failures.udp, ...failures.tcp].some(isInUse);
      if (isTaken && port === 0 && picks < MAX_PICKS) {
        await this.#closeAll();
        continue;
      }
      // What is served beside UDP alone can be done without.
      if (serves.tcpLoad && this.#listeners.length === 0) throw failures.tcp[0];
      return failures;
    }
  }

  /** TCP where UDP could be had, on its port. */
  async #openOnce(addresses: Addresses): Promise<PortFailures> {
    const { port, serves } = this.#options;
    const { probes } = serves;
    if (probes === undefined) return { udp: [], tcp: await this.#listenAt(addresses, port) };
    const udp = await openAtEach(addresses, port, async (address, at) => ({
      address,
      ...(await this.#answerProbes(address, at, probes)),
    }));
    this.#probes = udp.opened;
    const served = udp.opened.map(({ address }) => address);
    const tcp = this.#load === undefined ? [] : await this.#listenAt(served, this.#port);
    return { udp: udp.failures, tcp };
  }

  async #closeAll(): Promise<void> {
    for (const each of [...this.#probes, ...this.#listeners]) await each.close();
    this.#probes = [];
    this.#listeners = [];
  }

  /** Listens for load tests; returns why it could not. */
  async #listenAt(addresses: Addresses, port: number): Promise<readonly Error[]> {
    try {
      const { opened, failures } = await openAtEach(addresses, port, (address, at) => this.#listen(address, at));
      this.#listeners = opened;
      return failures;
    } catch (error) {
      return [error as Error];
    }
  }

  async #listen(address: string | undefined, port: number): Promise<Listener> {
    const load = this.#load as LoadServer;
    const open = (): Promise<Listener> =>
      this.#transport.listen(
        { address, port },
        (stream) => load.accept(stream),
        (stream) => load.turnAway(stream),
      );
    return open().catch(async (error) => {
      if (!this.#options.serves.tcpLoad || codeOf(error) !== 'EADDRINUSE') throw error;
      await this.#handover.ask(port);
      return open().catch((again) => Promise.reject(inUse(again, port)));
    });
  }

  #newLoadServer(): LoadServer {
    const { runner, serves, metrics, reportInterval, accountOf, refusalOfToken } = this.#options;
    const protocols = new Set<'tcp' | 'udp'>();
    if (serves.tcpLoad) protocols.add('tcp');
    if (serves.udpLoad) protocols.add('udp');
    return new LoadServer(
      this.#transport,
      {
        ...{ runner, protocols, metrics, reportInterval, accountOf, refusalOfToken },
        boundAt: (local) => this.#boundAt(local),
      },
      {
        onEvent: (client, endpoint, event) => this.events.push({ type: 'client', client, endpoint, event }),
        onRefused: (endpoint, why) => this.#log.refused(endpointText(endpoint), why),
        onAwaited: (key, openings) => Promise.all(this.#probes.map((probes) => probes.awaitOpenings(key, openings))),
        onExhausted: () => this.#log.exhausted(),
        onTestOver: () => {
          if (this.#options.once) void this.stop();
        },
      },
    );
  }

  #answerProbes(address: string | undefined, port: number, answers: ProbeAnswers): Promise<Probes> {
    return answerProbes({ address, port, answers }, this.#transport, {
      onSession: (source) => this.#log.stranger('probes', `probes from ${endpointText(source)}`),
      onIgnored: (counts, latest) => this.#log.notice('ignored', ignoredText(counts, latest), counts),
      onOpening: (source, payload) => this.#load?.open(source, payload) ?? false,
      onFailed: (error) => this.events.fail(error),
    });
  }

  /** The socket of the address that a client has chosen, which is that of `local`. */
  #boundAt({ address }: Endpoint): BoundAddress | undefined {
    const own = this.#probes.find(({ local }) => isSameAddress(local.address, address)) ?? this.#probes[0];
    return own?.bound;
  }

  get #port(): number {
    return (this.#probes[0] as Probes).local.port;
  }

  /** A tcp-server serves more with the TCP port than UDP load tests: it gets it, in whichever order the two are started. */
  #offerTcp(): void {
    if (this.#listeners.length === 0) return;
    this.#endOffer = this.#handover.offer(this.#port, () => {
      this.#endOffer();
      for (const listener of this.#listeners) listener.close();
      this.#log.notice('udp-load-off', 'UDP load tests off: a tcp-server has taken the TCP port');
    });
  }

  #reportUdpLoadOff(error: Error): void {
    const why = codeOf(error) === 'EADDRINUSE' ? 'TCP port in use' : error.message;
    this.#log.notice('udp-load-off', `UDP load tests off: ${why}`);
  }

  #reportListening(): void {
    const { runner, serves } = this.#options;
    const at = <S extends string>(sockets: readonly { readonly local: Endpoint }[], what: S) =>
      sockets.map(({ local }) => ({ ...local, serves: what }));
    this.events.push({
      type: 'listening',
      runner,
      sockets: [
        ...at(this.#probes, serves.probes === 'echo' ? 'echo' : 'probes'),
        ...(serves.udpLoad ? at(this.#listeners, 'udp-load') : []),
        ...(serves.tcpLoad ? at(this.#listeners, 'tcp-load') : []),
      ],
    });
  }

  #totals(): ServerTotals {
    return {
      tests: this.#load?.finished ?? 0,
      ...this.#probeTotals,
      connectionsIgnored: this.#load?.ignored ?? 0,
    };
  }
}

const isInUse = (error: Error): boolean => ['EADDRINUSE', 'tcp-port-in-use'].includes(codeOf(error) ?? '');

const inUse = (error: Error, port: number): Error =>
  codeOf(error) === 'EADDRINUSE'
    ? new TransportError('tcp-port-in-use', `cannot listen on TCP port ${port}: it is in use`, error)
    : error;
