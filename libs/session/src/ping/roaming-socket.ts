import {
  codeOf,
  type DatagramBatch,
  type DatagramSocket,
  type EarlierHandler,
  type Endpoint,
  type RefusalHandler,
  type RoleTransport,
  type SendStampHandler,
  type Timer,
} from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, type Span } from '@pathgauge/units';

/** Whether anything has come is asked this often; when nothing has for so many times, the way is looked at, and so on. */
const PERIOD: Span = milliseconds(500);
const MAX_QUIET = 2;
/** Where the system refuses, the way is looked at no more often than that. */
const MIN_GAP: Span = milliseconds(200);
/** Earlier sockets that are still listened to. */
const MAX_FORMER = 2;

/** The system refuses since the way, or this host's own address, may be another now. */
const MAY_HAVE_MOVED: ReadonlySet<string | undefined> = new Set([
  'EADDRNOTAVAIL',
  'EINVAL',
  'ENODEV',
  'ENXIO',
  'ENETDOWN',
  'ENETUNREACH',
  'EHOSTUNREACH',
]);
/** The system refuses since this very socket leads nowhere, whatever way there is. */
const IS_STUCK: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EINVAL', 'ENODEV', 'ENXIO']);
/** A neighbour that does not answer does so to any socket. */
const IS_OF_NEIGHBOUR = 'EHOSTUNREACH';
/** A socket is stuck, too, that is refused though the system has found a way there so many times in a row. */
const MAX_CONTRADICTIONS = 3;

/** What a roaming socket needs of the transport. */
type RoamingHost = Pick<RoleTransport, 'clock' | 'coarseTimer' | 'ownAddressTowards'>;

interface RoamingOptions {
  readonly peer: Endpoint;
  /** The own address was chosen by the user: there is no other. */
  readonly isBound: boolean;
  /** How long replies to a former socket are waited for. */
  readonly timeout: Span;
  /** Another socket to the same peer. */
  open(): Promise<DatagramSocket>;
  /** From now on probes leave from another socket: the peer cannot know that they are of the same session. */
  onMoved(from: string, to: string): void;
}

/** `isFormer`: it came to a socket that nothing is sent from any more. */
type RoamingBatchHandler = (batch: DatagramBatch, isFormer: boolean) => void;

/** What is done with the one socket is done with all of them. */
interface Handlers {
  onBatch: RoamingBatchHandler;
  onError: EarlierHandler;
  onRefused: RefusalHandler;
  onStamp: SendStampHandler;
}

interface Former {
  readonly socket: DatagramSocket;
  readonly closesAt: Instant;
}

/**
 * A connected socket keeps the own address that it began with, also when that is not this host's any more: after a change of
 * network nothing would ever come back. This one looks, while nothing comes back or the system refuses, which address the
 * system would use now, and goes on from a new socket where that is another. Replies to the former socket still count.
 *
 * Many fields: when to look depends on what came, what was refused and what earlier looks found, all at once.
 */
export class RoamingSocket {
  readonly #host: RoamingHost;
  readonly #options: RoamingOptions;
  readonly #timer: Timer;
  readonly #handlers: Handlers = { onBatch: () => {}, onError: () => {}, onRefused: () => {}, onStamp: () => {} };
  #current: DatagramSocket;
  #former: readonly Former[] = [];
  /** What former sockets dropped that are closed. */
  #droppedBefore = 0;
  /** Since the last arrival something was sent. */
  #awaits = false;
  #hasArrived = false;
  /** For so many periods nothing has come, though something was sent. */
  #quiet = 0;
  #isStuck = false;
  #isRefused = false;
  #contradictions = 0;
  #isLooking = false;
  #lookedAt: Instant | undefined;
  #closed = false;

  constructor(host: RoamingHost, socket: DatagramSocket, options: RoamingOptions) {
    this.#host = host;
    this.#options = options;
    this.#current = socket;
    this.#timer = host.coarseTimer();
  }

  /** The one that is sent from. */
  get current(): DatagramSocket {
    return this.#current;
  }

  get backlog(): number {
    return this.#current.backlog;
  }

  /** As of one socket. */
  dropped(): number | undefined {
    const all = [this.#current, ...this.#former.map(({ socket }) => socket)].map((socket) => socket.dropped());
    return all.reduce(
      (sum, each) => (sum === undefined || each === undefined ? undefined : sum + each),
      this.#droppedBefore,
    );
  }

  /** As of the one that is sent from. */
  pathMtuBytes(): number | undefined {
    return this.#current.pathMtuBytes();
  }

  /** Begins to listen. */
  begin(handlers: Pick<Handlers, 'onBatch' | 'onError' | 'onRefused'>): void {
    Object.assign(this.#handlers, handlers);
    this.#attend(this.#current);
    this.#lookLater();
  }

  onStamp(handler: SendStampHandler): void {
    this.#handlers.onStamp = handler;
  }

  send(payload: Uint8Array): void {
    this.#awaits = true;
    this.#current.send(payload);
  }

  close(): void {
    this.#closed = true;
    this.#timer.clear();
    for (const { socket } of this.#former) socket.close();
    this.#current.close();
  }

  #attend(socket: DatagramSocket): void {
    socket.onBatch((batch) => {
      const isFormer = socket !== this.#current;
      if (!isFormer) this.#onArrival();
      this.#handlers.onBatch(batch, isFormer);
    });
    socket.onError((...error) => this.#handlers.onError(...error));
    socket.onStamp((looped, moment, at) => this.#handlers.onStamp(looped, moment, at));
    socket.onRefused((payload, error) => {
      this.#handlers.onRefused(payload, error);
      if (socket === this.#current) this.#doubt(error);
    });
  }

  #onArrival(): void {
    this.#hasArrived = true;
    this.#awaits = false;
    this.#trust();
  }

  #trust(): void {
    this.#isStuck = false;
    this.#isRefused = false;
    this.#contradictions = 0;
  }

  #doubt(error: Error): void {
    const code = codeOf(error);
    if (!MAY_HAVE_MOVED.has(code)) return;
    this.#isStuck ||= IS_STUCK.has(code);
    this.#isRefused ||= code !== IS_OF_NEIGHBOUR;
    if (this.#lookedAt === undefined || elapsed(this.#lookedAt, this.#host.clock.now()) >= MIN_GAP) void this.#look();
  }

  #lookLater(): void {
    this.#timer.set(after(this.#host.clock.now(), PERIOD), () => {
      this.#quiet = this.#awaits && !this.#hasArrived ? this.#quiet + 1 : 0;
      this.#hasArrived = false;
      if (this.#quiet >= MAX_QUIET) {
        this.#quiet = 0;
        void this.#look();
      }
      this.#closeFormer(this.#host.clock.now());
      this.#lookLater();
    });
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#closed) return;
    this.#isLooking = true;
    this.#lookedAt = this.#host.clock.now();
    // Where there is no way now, or no socket to be had, the next look may find one.
    await Promise.allSettled([this.#moveWhereNeeded()]);
    this.#isLooking = false;
  }

  /** Which own address would be used now? */
  async #moveWhereNeeded(): Promise<void> {
    const { peer, isBound } = this.#options;
    const from = this.#current.local.address;
    const own = isBound ? from : await this.#host.ownAddressTowards(peer);
    this.#contradictions = own !== undefined && this.#isRefused ? this.#contradictions + 1 : 0;
    this.#isRefused = false;
    if (own === undefined) return;
    this.#isStuck ||= this.#contradictions === MAX_CONTRADICTIONS;
    if (own !== from || this.#isStuck) await this.#move(from);
  }

  async #move(from: string): Promise<void> {
    const socket = await this.#options.open();
    if (this.#closed) {
      socket.close();
      return;
    }
    const now = this.#host.clock.now();
    this.#former = [...this.#former, { socket: this.#current, closesAt: after(now, this.#options.timeout) }];
    this.#current = socket;
    this.#trust();
    this.#closeFormer(now);
    this.#attend(socket);
    this.#options.onMoved(from, socket.local.address);
  }

  /** Those that nothing is waited for any more at, and the oldest where there are too many. */
  #closeFormer(now: Instant): void {
    while (this.#former.length > 0) {
      const [{ socket, closesAt }, ...rest] = this.#former as [Former, ...Former[]];
      if (closesAt > now && this.#former.length <= MAX_FORMER) return;
      this.#droppedBefore += socket.dropped() ?? 0;
      socket.close();
      this.#former = rest;
    }
  }
}
