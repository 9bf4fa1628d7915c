import { NS_PER_S, type WallTime } from '@pathgauge/units';
import { readU32, writeU32 } from '../bytes/integers';

/** The two 64-bit timestamp formats of OWAMP, TWAMP and STAMP; the Z bit of the Error Estimate says which. */
export type TimestampFormat = 'ntp' | 'ptp';

/** Seconds from 1900-01-01, where NTP's era 0 begins, to 1970-01-01. */
const NTP_TO_UNIX = 2_208_988_800;
const FRACTION_STEPS = 2 ** 32;

/** How far away a right clock seems when it is written in one format and read in the other, modulo 2^32. */
export const EPOCHS_APART_SECONDS = FRACTION_STEPS - NTP_TO_UNIX;

/** NTP fraction of a nanosecond count below 1e9: floor(ns * 2^32 / 1e9). The product is rounded, the floor is right for all of them. */
export const fractionOf = (nanoseconds: number): number => Math.floor((nanoseconds * FRACTION_STEPS) / NS_PER_S);

/** Nanoseconds of an NTP fraction: round(fraction * 1e9 / 2^32). 1e9 itself can come out, for the last fractions. */
export const nanosecondsOf = (fraction: number): number => Math.round((fraction * NS_PER_S) / FRACTION_STEPS);

/** The seconds of an NTP timestamp, modulo 2^32. */
export const ntpSeconds = (time: WallTime): number => (time.seconds + NTP_TO_UNIX) % FRACTION_STEPS;

/** Writes 8 bytes at `at`. Seconds are taken modulo 2^32, as both formats do. */
export function writeTimestamp(bytes: Uint8Array, at: number, time: WallTime, format: TimestampFormat): void {
  if (format === 'ntp') {
    writeU32(bytes, at, ntpSeconds(time));
    writeU32(bytes, at + 4, fractionOf(time.nanoseconds));
  } else {
    writeU32(bytes, at, time.seconds % FRACTION_STEPS);
    writeU32(bytes, at + 4, time.nanoseconds);
  }
}

/**
 * Reads 8 bytes at `at` into `into`. Seconds come out as Unix seconds modulo 2^32: only a comparison with another clock shows
 * which era is meant. A PTP timestamp with 1e9 nanoseconds or more is taken as it stands.
 */
export function readTimestamp(bytes: Uint8Array, at: number, format: TimestampFormat, into: WallTime): void {
  const seconds = readU32(bytes, at);
  const low = readU32(bytes, at + 4);
  into.seconds = format === 'ntp' ? (seconds - NTP_TO_UNIX + FRACTION_STEPS) % FRACTION_STEPS : seconds;
  into.nanoseconds = format === 'ntp' ? nanosecondsOf(low) : low;
}

/** Whether the 8 bytes at `at` are zero, which stands for no timestamp in either format. */
export const isNoTimestamp = (bytes: Uint8Array, at: number): boolean =>
  readU32(bytes, at) === 0 && readU32(bytes, at + 4) === 0;
