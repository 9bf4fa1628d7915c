import type { ProbeLedger } from '@pathgauge/metrics';
import {
  decodeErrorEstimate,
  emptyReflectorPacket,
  isEcho,
  type ReflectorPacket,
  readReflectorPacket,
} from '@pathgauge/protocol';
import type { Peer } from '@pathgauge/result';
import type { WallMap, WallTime } from '@pathgauge/units';
import type { ProbeWriter } from './probe-writer';

/** Which probe a reply answers, and what the server said of its own time. Reused: valid until the next `read`. */
export interface Reply {
  /** Index of the probe in the ledger. */
  index: number;
  protocol: Exclude<Peer['protocol'], undefined>;
  /** T2 and T3 on the scale of our instants; undefined from an echo server. */
  receiveNs: number | undefined;
  transmitNs: number | undefined;
}

/** Tells the replies to our own probes from everything else that comes to the socket. */
export class ReplyReader {
  readonly #wall: WallMap;
  readonly #ssid: number;
  readonly #ledger: ProbeLedger;
  readonly #writer: ProbeWriter;
  readonly #packet: ReflectorPacket = emptyReflectorPacket();
  readonly #sent: WallTime = { seconds: 0, nanoseconds: 0 };
  readonly #reply: Reply = { index: 0, protocol: 'stamp', receiveNs: undefined, transmitNs: undefined };
  #errorEstimate: number | undefined;

  constructor(wall: WallMap, ssid: number, ledger: ProbeLedger, writer: ProbeWriter) {
    this.#wall = wall;
    this.#ssid = ssid;
    this.#ledger = ledger;
    this.#writer = writer;
  }

  /** How far off the server says its clock may be; undefined before the first reply. */
  get peerErrorNs(): number | undefined {
    return this.#errorEstimate === undefined ? undefined : decodeErrorEstimate(this.#errorEstimate)?.errorNs;
  }

  /** Undefined when the datagram answers no probe of this session. */
  read(bytes: Uint8Array): Reply | undefined {
    if (readReflectorPacket(bytes, this.#packet) !== undefined) return undefined;
    return this.#readReflection() ?? this.#readEcho(bytes);
  }

  /** T1 comes back verbatim: a reply that does not carry the T1 of its probe is not ours, whatever else fits. */
  #readReflection(): Reply | undefined {
    const packet = this.#packet;
    const index = this.#ledger.indexOf(packet.senderSequence);
    if (index < 0 || !this.#leftAt(index, packet.senderTransmit)) return undefined;
    const echoesSsid = packet.ssid === this.#ssid || packet.alternativeSsid === this.#ssid;
    if (!echoesSsid && packet.ssid !== 0) return undefined;
    this.#errorEstimate = packet.errorEstimate;
    this.#reply.index = index;
    this.#reply.protocol = echoesSsid ? 'stamp' : 'twamp-light';
    this.#reply.receiveNs = this.#wall.fromPeer(packet.receive);
    this.#reply.transmitNs = this.#wall.fromPeer(packet.transmit);
    return this.#reply;
  }

  #readEcho(bytes: Uint8Array): Reply | undefined {
    const index = this.#ledger.indexOf(this.#packet.sequence);
    if (index < 0 || !this.#leftAt(index, this.#packet.transmit)) return undefined;
    if (!isEcho(this.#writer.write(this.#packet.sequence, this.#ledger.sentAt(index)), bytes)) return undefined;
    this.#reply.index = index;
    this.#reply.protocol = 'echo';
    this.#reply.receiveNs = undefined;
    this.#reply.transmitNs = undefined;
    return this.#reply;
  }

  #leftAt(index: number, claimed: WallTime): boolean {
    this.#wall.toWall(this.#ledger.sentAt(index), this.#sent);
    return claimed.nanoseconds === this.#sent.nanoseconds && ((claimed.seconds - this.#sent.seconds) | 0) === 0;
  }
}
