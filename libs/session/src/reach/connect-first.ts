import { peerText } from '@pathgauge/result';
import { type ConnectOptions, codeOf, type Endpoint, type StreamSocket, TransportError } from '@pathgauge/transport';
import { deferred } from '../promises';
import { later, type Timers } from '../waiting';
import { type LeftAside, noneWouldDo } from './left-aside';
import { STAGGER } from './stagger';

/** Addresses of a kind that this host has no way to are nothing that its user need know. */
const HAS_NO_WAY: ReadonlySet<string | undefined> = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/** A connection, and the addresses that stand before its own and did not come first. */
export interface Connected {
  readonly stream: StreamSocket;
  readonly leftAside: readonly LeftAside[];
}

/** Connects to one address. */
export type Connect = (peer: Endpoint, options: ConnectOptions) => Promise<StreamSocket>;

/**
 * The first connection that comes about to one of the addresses of `host`: each is tried 250 ms behind the one before, or at once
 * when that has failed; the other attempts are then given up. Rejects with a `TransportError` that names them when all fail.
 */
export async function connectFirst(
  host: string,
  peers: readonly Endpoint[],
  connect: Connect,
  options: ConnectOptions,
  timers: Timers,
): Promise<Connected> {
  const race = new Race(peers, connect, options, timers);
  try {
    return await race.winner;
  } catch {
    throw allFailed(host, peers, race.failures);
  }
}

class Race {
  readonly failures: LeftAside[] = [];
  readonly #peers: readonly Endpoint[];
  readonly #connect: Connect;
  readonly #options: ConnectOptions;
  readonly #others = new AbortController();
  readonly #timers: Timers;
  readonly #outcome = deferred<Connected>();
  #next = 0;
  #cancelNext: (() => void) | undefined;
  #isWon = false;

  constructor(peers: readonly Endpoint[], connect: Connect, options: ConnectOptions, timers: Timers) {
    this.#peers = peers;
    this.#connect = connect;
    this.#options = options;
    this.#timers = timers;
    this.#start();
  }

  /** Rejects when all have failed. */
  get winner(): Promise<Connected> {
    return this.#outcome.promise;
  }

  #start(): void {
    this.#cancelNext?.();
    const peer = this.#peers[this.#next];
    if (peer === undefined || this.#isWon) return;
    this.#next++;
    if (this.#next < this.#peers.length) this.#cancelNext = later(this.#timers, STAGGER, () => this.#start());
    this.#connect(peer, { ...this.#options, signal: this.#others.signal }).then(
      (stream) => this.#win(stream, peer),
      (failure) => this.#fail(peer, failure),
    );
  }

  #win(stream: StreamSocket, peer: Endpoint): void {
    if (this.#isWon) {
      stream.destroy();
      return;
    }
    this.#isWon = true;
    this.#cancelNext?.();
    this.#outcome.resolve({ stream, leftAside: this.#before(peer) });
    this.#others.abort();
  }

  #before(winner: Endpoint): readonly LeftAside[] {
    const failures = new Map(this.failures.map(({ address, failure }) => [address, failure]));
    return this.#peers
      .slice(0, this.#peers.indexOf(winner))
      .map(({ address }) => ({ address, failure: failures.get(address) }))
      .filter(({ failure }) => !HAS_NO_WAY.has(codeOf(failure)));
  }

  #fail({ address }: Endpoint, failure: unknown): void {
    this.failures.push({ address, failure });
    if (this.failures.length === this.#peers.length) this.#outcome.reject(failure);
    else this.#start();
  }
}

function allFailed(host: string, peers: readonly Endpoint[], failures: readonly LeftAside[]): Error {
  const [{ port }] = peers as readonly [Endpoint, ...Endpoint[]];
  const [{ address, failure }] = failures as readonly [LeftAside, ...LeftAside[]];
  if (failures.length > 1) return noneWouldDo(`cannot connect to ${host} port ${port}`, failures);
  const why = withoutWhere((failure as Error).message);
  const doing = `cannot connect to ${peerText({ host, address, port })}`;
  return new TransportError(codeOf(failure) ?? 'UNKNOWN', `${doing}: ${why}`, failure);
}

/** Of a message that says first what was being done: not all do. */
const withoutWhere = (message: string): string => /^cannot [^\n]*?: (.*)$/s.exec(message)?.[1] ?? message;
