import { type BitRate, bitsPerSecond, NS_PER_MS, NS_PER_S, NS_PER_US, type Span, span } from '@pathgauge/units';

/** What a user wrote that cannot be meant: one line, exit code 2. */
export class UsageError extends Error {
  readonly code = 'EUSAGE';
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  '': NS_PER_S,
  ns: 1,
  us: NS_PER_US,
  ms: NS_PER_MS,
  s: NS_PER_S,
  sec: NS_PER_S,
  m: 60 * NS_PER_S,
  min: 60 * NS_PER_S,
  h: 3600 * NS_PER_S,
};

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  ...{ k: 1024, kib: 1024 },
  ...{ m: 1024 ** 2, mib: 1024 ** 2 },
  ...{ g: 1024 ** 3, gib: 1024 ** 3 },
  ...{ t: 1024 ** 4, tib: 1024 ** 4 },
};

const RATE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** `20ms`, `1.5s`, `2m`; a bare number is seconds. */
export function parseDuration(text: string): Span {
  const value = quantity(text, DURATION_UNITS);
  if (value === undefined) throw new UsageError(`'${text}' is not a time; write 20ms, 1s or 2m`);
  return span(Math.round(value));
}

/** `1400`, `1400B`, `64K`; units are 1024-based. */
export function parseSize(text: string): number {
  const value = quantity(text, SIZE_UNITS);
  if (value === undefined || !Number.isInteger(value)) {
    throw new UsageError(`'${text}' is not a size in bytes; write 1400, 1400B or 64K`);
  }
  return value;
}

/** `100M`, `2.5G`, bits a second; units are 1000-based. */
export function parseRate(text: string): BitRate {
  const value = quantity(text.replace(/(bit\/s|bps|bit)$/i, ''), RATE_UNITS);
  if (value === undefined || value < 1) {
    throw new UsageError(
      `'${text}' is not a bit rate of 1 bit/s or more; write 500K, 100M or 2.5G${value === 0 ? ', or --max' : ''}`,
    );
  }
  return bitsPerSecond(value);
}

export function parseCount(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)) || Number(text) < 1) {
    throw new UsageError(`'${text}' is not a count; write a whole number from 1`);
  }
  return Number(text);
}

/** A port; 0 only where the system may pick one. */
export function parsePort(text: string, smallest: 0 | 1): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= smallest && port <= 65_535)) {
    throw new UsageError(`'${text}' is not a port; write a number from ${smallest} to 65535`);
  }
  return port;
}

function quantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit] = /^(-?\d+(?:\.\d+)?|-?\.\d+)\s*([a-zµ]*)$/i.exec(text.trim()) ?? [];
  const factor = units[(unit ?? '').toLowerCase().replace('µ', 'u')];
  if (number === undefined || factor === undefined) return undefined;
  const value = Number(number) * factor;
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
