import { NS_PER_S } from '@pathgauge/units';
import type { TimestampFormat } from './timestamp';

const SYNCHRONISED = 0x8000;
const PTP = 0x4000;
const MAX_SCALE = 63;
const MAX_MULTIPLIER = 255;
/** The Scale at which a Multiplier of 1 means 2^-32 s; error = Multiplier * 2^(Scale - 32) s. */
const SCALE_BIAS = 32;

/** How far off a clock may be, and in which format its timestamps are (RFC 4656 section 4.1.2, RFC 8186). */
export interface ErrorEstimate {
  /** The clock is disciplined by an external source. */
  readonly synchronised: boolean;
  readonly format: TimestampFormat;
  readonly errorNs: number;
}

/** The 16 bits of an estimate; the error is rounded up. Throws `RangeError` when it is negative or beyond 5e11 s. */
export function encodeErrorEstimate({ synchronised, format, errorNs }: ErrorEstimate): number {
  for (let scale = 0; scale <= MAX_SCALE; scale++) {
    const multiplier = Math.ceil((errorNs / NS_PER_S) * 2 ** (SCALE_BIAS - scale));
    if (multiplier <= MAX_MULTIPLIER && errorNs >= 0) {
      return (synchronised ? SYNCHRONISED : 0) | (format === 'ptp' ? PTP : 0) | (scale << 8) | Math.max(multiplier, 1);
    }
  }
  throw new RangeError(`an error of ${errorNs} ns has no estimate`);
}

/** Undefined for a Multiplier of 0: RFC 4656 has such a packet discarded as corrupt. */
export function decodeErrorEstimate(bits: number): ErrorEstimate | undefined {
  const multiplier = bits & 0xff;
  if (multiplier === 0) return undefined;
  const scale = (bits >>> 8) & MAX_SCALE;
  return {
    synchronised: (bits & SYNCHRONISED) !== 0,
    format: formatOf(bits),
    errorNs: multiplier * 2 ** (scale - SCALE_BIAS) * NS_PER_S,
  };
}

/** The timestamp format alone, for the hot path. */
export const formatOf = (bits: number): TimestampFormat => ((bits & PTP) !== 0 ? 'ptp' : 'ntp');

export const hasMultiplier = (bits: number): boolean => (bits & 0xff) !== 0;
