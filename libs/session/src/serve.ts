import type { ErrorNoticeEvent, IgnoredDatagrams, NoticeEvent, ServerEvent, ServerTotals } from '@pathgauge/result';
import {
  codeOf,
  type Endpoint,
  endpointText,
  isSameAddress,
  type Listener,
  type StreamSocket,
  type Transport,
  TransportError,
} from '@pathgauge/transport';
import type { Span } from '@pathgauge/units';
import { EventQueue } from './event-queue';
import type { Bell } from './interruption';
import { LoadServer } from './load/load-server';
import type { UdpCarrier } from './load/load-test';
import type { MetricSwitches } from './metric-switches';
import { type Opened, openAtEach } from './open-at-each';
import { NO_HANDOVER, type PortHandover } from './port-handover';
import { ignoredText } from './reflect/ignored-count';
import type { ProbeTotals } from './reflect/probe-service';
import { answerProbes, NO_PROBES, type Probes } from './reflect/probes';

const MINUTE_MS = 60_000;
const MAX_PICKS = 10;
// Made-up addresses must not fill the terminal: so many lines about strangers a minute, the rest is only counted.
const NOTICES_PER_MINUTE = 100;
/** Told and not taken, because the log stands still: a server that runs for months must not fill the memory with it. */
const MAX_EVENTS = 10_000;

/** What a server is to do. */
export interface ServeOptions {
  /** Which transport protocol: TCP load, or UDP probes and UDP load. */
  readonly protocol: 'tcp' | 'udp';
  /** Own address to listen on, or a name: all of its addresses; undefined: all of this host's, IPv4 and IPv6. */
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

/** One that is undefined stands for all of this host's. */
type Addresses = readonly (string | undefined)[];

/** What could not be opened: for probes, and for the load beside them. */
interface UdpFailures {
  readonly failures: readonly Error[];
  readonly loadOff: readonly Error[];
}

class Server {
  readonly events = new EventQueue<ServerEvent>({
    max: MAX_EVENTS,
    missed: (count) => ({
      type: 'notice',
      code: 'events-dropped',
      message: `${count} events were not told: the log stood still`,
    }),
  });
  readonly #options: ServeOptions;
  readonly #transport: Transport;
  readonly #handover: PortHandover;
  #endOffer = (): void => {};
  #load: LoadServer | undefined;
  #listeners: readonly Listener[] = [];
  #probes: readonly Probes[] = [];
  #probeTotals = NO_PROBES;
  #minute: NodeJS.Timeout | undefined;
  #strangers = 0;
  #saidExhausted = false;
  #stopping: Promise<void> | undefined;

  constructor(options: ServeOptions, transport: Transport, handover: PortHandover) {
    this.#options = options;
    this.#transport = transport;
    this.#handover = handover;
  }

  async listen(): Promise<void> {
    const { protocol, port, address } = this.#options;
    // A name stands for all of its addresses.
    const addresses = address === undefined ? [undefined] : await this.#transport.resolve(address, undefined);
    this.#minute = setInterval(() => {
      this.#strangers = 0;
      this.#saidExhausted = false;
    }, MINUTE_MS);
    if (protocol === 'tcp') await this.#listenForTcp(addresses, port);
    else await this.#listenForUdp(addresses);
  }

  async tellTotals(): Promise<void> {
    const totals = await Promise.all(this.#probes.map((probes) => probes.totals()));
    this.#probeTotals = totals.reduce(sumOf, NO_PROBES);
    this.events.push({ type: 'totals', totals: this.#totals() });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#minute);
    this.#endOffer();
    for (const listener of this.#listeners) listener.close();
    await this.#load?.stop();
    for (const probes of this.#probes) this.#probeTotals = sumOf(this.#probeTotals, await probes.close());
    this.events.end({ type: 'stopped', totals: this.#totals() });
  }

  async #listenForTcp(addresses: Addresses, port: number): Promise<void> {
    const { failures } = await this.#listenForLoad(addresses, port);
    this.#listening(this.#listeners.map(({ local }) => ({ ...local, serves: 'tcp-load' }) as const));
    this.#noticeFailures(failures);
  }

  async #listenForLoad(addresses: Addresses, port: number): Promise<Opened<Listener>> {
    const load = this.#newLoadServer();
    const accept = (stream: StreamSocket): void => load.accept(stream);
    const turnAway = (stream: StreamSocket): void => load.turnAway(stream);
    const listen = async (address: string | undefined, at: number): Promise<Listener> => {
      const open = (): Promise<Listener> => this.#transport.listen({ address, port: at }, accept, turnAway);
      return open().catch(async (error) => {
        if (this.#options.protocol !== 'tcp' || codeOf(error) !== 'EADDRINUSE') throw error;
        await this.#handover.ask(at);
        return open().catch((again) => Promise.reject(inUse(again, at)));
      });
    };
    const all = await openAtEach(addresses, port, listen);
    this.#load = load;
    this.#listeners = all.opened;
    return all;
  }

  #newLoadServer(): LoadServer {
    const { protocol, metrics, reportInterval } = this.#options;
    return new LoadServer(
      this.#transport,
      { runner: `${protocol}-server`, protocol, metrics, reportInterval },
      (local) => this.#udpCarrier(local),
      {
        onEvent: (client, endpoint, event) => this.events.push({ type: 'client', client, endpoint, event }),
        onRefused: (endpoint, why) => this.#noticeStranger('refused', `${endpointText(endpoint)}: ${why}`),
        onAwaited: (key, isAwaited) => {
          for (const probes of this.#probes) probes.awaitOpening(key, isAwaited);
        },
        onExhausted: () => this.#noticeExhausted(),
        onTestOver: () => {
          if (this.#options.once) void this.stop();
        },
      },
    );
  }

  async #listenForUdp(addresses: Addresses): Promise<void> {
    const { echo } = this.#options;
    const { failures, loadOff } = await this.#openUdp(addresses);
    if (this.#listeners.length > 0)
      this.#endOffer = this.#handover.offer((this.#probes[0] as Probes).local.port, () => this.#yieldTcp());
    this.#listening([
      ...this.#probes.map(({ local }) => ({ ...local, serves: echo ? 'echo' : 'probes' }) as const),
      ...this.#listeners.map(({ local }) => ({ ...local, serves: 'udp-load' }) as const),
    ]);
    this.#noticeFailures(failures);
    for (const error of loadOff) {
      const why = codeOf(error) === 'EADDRINUSE' ? 'TCP port in use' : error.message;
      this.#notice('udp-load-off', `UDP load tests off: ${why}`);
    }
  }

  /** A port that the system picks for UDP may be taken for TCP, or at another address: then another is as good. */
  async #openUdp(addresses: Addresses): Promise<UdpFailures> {
    for (let picks = 1; ; picks++) {
      const opened = await this.#openUdpOnce(addresses);
      const isTaken = [...opened.failures, ...opened.loadOff].some((error) => codeOf(error) === 'EADDRINUSE');
      if (!isTaken || this.#options.port !== 0 || picks === MAX_PICKS) return opened;
      for (const each of [...this.#probes, ...this.#listeners]) await each.close();
      this.#listeners = [];
    }
  }

  async #openUdpOnce(addresses: Addresses): Promise<UdpFailures> {
    const probes = await openAtEach(addresses, this.#options.port, async (address, at) => ({
      ...(await this.#answerProbes(address, at)),
      address,
    }));
    this.#probes = probes.opened;
    const { port } = (probes.opened[0] as Probes).local;
    const served = probes.opened.map(({ address }) => address);
    const loadOff = await this.#listenForLoad(served, port).then(
      (load) => load.failures,
      (error) => [error],
    );
    return { failures: probes.failures, loadOff };
  }

  #answerProbes(address: string | undefined, port: number): Promise<Probes> {
    return answerProbes({ address, port, echo: this.#options.echo }, this.#transport, {
      onSession: (source) => this.#noticeStranger('probes', `probes from ${endpointText(source)}`),
      takesDatagram: (batch, i, source) => this.#load?.takeDatagram(batch, i, source) ?? false,
      onIgnored: (counts, latest) => this.#notice('ignored', ignoredText(counts, latest), counts),
      onFailed: (error) => this.events.fail(error),
      opens: (source, payload) => this.#load?.open(source, payload) ?? false,
    });
  }

  /** Beside the socket of the address that the client has chosen, which is `local`. */
  #udpCarrier({ address }: Endpoint): UdpCarrier | undefined {
    const own = this.#probes.find(({ local }) => isSameAddress(local.address, address)) ?? this.#probes[0];
    if (own === undefined) return undefined;
    return own.elsewhere === undefined ? 'shared' : { beside: own.elsewhere };
  }

  /** tcp-server serves more with the port: it gets it, in whichever order the two are started. */
  #yieldTcp(): void {
    this.#endOffer();
    for (const listener of this.#listeners) listener.close();
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

  #noticeFailures(errors: readonly Error[]): void {
    for (const error of errors) {
      const notice: ErrorNoticeEvent = {
        type: 'notice',
        code: 'not-listening',
        message: error.message,
        cause: codeOf(error),
      };
      this.events.push(notice);
    }
  }

  #notice(code: string, message: string, counts?: NoticeEvent['counts']): void {
    const notice: NoticeEvent = { type: 'notice', code, message, ...(counts === undefined ? {} : { counts }) };
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

const ignoredOf = (a: IgnoredDatagrams, b: IgnoredDatagrams): IgnoredDatagrams => {
  const sum: Record<string, number> = { ...a };
  for (const [reason, count] of Object.entries(b)) sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
};

const sumOf = (a: ProbeTotals, b: ProbeTotals): ProbeTotals => ({
  probeSessions: a.probeSessions + b.probeSessions,
  probesAnswered: a.probesAnswered + b.probesAnswered,
  datagramsIgnored: a.datagramsIgnored + b.datagramsIgnored,
  ignored: ignoredOf(a.ignored, b.ignored),
});

const inUse = (error: Error, port: number): Error =>
  codeOf(error) === 'EADDRINUSE'
    ? new TransportError('tcp-port-in-use', `cannot listen on TCP port ${port}: it is in use`, error)
    : error;
