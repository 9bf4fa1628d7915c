import type { Instant } from '@pathgauge/units';

/** Probes that a reply may answer. */
export interface SentProbes {
  /** The probe with this number on the wire, or -1. */
  indexOf(sequence: number): number;
  sentAt(index: number): Instant;
}
