import {
  decodeErrorEstimate,
  type ErrorEstimate,
  emptyReflectorPacket,
  isEcho,
  type ReflectorPacket,
  readReflectorPacket,
} from '@pathgauge/protocol';
import type { Peer } from '@pathgauge/result';
import type { Instant, WallMap, WallTime } from '@pathgauge/units';
import type { ProbeWriter } from './probe-writer';

/** Probes that a reply may answer. */
export interface SentProbes {
  /** The probe with this number on the wire, or -1. */
  indexOf(sequence: number): number;
  sentAt(index: number): Instant;
}

/** Which probe a reply answers, and what the server said of its own time. Reused: valid until the next `read`. */
export interface Reply {
  /** Index of the probe among those that it was looked up in. */
  index: number;
  /** The reflector's own number; undefined from an echo server. */
  ownSequence: number | undefined;
  protocol: Exclude<Peer['protocol'], undefined>;
  /** T2 and T3 on the scale of our instants; undefined from an echo server. */
  receiveNs: number | undefined;
  transmitNs: number | undefined;
}

/** Tells the replies to our own probes from everything else that comes to the socket. */
export class ReplyReader {
  readonly #wall: WallMap;
  readonly #ssid: number;
  readonly #writer: ProbeWriter;
  readonly #packet: ReflectorPacket = emptyReflectorPacket();
  readonly #sent: WallTime = { seconds: 0, nanoseconds: 0 };
  readonly #reply: Reply = {
    index: 0,
    ownSequence: undefined,
    protocol: 'stamp',
    receiveNs: undefined,
    transmitNs: undefined,
  };
  #errorEstimate: number | undefined;

  constructor(wall: WallMap, ssid: number, writer: ProbeWriter) {
    this.#wall = wall;
    this.#ssid = ssid;
    this.#writer = writer;
  }

  /** What the server says of its clock; undefined before the first reply. */
  get peerEstimate(): ErrorEstimate | undefined {
    return this.#errorEstimate === undefined ? undefined : decodeErrorEstimate(this.#errorEstimate);
  }

  /** Undefined when the datagram answers none of `probes`. */
  read(bytes: Uint8Array, probes: SentProbes): Reply | undefined {
    if (readReflectorPacket(bytes, this.#packet) !== undefined) return undefined;
    return this.#readReflection(probes) ?? this.#readEcho(bytes, probes);
  }

  /** T1 comes back verbatim: a reply that does not carry the T1 of its probe is not ours, whatever else fits. */
  #readReflection(probes: SentProbes): Reply | undefined {
    const packet = this.#packet;
    const index = probes.indexOf(packet.senderSequence);
    if (index < 0 || !this.#leftAt(probes.sentAt(index), packet.senderTransmit)) return undefined;
    const echoesSsid = packet.ssid === this.#ssid || packet.alternativeSsid === this.#ssid;
    if (!echoesSsid && packet.ssid !== 0) return undefined;
    this.#errorEstimate = packet.errorEstimate;
    this.#reply.index = index;
    this.#reply.ownSequence = packet.sequence;
    this.#reply.protocol = echoesSsid ? 'stamp' : 'twamp-light';
    this.#reply.receiveNs = this.#wall.fromPeer(packet.receive);
    this.#reply.transmitNs = this.#wall.fromPeer(packet.transmit);
    return this.#reply;
  }

  #readEcho(bytes: Uint8Array, probes: SentProbes): Reply | undefined {
    const index = probes.indexOf(this.#packet.sequence);
    if (index < 0 || !this.#leftAt(probes.sentAt(index), this.#packet.transmit)) return undefined;
    if (!isEcho(this.#writer.write(this.#packet.sequence, probes.sentAt(index)), bytes)) return undefined;
    this.#reply.index = index;
    this.#reply.ownSequence = undefined;
    this.#reply.protocol = 'echo';
    this.#reply.receiveNs = undefined;
    this.#reply.transmitNs = undefined;
    return this.#reply;
  }

  #leftAt(sentAt: Instant, claimed: WallTime): boolean {
    this.#wall.toWall(sentAt, this.#sent);
    return claimed.nanoseconds === this.#sent.nanoseconds && ((claimed.seconds - this.#sent.seconds) | 0) === 0;
  }
}
