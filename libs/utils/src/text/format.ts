import { NS_PER_MS, NS_PER_S } from '@pathgauge/units';

/** What stands for a figure that is not known. */
export const ABSENT = '-';

/** Milliseconds with digits enough for what a network shows: 0.0312, 0.214, 12.35, 120.4. No unit. */
export function millisecondsText(ns: number | undefined): string {
  if (ns === undefined) return ABSENT;
  const ms = ns / NS_PER_MS;
  const size = Math.abs(ms);
  const text = ms.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 || size === 0 ? 3 : 4);
  return Number(text) === 0 ? '0.000' : text;
}

export const delayText = (ns: number | undefined): string => (ns === undefined ? ABSENT : `${millisecondsText(ns)} ms`);

export const secondsText = (ns: number): string => (ns / NS_PER_S).toFixed(2);

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

/** A share as a percentage, with digits enough that a loss is never printed as none. */
export function percentText(ratio: number | undefined): string {
  if (ratio === undefined) return ABSENT;
  const percent = ratio * 100;
  if (percent === 0 || percent >= 1) return `${trimmed(Number(percent.toFixed(1)))} %`;
  return `${percent.toPrecision(2)} %`;
}

export const countText = (count: number | undefined): string => (count === undefined ? ABSENT : String(count));

const significant = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3);

const trimmed = (value: number): string => String(Number(value.toPrecision(4)));
