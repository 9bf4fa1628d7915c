import type { IgnoredDatagrams } from '@pathgauge/result';
import type { BoundAddress, Endpoint, RoleHandle, Transport } from '@pathgauge/transport';
import { type Deferred, deferred, handledElsewhere } from '../promises';
import { PROBES, type ProbeData, type ProbeOrder, type ProbeWord } from './probe-role';
import { NO_PROBES, type ProbeTotals, withOpeningsIgnored } from './probe-totals';

interface ProbesListener {
  onSession(source: Endpoint): void;
  /** See `ProbeServiceOptions`. */
  onIgnored(counts: IgnoredDatagrams, latest: Endpoint): void;
  /** Somebody asks to open a stream of load that is awaited; whether it was opened. */
  onOpening(source: Endpoint, payload: Uint8Array): boolean;
  /** Nothing is answered any more. */
  onFailed(error: Error): void;
}

/** A service for probes, as the server sees it. */
export interface Probes {
  readonly local: Endpoint;
  /** Its socket, which others are opened beside. */
  readonly bound: BoundAddress;
  /**
   * So many openings of streams of load with this key are awaited, or none any more: see `AwaitedOpenings`. Resolves when it is known where
   * openings come to. A datagram may be read there before an order that was given earlier.
   */
  awaitOpenings(key: string, openings: number): Promise<unknown>;
  /** What it has done so far. */
  totals(): Promise<ProbeTotals>;
  /** Answers no more; tells what it has done. */
  close(): Promise<ProbeTotals>;
}

/** Begins to answer probes. Rejects with a `TransportError` when it cannot listen. */
export async function answerProbes(data: ProbeData, transport: Transport, listener: ProbesListener): Promise<Probes> {
  const role = transport.start(PROBES, data);
  const words = new ProbeWords(role, listener);
  const ended = role.ended.then(() => Promise.reject(new Error('the role that answers probes has ended')));
  const bound = await Promise.race([words.listening, handledElsewhere(ended)]);
  role.ended.catch((error) => listener.onFailed(error));
  return {
    local: bound.local,
    bound,
    awaitOpenings: (key, openings) => words.awaitOpenings(key, openings),
    totals: () => words.totals(),
    async close() {
      role.post({ order: 'stop' });
      await Promise.allSettled([role.ended]);
      return words.latest;
    },
  };
}

/** What the role tells. */
class ProbeWords {
  latest = NO_PROBES;
  readonly #role: RoleHandle<ProbeOrder, ProbeWord>;
  readonly #listener: ProbesListener;
  readonly #listening = deferred<BoundAddress>();
  #reported = deferred();
  /** Orders about openings that have not arrived yet, the oldest first. */
  readonly #ordered: Deferred<void>[] = [];
  /** Openings that the role took for awaited ones, and that open nothing. */
  #refused = 0;

  constructor(role: RoleHandle<ProbeOrder, ProbeWord>, listener: ProbesListener) {
    this.#role = role;
    this.#listener = listener;
    role.onMessage((word) => this.#take(word));
  }

  get listening(): Promise<BoundAddress> {
    return this.#listening.promise;
  }

  async totals(): Promise<ProbeTotals> {
    this.#role.post({ order: 'report-totals' });
    await Promise.race([this.#reported.promise, Promise.allSettled([this.#role.ended])]);
    return this.latest;
  }

  awaitOpenings(key: string, openings: number): Promise<unknown> {
    const arrived = deferred();
    this.#ordered.push(arrived);
    this.#role.post({ order: 'await', key, openings });
    return Promise.race([arrived.promise, Promise.allSettled([this.#role.ended])]);
  }

  #take(word: ProbeWord): void {
    if (word.word === 'listening') this.#listening.resolve(word.bound);
    else if (word.word === 'session') this.#listener.onSession(word.source);
    else if (word.word === 'ignored') this.#listener.onIgnored(word.counts, word.latest);
    else if (word.word === 'totals') this.#onTotals(word.totals);
    else if (word.word === 'awaiting') this.#ordered.shift()?.resolve();
    else if (!this.#listener.onOpening(word.source, word.payload)) this.#refused++;
  }

  #onTotals(totals: ProbeTotals): void {
    this.latest = withOpeningsIgnored(totals, this.#refused);
    this.#reported.resolve();
    this.#reported = deferred();
  }
}
