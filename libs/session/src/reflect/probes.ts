import type { IgnoredDatagrams } from '@pathgauge/result';
import type { BoundAddress, Endpoint, RoleHandle, Transport } from '@pathgauge/transport';
import { PROBES, type ProbeData, type ProbeOrder, type ProbeWord } from './probe-role';
import type { ProbeTotals } from './probe-service';

export interface ProbesListener {
  onSession(source: Endpoint): void;
  /** See `ProbeServiceOptions`. */
  onIgnored(counts: IgnoredDatagrams, latest: Endpoint): void;
  /** Where streams of load have sockets of their own: whether this opens one. */
  opens(source: Endpoint, payload: Uint8Array): boolean;
  /** Nothing is answered any more. */
  onFailed(error: Error): void;
}

/** A service for probes, as the server sees it: here, or in a thread. */
export interface Probes {
  readonly local: Endpoint;
  /** An opening of a stream of load with this key is awaited, or is no more: see `AwaitedOpenings`. */
  awaitOpening(key: string, isAwaited: boolean): void;
  /** The socket as other roles know it. */
  readonly elsewhere: BoundAddress;
  /** What it has done so far. */
  totals(): Promise<ProbeTotals>;
  /** Answers no more; tells what it has done. */
  close(): Promise<ProbeTotals>;
}

export const NO_PROBES: ProbeTotals = { probeSessions: 0, probesAnswered: 0, datagramsIgnored: 0, ignored: {} };

/** Begins to answer probes. Rejects with a `TransportError` when it cannot listen. */
export function answerProbes(data: ProbeData, transport: Transport, listener: ProbesListener): Promise<Probes> {
  return answerThere(transport.start(PROBES, data), listener);
}

async function answerThere(thread: RoleHandle<ProbeOrder, ProbeWord>, listener: ProbesListener): Promise<Probes> {
  const probes = new ProbesThere(thread, listener);
  const ended = thread.ended.then(() => Promise.reject(new Error('the thread that answers probes has ended')));
  ended.catch(() => {});
  const bound = await Promise.race([probes.listening, ended]);
  thread.ended.catch((error) => listener.onFailed(error));
  return {
    local: bound.local,
    elsewhere: bound,
    awaitOpening: (key, isAwaited) => probes.tell({ do: 'await', key, isAwaited }),
    totals: () => probes.totals(),
    close: () => probes.close(),
  };
}

/** What the thread tells, and what it is told. */
class ProbesThere {
  readonly listening: Promise<BoundAddress>;
  readonly #thread: RoleHandle<ProbeOrder, ProbeWord>;
  readonly #listener: ProbesListener;
  #totals = NO_PROBES;
  /** Openings that the thread took for awaited ones, and that open nothing. */
  #refused = 0;
  #isListening: (bound: BoundAddress) => void = () => {};
  #wake = (): void => {};

  constructor(thread: RoleHandle<ProbeOrder, ProbeWord>, listener: ProbesListener) {
    this.#thread = thread;
    this.#listener = listener;
    this.listening = new Promise((resolve) => {
      this.#isListening = resolve;
    });
    thread.onMessage((word) => this.#hear(word));
  }

  tell(order: ProbeOrder): void {
    this.#thread.post(order);
  }

  async totals(): Promise<ProbeTotals> {
    const answered = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.tell({ do: 'tell-totals' });
    await Promise.race([answered, this.#thread.ended.catch(() => {})]);
    return this.#totals;
  }

  async close(): Promise<ProbeTotals> {
    this.tell({ do: 'stop' });
    await this.#thread.ended.catch(() => {});
    return this.#totals;
  }

  #hear(told: ProbeWord): void {
    if (told.tell === 'listening') this.#isListening(told.bound);
    else if (told.tell === 'session') this.#listener.onSession(told.source);
    else if (told.tell === 'ignored') this.#listener.onIgnored(told.counts, told.latest);
    else if (told.tell === 'totals') this.#onTotals(told.totals);
    else if (!this.#listener.opens(told.source, told.payload)) this.#refused++;
  }

  #onTotals(told: ProbeTotals): void {
    this.#totals = withRefused(told, this.#refused);
    this.#wake();
  }
}

const withRefused = (totals: ProbeTotals, refused: number): ProbeTotals => {
  if (refused === 0) return totals;
  const { datagramsIgnored, ignored } = totals;
  const opening = (ignored.opening ?? 0) + refused;
  return { ...totals, datagramsIgnored: datagramsIgnored + refused, ignored: { ...ignored, opening } };
};
