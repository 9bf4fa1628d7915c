import type { ClockClaim } from '@pathgauge/metrics';
import { asksForFollowUp, readSequence, SENDER_PACKET } from '@pathgauge/protocol';
import type { ForeignReply, Peer } from '@pathgauge/result';
import type { Instant, WallMap } from '@pathgauge/units';
import { clockClaim } from '../clock-claim';
import { ClosingProbes } from './closing-probes';
import type { ProbeDialect, Reply } from './probe-dialect';
import { type ProbeIdentity, ProbeWriter } from './probe-writer';
import { ReplyReader } from './reply-reader';
import type { SentProbes } from './sent-probes';

/** STAMP (RFC 8762, RFC 8972). Who answers it with TWAMP-Light, or with an echo of the probe, is understood, too. */
export class StampDialect implements ProbeDialect {
  readonly length: number;
  readonly buffers: number;
  readonly asksForFollowUp: boolean;
  readonly #wall: WallMap;
  readonly #writer: ProbeWriter;
  readonly #reader: ReplyReader;

  /** Probes of `length` bytes, of which `buffers` may be under way to the system at once. */
  constructor(wall: WallMap, identity: ProbeIdentity, length: number, buffers?: number) {
    this.length = length;
    this.#wall = wall;
    this.asksForFollowUp = asksForFollowUp(length - SENDER_PACKET.size, identity.dscp);
    this.#writer = new ProbeWriter(wall, identity, length, buffers);
    this.buffers = this.#writer.buffers;
    this.#reader = new ReplyReader(wall, identity.ssid, new ProbeWriter(wall, identity, length, 1));
  }

  get peerBaseSeconds(): number {
    return this.#reader.peerBaseSeconds;
  }

  get granularityNs(): number {
    return this.#reader.granularityNs;
  }

  get isMisformatted(): boolean {
    return this.#reader.isMisformatted;
  }

  /** Clocks that are weeks apart are neither one nor synchronised, and what the engine sees is less the weeks. */
  claim(isSameHost: boolean): ClockClaim | undefined {
    if (this.#reader.peerBaseSeconds !== 0) return undefined;
    return clockClaim(isSameHost, this.#wall.anchor, this.#reader.peerEstimate);
  }

  write(sequence: number, at: Instant): Uint8Array {
    return this.#writer.write(sequence, at);
  }

  sequenceAtEnd(bytes: Uint8Array): number | undefined {
    const begin = bytes.length - this.length;
    return begin < 0 ? undefined : readSequence(bytes, begin);
  }

  read(bytes: Uint8Array, probes: SentProbes): Reply | undefined {
    return this.#reader.read(bytes, probes);
  }

  kindOfForeign(bytes: Uint8Array, probes: SentProbes): ForeignReply {
    return this.#reader.kindOfForeign(bytes, probes);
  }

  followUpNs(): number {
    return this.#reader.followUpNs();
  }

  quoted(bytes: Uint8Array, probes: SentProbes): number | undefined {
    return this.#reader.quoted(bytes, probes);
  }

  /** An echo server has no numbers of its own. */
  closing(sent: number, protocol: Peer['protocol']): ClosingProbes | undefined {
    return protocol === 'echo' ? undefined : new ClosingProbes(sent);
  }
}
