import type { Instant } from '@pathgauge/units';
import type { Endpoint } from '../address';
import type { DatagramBatch, DatagramSocket, TimestampSource } from '../sockets';
import {
  IP_PKTINFO,
  IP_TOS,
  IP_TTL,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  IPV6_TCLASS,
  SO_TIMESTAMPING,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_UDP,
  UDP_GRO,
} from './abi';
import type { LinuxClock } from './linux-clock';
import { BATCH } from './message-vector';
import type { ReceiveMemory } from './receive-memory';
import type { Native } from './system-calls';
import { Ways } from './ways';

/** The socket that a batch came to. */
export interface BatchOwner {
  readonly socket: DatagramSocket;
  /** The address that it is bound to; undefined where that is all of them. */
  readonly ownAddress: string | undefined;
  /** Whether the kernel stamps arrivals at it. */
  readonly isStamped: boolean;
  /** Takes a reply to datagram `i`. */
  onReply(i: number, payload: Uint8Array, dscp: number | undefined): void;
}

/** What one `recvmmsg` brought to one socket of several that share it. */
export class ReceivedBatch implements DatagramBatch {
  count = 0;
  readonly memory: ReceiveMemory;
  readonly ways: Ways;
  readonly #clock: LinuxClock;
  readonly #arrivals = new Float64Array(BATCH);
  readonly #isStamped = new Uint8Array(BATCH);
  readonly #segments = new Int32Array(BATCH);
  readonly #hopLimits = new Int16Array(BATCH);
  readonly #classes = new Int16Array(BATCH);
  #owner: BatchOwner | undefined;

  constructor(native: Native, clock: LinuxClock, memory: ReceiveMemory) {
    this.memory = memory;
    this.ways = new Ways(native, memory.vector);
    this.#clock = clock;
  }

  get socket(): DatagramSocket {
    return (this.#owner as BatchOwner).socket;
  }

  /** The most datagrams that came as one. */
  get largestSegments(): number {
    const { vector } = this.memory;
    let most = 1;
    for (let i = 0; i < this.count; i++) {
      most = Math.max(most, Math.ceil(vector.transferred(i) / Math.max(1, this.segmentBytes(i))));
    }
    return most;
  }

  /** `count` datagrams have come to `owner`. */
  begin(count: number, owner: BatchOwner): void {
    this.count = count;
    this.#owner = owner;
    this.ways.begin(count);
    const { vector } = this.memory;
    const now = this.#clock.now();
    const isUsable = owner.isStamped && this.#clock.isSteady();
    for (let i = 0; i < count; i++) {
      this.#arrivals[i] = now;
      this.#isStamped[i] = 0;
      this.#segments[i] = vector.transferred(i);
      this.#hopLimits[i] = -1;
      this.#classes[i] = -1;
      this.#readControl(i, isUsable);
    }
  }

  /** The handler has seen it. From now on it answers nobody: its memory is for the next, which may be another socket's. */
  end(): void {
    this.memory.makeReady(this.count);
    this.count = 0;
    this.#owner = undefined;
  }

  payload(i: number): Uint8Array {
    return this.memory.payload(i);
  }

  segmentBytes(i: number): number {
    return this.#segments[i] as number;
  }

  arrival(i: number): Instant {
    return this.#arrivals[i] as Instant;
  }

  arrivalSource(i: number): TimestampSource {
    return this.#isStamped[i] === 1 ? 'kernel' : 'user';
  }

  source(i: number): Endpoint {
    return this.ways.of(i).source;
  }

  destination(i: number): string | undefined {
    return this.#owner?.ownAddress ?? this.ways.of(i).destination;
  }

  hopLimit(i: number): number | undefined {
    const value = this.#hopLimits[i] as number;
    return value < 0 ? undefined : value;
  }

  trafficClass(i: number): number | undefined {
    const value = this.#classes[i] as number;
    return value < 0 ? undefined : value;
  }

  reply(i: number, payload: Uint8Array, dscp?: number): void {
    this.#owner?.onReply(i, payload, dscp);
  }

  #readControl(i: number, isUsable: boolean): void {
    const { vector } = this.memory;
    const end = vector.controlEnd(i);
    for (let at = vector.firstControl(i); at < end; at = vector.nextControl(at, end)) {
      this.#take(i, vector.controlLevel(at) * 256 + vector.controlType(at), vector.controlData(at), isUsable);
    }
  }

  /** Takes a control message of datagram `i`: `kind` is its level and type, and its data begin at `data`. */
  #take(i: number, kind: number, data: number, isUsable: boolean): void {
    const { memory } = this.memory.vector;
    switch (kind) {
      case SOL_SOCKET * 256 + SO_TIMESTAMPING:
        if (!isUsable || memory.u32(data) === 0) break;
        this.#arrivals[i] = this.#clock.fromKernel(memory.i64(data), memory.u32(data + 8));
        this.#isStamped[i] = 1;
        break;
      case SOL_UDP * 256 + UDP_GRO:
        this.#segments[i] = memory.u32(data);
        break;
      case SOL_IP * 256 + IP_PKTINFO:
        this.ways.destinations.take4(i, memory, data);
        break;
      case SOL_IPV6 * 256 + IPV6_PKTINFO:
        this.ways.destinations.take6(i, memory, data);
        break;
      case SOL_IP * 256 + IP_TTL:
      case SOL_IPV6 * 256 + IPV6_HOPLIMIT:
        this.#hopLimits[i] = memory.u32(data);
        break;
      case SOL_IP * 256 + IP_TOS:
        this.#classes[i] = memory.bytes[data] as number;
        break;
      case SOL_IPV6 * 256 + IPV6_TCLASS:
        this.#classes[i] = memory.u32(data);
        break;
    }
  }
}
