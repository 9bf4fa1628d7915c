import type { Peer } from '@pathgauge/result';
import type { Instant } from '@pathgauge/units';
import { ClosingProbes } from '../src/ping/closing-probes';
import type { ProbeDialect, Reply } from '../src/ping/probe-dialect';
import type { SentProbes } from '../src/ping/sent-probes';

const PROBE = 1;
const REPLY = 2;
const LENGTH = 4;

/** A dialect of nobody's: what a probe is, its number, and in a reply the number that the server counts with. A byte each. */
export class ToyDialect implements ProbeDialect {
  readonly length = LENGTH;
  readonly buffers = 8;
  readonly asksForFollowUp = false;
  readonly peerBaseSeconds = 0;
  readonly granularityNs = 1;
  readonly isMisformatted = false;

  claim(): undefined {
    return undefined;
  }

  write(sequence: number, _at: Instant): Uint8Array {
    return Uint8Array.of(PROBE, sequence, 0, 0);
  }

  sequenceAtEnd(bytes: Uint8Array): number | undefined {
    return bytes.at(1 - LENGTH);
  }

  read([kind, number = 0, ownSequence = 0]: Uint8Array, probes: SentProbes): Reply | undefined {
    const index = probes.indexOf(number);
    return kind === REPLY && index >= 0 ? replyTo(index, ownSequence) : undefined;
  }

  kindOfForeign(): 'other' {
    return 'other';
  }

  followUpNs(): number {
    return Number.NaN;
  }

  quoted([kind, number = 0]: Uint8Array, probes: SentProbes): number | undefined {
    const index = probes.indexOf(number);
    return kind === PROBE && index >= 0 ? index : undefined;
  }

  closing(sent: number, _protocol: Peer['protocol']): ClosingProbes {
    return new ClosingProbes(sent);
  }
}

/** What a toy server makes of a probe. */
export const toyReply = ([, number = 0]: Uint8Array, ownSequence: number): Uint8Array =>
  Uint8Array.of(REPLY, number, ownSequence, 0);

/** A reply without times and extensions. */
export const replyTo = (index: number, ownSequence: number | undefined): Reply => ({
  ...{ index, ownSequence, protocol: 'stamp', receiveNs: undefined, serverNs: undefined, hopLimit: undefined },
  extensions: {
    ...{ hasClassOfService: false, dscp: 0, ecn: 0, dscpGranted: false },
    ...{ knowsFollowUp: false, hasFollowUp: false, followUpSequence: 0 },
  },
});
