import {
  decodeErrorEstimate,
  EPOCHS_APART_SECONDS,
  type ErrorEstimate,
  emptyReflectorPacket,
  emptyReplyTlvs,
  formatOf,
  isEcho,
  isHopLimit,
  REFLECTOR_PACKET,
  type ReflectorPacket,
  readReflectorPacket,
  readReplyTlvs,
  readSequence,
  readTimestamp,
} from '@pathgauge/protocol';
import type { ForeignReply } from '@pathgauge/result';
import { type Instant, NS_PER_S, type WallMap, type WallTime } from '@pathgauge/units';
import type { Reply } from './probe-dialect';
import type { ProbeWriter } from './probe-writer';
import type { SentProbes } from './sent-probes';

const SEQUENCE_BYTES = 4;
/** As far as a clock may be off for that: no other is off by the years between two epochs. */
const SECONDS_PER_DAY = 86_400;

/** Tells the replies to our own probes from everything else that comes to the socket. */
export class ReplyReader {
  #wall: WallMap;
  #met = false;
  #isMisformatted = false;
  readonly #ssid: number;
  readonly #writer: ProbeWriter;
  readonly #packet: ReflectorPacket = emptyReflectorPacket();
  readonly #sent: WallTime = { seconds: 0, nanoseconds: 0 };
  readonly #tlvs = emptyReplyTlvs();
  readonly #reply: Reply = {
    index: 0,
    ownSequence: undefined,
    protocol: 'stamp',
    receiveNs: undefined,
    serverNs: undefined,
    hopLimit: undefined,
    extensions: this.#tlvs,
  };
  #errorEstimate: number | undefined;
  /** Greatest common divisor of the nanoseconds of all its timestamps. */
  #granularity = 0;

  constructor(wall: WallMap, ssid: number, writer: ProbeWriter) {
    this.#wall = wall;
    this.#ssid = ssid;
    this.#writer = writer;
  }

  /** What the server says of its clock; undefined before the first reply. */
  get peerEstimate(): ErrorEstimate | undefined {
    return this.#errorEstimate === undefined ? undefined : decodeErrorEstimate(this.#errorEstimate);
  }

  /** What T2 and T3 are counted from, in whole seconds: 0 but for a server whose clock is weeks away. */
  get peerBaseSeconds(): number {
    return this.#wall.peerBaseSeconds;
  }

  /** What the server's timestamps are multiples of, in nanoseconds, as far as was seen. */
  get granularityNs(): number {
    return this.#granularity === 0 ? NS_PER_S : this.#granularity;
  }

  /** Its timestamps are not in the format that it says (RFC 8186): some cannot be. It tells no times from then on. */
  get isMisformatted(): boolean {
    return this.#isMisformatted;
  }

  /** Undefined when the datagram answers none of `probes`. */
  read(bytes: Uint8Array, probes: SentProbes): Reply | undefined {
    if (readReflectorPacket(bytes, this.#packet) !== undefined) return undefined;
    return this.#readReflection(bytes, probes) ?? this.#readEcho(bytes, probes);
  }

  /** What keeps a datagram from being a reply that `read` took for none. */
  kindOfForeign(bytes: Uint8Array, probes: SentProbes): ForeignReply {
    const packet = this.#packet;
    const fault = readReflectorPacket(bytes, packet);
    if (fault !== undefined) return fault === 'short' ? 'short' : 'no-error-estimate';
    const isOf = (sequence: number, claimed: WallTime): boolean => {
      const index = probes.indexOf(sequence);
      return index >= 0 && this.#leftAt(probes.sentAt(index), claimed);
    };
    readTimestamp(bytes, REFLECTOR_PACKET.offset.senderTransmit, 'ntp', packet.senderTransmit);
    if (isOf(packet.senderSequence, packet.senderTransmit)) return 'ssid';
    readTimestamp(bytes, REFLECTOR_PACKET.offset.transmit, 'ntp', packet.transmit);
    // Behind its own fields a probe has zeros, where a reply has T2.
    if (packet.hasTimes && isOf(packet.senderSequence, packet.transmit)) return 'swapped';
    if (isOf(packet.sequence, packet.transmit)) return 'changed-echo';
    return packet.hasTimes && probes.indexOf(packet.senderSequence) >= 0 ? 'other-t1' : 'other';
  }

  /**
   * The probe that an ICMP message is about, by what it quotes of it: RFC 1812 section 4.3.2.3 asks routers for more than the
   * 8 bytes of RFC 792, which are the UDP header. -1: too little to tell. Undefined: it is none of `probes`.
   */
  quoted(bytes: Uint8Array, probes: SentProbes): number | undefined {
    if (bytes.length < SEQUENCE_BYTES) return -1;
    const index = probes.indexOf(readSequence(bytes, 0));
    if (index < 0) return undefined;
    const probe = this.#writer.write(readSequence(bytes, 0), probes.sentAt(index));
    return isEcho(probe.subarray(0, bytes.length), bytes) ? index : undefined;
  }

  /** T3 of an earlier reply, on the scale of T2: what the latest one told by its Follow-up. */
  followUpNs(): number {
    return this.#wall.fromPeer(this.#tlvs.followUpTransmit);
  }

  /** T1 comes back verbatim: a reply that does not carry the T1 of its probe is not ours, whatever else fits. */
  #readReflection(bytes: Uint8Array, probes: SentProbes): Reply | undefined {
    const packet = this.#packet;
    const index = probes.indexOf(packet.senderSequence);
    // In the format that we sent it in, whatever the server says of the format beside it.
    readTimestamp(bytes, REFLECTOR_PACKET.offset.senderTransmit, 'ntp', packet.senderTransmit);
    if (index < 0 || !this.#leftAt(probes.sentAt(index), packet.senderTransmit)) return undefined;
    const echoesSsid = packet.ssid === this.#ssid || packet.alternativeSsid === this.#ssid;
    if (!echoesSsid && packet.ssid !== 0) return undefined;
    this.#errorEstimate = packet.errorEstimate;
    this.#reply.index = index;
    this.#reply.ownSequence = packet.sequence;
    this.#reply.protocol = echoesSsid ? 'stamp' : 'twamp-light';
    this.#reply.hopLimit = isHopLimit(packet.senderTtl) ? packet.senderTtl : undefined;
    readReplyTlvs(bytes, REFLECTOR_PACKET.size, formatOf(packet.errorEstimate), this.#tlvs);
    this.#readTimes(packet.receive, packet.transmit);
    return this.#reply;
  }

  #readTimes(receive: WallTime, transmit: WallTime): void {
    // NTP's fractions under PTP's flag are above a second as a rule.
    this.#isMisformatted ||= receive.nanoseconds > NS_PER_S || transmit.nanoseconds > NS_PER_S;
    if (!this.#met) this.#isMisformatted ||= this.#isOfOtherEpoch(receive);
    if (!this.#packet.hasTimes || this.#isMisformatted) {
      this.#reply.receiveNs = undefined;
      this.#reply.serverNs = undefined;
      return;
    }
    if (!this.#met) this.#wall = this.#wall.near(receive);
    this.#met = true;
    this.#granularity = greatestDivisor(this.#granularity, receive.nanoseconds);
    this.#granularity = greatestDivisor(this.#granularity, transmit.nanoseconds);
    this.#reply.receiveNs = this.#wall.fromPeer(receive);
    // Of the seconds only the low 32 bits are told.
    this.#reply.serverNs =
      ((transmit.seconds - receive.seconds) | 0) * NS_PER_S + (transmit.nanoseconds - receive.nanoseconds);
  }

  #isOfOtherEpoch({ seconds }: WallTime): boolean {
    const apart = Math.abs((seconds - this.#wall.anchor.seconds) | 0);
    return Math.abs(apart - EPOCHS_APART_SECONDS) < SECONDS_PER_DAY;
  }

  #readEcho(bytes: Uint8Array, probes: SentProbes): Reply | undefined {
    const index = probes.indexOf(this.#packet.sequence);
    if (index < 0 || !this.#leftAt(probes.sentAt(index), this.#packet.transmit)) return undefined;
    if (!isEcho(this.#writer.write(this.#packet.sequence, probes.sentAt(index)), bytes)) return undefined;
    this.#reply.index = index;
    this.#reply.ownSequence = undefined;
    this.#reply.protocol = 'echo';
    this.#reply.receiveNs = undefined;
    this.#reply.serverNs = undefined;
    this.#reply.hopLimit = undefined;
    this.#tlvs.hasClassOfService = false;
    this.#tlvs.knowsFollowUp = false;
    this.#tlvs.hasFollowUp = false;
    return this.#reply;
  }

  #leftAt(sentAt: Instant, claimed: WallTime): boolean {
    this.#wall.toWall(sentAt, this.#sent);
    return claimed.nanoseconds === this.#sent.nanoseconds && ((claimed.seconds - this.#sent.seconds) | 0) === 0;
  }
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));
