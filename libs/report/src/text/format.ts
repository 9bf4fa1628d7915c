import { NS_PER_MS, NS_PER_S } from '@pathgauge/units';

/** What stands for a figure that is not known. */
const ABSENT = '-';

/**
 * Milliseconds with digits enough for what a network shows: 0.0312, 0.214, 12.35, 120.4. No unit. 0 only where it is exactly
 * that: below 50 ns there is a bound.
 */
export function millisecondsText(ns: number | undefined): string {
  if (ns === undefined) return ABSENT;
  const ms = ns / NS_PER_MS;
  const size = Math.abs(ms);
  if (ns === 0) return '0.000';
  if (size < 0.000_05) return ns > 0 ? '<0.0001' : '>-0.0001';
  return ms.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : 4);
}

export const delayText = (ns: number | undefined): string => (ns === undefined ? ABSENT : `${millisecondsText(ns)} ms`);

/** Seconds to the hundredth; below half of one, to the first digit that is not 0. */
export function secondsText(ns: number): string {
  const seconds = ns / NS_PER_S;
  const digits = ns === 0 || Math.abs(seconds) >= 0.005 ? 2 : Math.min(9, Math.ceil(-Math.log10(Math.abs(seconds))));
  return seconds.toFixed(digits);
}

/** A span as a user would write it: 20 ms, 1 s, 2.5 s. */
export function spanText(ns: number): string {
  if (ns >= NS_PER_S) return `${trimmed(ns / NS_PER_S)} s`;
  if (ns >= NS_PER_MS) return `${trimmed(ns / NS_PER_MS)} ms`;
  return `${trimmed(ns / 1e3)} us`;
}

/** kbit/s, Mbit/s or Gbit/s, 1000-based. */
export function rateText(bitsPerSecond: number | undefined): string {
  if (bitsPerSecond === undefined) return ABSENT;
  const [factor, unit] =
    bitsPerSecond >= 1e9 ? [1e9, 'Gbit/s'] : bitsPerSecond >= 1e6 ? [1e6, 'Mbit/s'] : [1e3, 'kbit/s'];
  return `${significant(bitsPerSecond / factor)} ${unit}`;
}

/** B, KiB, MiB or GiB, 1024-based. */
export function sizeText(bytes: number | undefined): string {
  if (bytes === undefined) return ABSENT;
  const steps = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let step = 0;
  while (value >= 1024 && step < steps.length - 1) {
    value /= 1024;
    step++;
  }
  return `${step === 0 ? value : significant(value)} ${steps[step]}`;
}

/** A share as a percentage: 0 % and 100 % only where it is exactly that. */
export function percentText(ratio: number | undefined): string {
  if (ratio === undefined) return ABSENT;
  if (ratio === 0 || ratio === 1) return `${ratio * 100} %`;
  const percent = ratio * 100;
  if (percent < 0.01) return '<0.01 %';
  if (percent < 1) return `${percent.toPrecision(2)} %`;
  if (percent < 99.95) return `${trimmed(Number(percent.toFixed(1)))} %`;
  return percent < 99.995 ? `${percent.toFixed(2)} %` : '>99.99 %';
}

/** 1,024: whole numbers that are read digit by digit otherwise. */
export const groupedText = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');

export const countText = (count: number | undefined): string => (count === undefined ? ABSENT : String(count));

/** Parts in a million to the tenth, below one to the thousandth, without a sign. */
export function ppmText(ppm: number): string {
  const size = Math.abs(ppm);
  return `${size > 0 && size < 0.000_5 ? '<0.001' : size.toFixed(size < 1 && size > 0 ? 3 : 1)} ppm`;
}

function significant(value: number): string {
  if (value > 0 && value < 0.000_5) return '<0.001';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
}

const trimmed = (value: number): string => String(Number(value.toPrecision(4)));
