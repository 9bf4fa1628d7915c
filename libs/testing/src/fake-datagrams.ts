import {
  type BoundAddress,
  type BoundSocket,
  type DatagramBatch,
  type EarlierHandler,
  type Endpoint,
  endpointText,
  type RefusalHandler,
  type SendOutcome,
  type TimestampSource,
} from '@pathgauge/transport';
import { type Instant, span } from '@pathgauge/units';
import type { FakePath } from './fake-path';
import type { VirtualClock } from './virtual-clock';

interface Arrived {
  readonly payload: Uint8Array;
  readonly arrival: Instant;
  readonly source: Endpoint;
}

/** A datagram socket in memory. What arrives at one instant is one batch. Many fields: six of them are set by tests. */
export class FakeDatagrams implements BoundSocket {
  readonly sendTimestamps = 'user';
  readonly receiveTimestamps = 'user';
  readonly offloads = [];
  readonly receiveBufferBytes = undefined;
  readonly sendBufferBytes = undefined;
  readonly local: Endpoint;
  /** What the system is said not to have taken yet. As long as there is some, `sendMany` finds no room. */
  backlog = 0;
  /** Why the system is said to send nothing now. */
  refusal: Error | undefined;
  /** Says at once what became of a datagram, as system calls do; else after the call, as Node does, one at a time. */
  isPrompt = true;
  /** By whom arrivals are stamped: a program does it when it reads what came. */
  stampsBy: TimestampSource = 'user';
  /** What the system is said to have dropped. */
  drops: number | undefined;
  /** What the system is said to take the path's MTU to be. */
  mtuBytes: number | undefined;
  readonly #network: FakePath<FakeDatagrams>;
  readonly #clock: VirtualClock;
  readonly #peer: Endpoint | undefined;
  /** The bound socket that this one is beside: what its peer sends to that one comes here. */
  readonly #host: FakeDatagrams | undefined;
  readonly #beside = new Map<string, FakeDatagrams>();
  #arrived: Arrived[] = [];
  #onBatch: ((batch: DatagramBatch) => void) | undefined;
  #onError: EarlierHandler | undefined;
  #onRefused: RefusalHandler | undefined;

  constructor(
    network: FakePath<FakeDatagrams>,
    clock: VirtualClock,
    local: Endpoint,
    peer: Endpoint | undefined,
    host?: FakeDatagrams,
  ) {
    this.#network = network;
    this.#clock = clock;
    this.local = local;
    this.#peer = peer;
    this.#host = host;
    if (host === undefined || peer === undefined) network.sockets.set(endpointText(local), this);
    else host.#beside.set(endpointText(peer), this);
  }

  get bound(): BoundAddress {
    return { id: this.local.port, local: this.local };
  }

  /** A socket beside this one, for what `peer` sends here. */
  beside(peer: Endpoint): FakeDatagrams {
    return new FakeDatagrams(this.#network, this.#clock, this.local, peer, this);
  }

  dropped(): number | undefined {
    return this.drops;
  }

  pathMtuBytes(): number | undefined {
    return this.mtuBytes;
  }

  /** Has the system tell of a datagram sent earlier. */
  reportEarlier(error: Error, quoted: Uint8Array | undefined): void {
    this.#onError?.(error, quoted);
  }

  onBatch(handler: (batch: DatagramBatch) => void): void {
    this.#onBatch = handler;
  }

  onError(handler: EarlierHandler): void {
    this.#onError = handler;
  }

  onRefused(handler: RefusalHandler): void {
    this.#onRefused = handler;
  }

  onStamp(): void {}

  sendMany(bytes: Uint8Array, length: number, to: Endpoint | undefined, onOutcome: SendOutcome): void {
    const total = this.backlog > 0 ? 0 : Math.floor(bytes.length / length);
    const taken = this.isPrompt && this.refusal === undefined ? total : Math.min(total, 1);
    const error = taken === 0 ? undefined : this.refusal;
    if (error === undefined) {
      for (let i = 0; i < taken; i++) this.send(bytes.slice(i * length, (i + 1) * length), to);
    }
    this.#deliver(() => (error === undefined ? onOutcome(taken, 0, undefined) : onOutcome(0, taken, error)));
  }

  send(payload: Uint8Array, to = this.#peer): void {
    if (this.#closed) return;
    if (to === undefined) throw new RangeError('a socket that is not connected needs an address to send to');
    const refusal = this.refusal ?? this.#refusalOfSource();
    if (refusal !== undefined) {
      this.#deliver(() => this.#onRefused?.(payload, refusal));
      return;
    }
    const sent = payload.slice();
    const tell = (error: Error): void => {
      if (this.#peer !== undefined && !this.#closed) this.#onError?.(error, sent);
    };
    this.#network.carry(this.local, to, payload, tell);
  }

  close(): void {
    if (this.#closed) return;
    if (this.#host === undefined) this.#network.sockets.delete(endpointText(this.local));
    else this.#host.#beside.delete(endpointText(this.#peer as Endpoint));
  }

  /** Takes in a datagram. A connected socket hears its peer alone. */
  deliver(source: Endpoint, payload: Uint8Array): void {
    const beside = this.#beside.get(endpointText(source));
    if (beside !== undefined) {
      beside.deliver(source, payload);
      return;
    }
    if (this.#peer !== undefined && endpointText(source) !== endpointText(this.#peer)) return;
    this.#arrived.push({ payload, arrival: this.#clock.now(), source });
    if (this.#arrived.length === 1) this.#clock.schedule(span(0), () => this.#flush(), 'sockets');
  }

  #refusalOfSource(): Error | undefined {
    if (!this.#network.refusesForeignSource || this.#network.hasAddress(this.local.address)) return undefined;
    return Object.assign(new Error('invalid argument'), { code: 'EINVAL' });
  }

  #deliver(report: () => void): void {
    if (this.isPrompt) report();
    else this.#network.time.schedule(span(0), report);
  }

  get #closed(): boolean {
    if (this.#host !== undefined) return this.#host.#beside.get(endpointText(this.#peer as Endpoint)) !== this;
    return this.#network.sockets.get(endpointText(this.local)) !== this;
  }

  #flush(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    if (this.#closed) return;
    const readAt = this.#clock.now();
    this.#onBatch?.({
      count: arrived.length,
      socket: this,
      payload: (i) => (arrived[i] as Arrived).payload,
      segmentBytes: (i) => (arrived[i] as Arrived).payload.length,
      arrival: (i) => (this.stampsBy === 'user' ? readAt : (arrived[i] as Arrived).arrival),
      arrivalSource: () => this.stampsBy,
      hopLimit: () => undefined,
      trafficClass: () => undefined,
      source: (i) => (arrived[i] as Arrived).source,
      destination: () => this.local.address,
      reply: (i, payload) => this.send(payload, (arrived[i] as Arrived).source),
    });
  }
}
