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
import { Destinations } from './destinations';
import type { LinuxContext } from './linux-context';
import type { Memory } from './memory';
import { BATCH, type MessageVector, SLOT_BYTES } from './message-vector';
import { ADDRESS_BYTES, readAddress } from './socket-address';

const SENDER_CACHE = 256;

/** Who has sent a datagram, and to which of this host's addresses. */
interface Way {
  readonly name: Uint32Array;
  readonly own: Uint32Array;
  readonly source: Endpoint;
  readonly destination: string | undefined;
}

/** What one `recvmmsg` brought. Addresses are remembered, because making one into text costs more than the rest. */
export class ReceivedBatch implements DatagramBatch {
  count = 0;
  readonly socket: DatagramSocket;
  readonly destinations: Destinations;
  readonly #context: LinuxContext;
  readonly #vector: MessageVector;
  readonly #buffers: Memory;
  readonly #reply: (i: number, payload: Uint8Array, dscp: number | undefined) => void;
  readonly #arrivals = new Float64Array(BATCH);
  readonly #isStamped = new Uint8Array(BATCH);
  readonly #segments = new Int32Array(BATCH);
  readonly #hopLimits = new Int16Array(BATCH);
  readonly #classes = new Int16Array(BATCH);
  readonly #own: string | undefined;
  readonly #ways: (Way | undefined)[] = [];
  /** Of each datagram, once it was asked for. */
  readonly #found: (Way | undefined)[] = Array.from({ length: BATCH }, () => undefined);

  /** `own`: the address that the socket is bound to, undefined where that is all of them. */
  constructor(
    context: LinuxContext,
    socket: DatagramSocket,
    own: string | undefined,
    vector: MessageVector,
    buffers: Memory,
    reply: (i: number, payload: Uint8Array, dscp: number | undefined) => void,
  ) {
    this.#context = context;
    this.socket = socket;
    this.#own = own;
    this.destinations = new Destinations(context.native);
    this.#vector = vector;
    this.#buffers = buffers;
    this.#reply = reply;
  }

  /** The most datagrams that came as one. */
  get largestSegments(): number {
    let most = 1;
    for (let i = 0; i < this.count; i++) {
      most = Math.max(most, Math.ceil(this.#vector.transferred(i) / Math.max(1, this.segmentBytes(i))));
    }
    return most;
  }

  begin(count: number, stamped: boolean): void {
    this.count = count;
    this.destinations.clear();
    const now = this.#context.clock.now();
    const usable = stamped && this.#context.clock.isSteady();
    for (let i = 0; i < count; i++) {
      this.#arrivals[i] = now;
      this.#isStamped[i] = 0;
      this.#segments[i] = this.#vector.transferred(i);
      this.#hopLimits[i] = -1;
      this.#classes[i] = -1;
      this.#found[i] = undefined;
      this.#readControl(i, usable);
    }
  }

  payload(i: number): Uint8Array {
    const from = i * SLOT_BYTES;
    return this.#buffers.bytes.subarray(from, from + this.#vector.transferred(i));
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
    return this.#wayOf(i).source;
  }

  destination(i: number): string | undefined {
    return this.#own ?? this.#wayOf(i).destination;
  }

  /** Whether two datagrams have come from one address to one. True is certain; false for one that was forgotten between them. */
  haveOneWay(i: number, k: number): boolean {
    return this.#wayOf(i) === this.#wayOf(k);
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
    this.#reply(i, payload, dscp);
  }

  #wayOf(i: number): Way {
    return (this.#found[i] ??= this.#findWay(i));
  }

  #findWay(i: number): Way {
    const { memory } = this.#vector;
    const at = this.#vector.nameAt(i) >>> 2;
    const mixed =
      (memory.words[at] as number) ^
      (memory.words[at + 1] as number) ^
      (memory.words[at + 5] as number) ^
      this.destinations.hash(i);
    const slot = ((mixed >>> 16) ^ (mixed >>> 24) ^ mixed) & (SENDER_CACHE - 1);
    const known = this.#ways[slot];
    if (known !== undefined && isSame(known.name, memory.words, at) && this.destinations.isCopy(known.own, i)) {
      return known;
    }
    const way: Way = {
      name: memory.words.slice(at, at + ADDRESS_BYTES / 4),
      own: this.destinations.copy(i),
      source: readAddress(memory, this.#vector.nameAt(i), this.#context.native),
      destination: this.destinations.text(i),
    };
    this.#ways[slot] = way;
    return way;
  }

  #readControl(i: number, usable: boolean): void {
    const vector = this.#vector;
    const { memory } = vector;
    const end = vector.controlEnd(i);
    for (let at = vector.firstControl(i); at < end; at = vector.nextControl(at, end)) {
      const data = vector.controlData(at);
      switch (vector.controlLevel(at) * 256 + vector.controlType(at)) {
        case SOL_SOCKET * 256 + SO_TIMESTAMPING:
          if (!usable || memory.u32(data) === 0) break;
          this.#arrivals[i] = this.#context.clock.fromKernel(memory.i64(data), memory.u32(data + 8));
          this.#isStamped[i] = 1;
          break;
        case SOL_UDP * 256 + UDP_GRO:
          this.#segments[i] = memory.u32(data);
          break;
        case SOL_IP * 256 + IP_PKTINFO:
          this.destinations.take4(i, memory, data);
          break;
        case SOL_IPV6 * 256 + IPV6_PKTINFO:
          this.destinations.take6(i, memory, data);
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
}

/** Whether the words of `memory` from `at` on are those. */
function isSame(words: Uint32Array, memory: Uint32Array, at: number): boolean {
  for (let i = 0; i < words.length; i++) if (words[i] !== memory[at + i]) return false;
  return true;
}
