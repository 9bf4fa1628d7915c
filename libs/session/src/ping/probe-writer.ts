import { SENDER_PACKET, type SenderPacket, writeProbeTlvs, writeSenderPacket } from '@pathgauge/protocol';
import type { Instant, WallMap } from '@pathgauge/units';

// Probes that the system has not taken yet must not be overwritten; more than these are never under way to it.
export const MAX_BUFFERS = 64;

/** What all probes of a session have in common. */
export interface ProbeIdentity {
  readonly ssid: number;
  readonly errorEstimate: number;
  /** What the probes are marked with, and the replies are to be. */
  readonly dscp?: number | undefined;
}

/** Writes the probes of one session: STAMP sender packets with the session's SSID, padded with TLVs to one length. */
export class ProbeWriter {
  readonly #wall: WallMap;
  readonly #packet: SenderPacket;
  readonly buffers: number;
  readonly #buffers: Uint8Array[] = [];
  readonly #length: number;
  readonly #dscp: number | undefined;
  #next = 0;

  /** `buffers`: so many probes are written before the bytes of the first are used again. */
  constructor(wall: WallMap, identity: ProbeIdentity, length: number, buffers = MAX_BUFFERS) {
    this.buffers = buffers;
    this.#wall = wall;
    this.#length = length;
    this.#dscp = identity.dscp;
    this.#packet = {
      sequence: 0,
      transmit: { seconds: 0, nanoseconds: 0 },
      errorEstimate: identity.errorEstimate,
      ssid: identity.ssid,
    };
  }

  /** The probe with this number that leaves at `at`. */
  write(sequence: number, at: Instant): Uint8Array {
    const slot = this.#next++ % this.buffers;
    const bytes = (this.#buffers[slot] ??= this.#blank());
    this.#packet.sequence = sequence;
    this.#wall.toWall(at, this.#packet.transmit);
    writeSenderPacket(bytes, this.#packet);
    return bytes;
  }

  #blank(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    writeProbeTlvs(bytes, SENDER_PACKET.size, this.#dscp);
    return bytes;
  }
}
