import { milliseconds, type Span, seconds } from '@pathgauge/units';
import type { RawArguments } from './command-line';
import type { OptionSpec } from './option-spec';
import { parseDuration, parseSize, UsageError } from './quantities';

// How often, how much at a time, how long.

const DEFAULT_INTERVAL = '1s';
const DEFAULT_LOAD_TIME = '10s';
/** iperf3 servers allow a day. */
const MAX_LOAD = seconds(86_400);
const DEFAULT_REPORT_INTERVAL = '1s';
const MIN_REPORT = milliseconds(10);
const MAX_REPORT = seconds(3600);

/** What clients have in common, each with a description of its own. */
export const PACE_OPTIONS = {
  interval: { alias: 'i', kind: 'value', default: DEFAULT_INTERVAL },
  length: { alias: 'l', kind: 'value' },
  time: { alias: 't', kind: 'value', default: DEFAULT_LOAD_TIME },
  bitrate: { alias: 'b', kind: 'value' },
  max: { kind: 'flag' },
} as const satisfies Record<string, Omit<OptionSpec, 'describe'>>;

export const REPORT_INTERVAL_OPTION = {
  'report-interval': {
    kind: 'value',
    describe: 'Time between lines while a load test runs',
    default: DEFAULT_REPORT_INTERVAL,
  },
} as const satisfies Record<string, OptionSpec>;

/** A time that must be above 0. */
export function positiveDuration(name: string, text: string): Span {
  const value = parseDuration(text);
  if (value <= 0) throw new UsageError(`--${name} ${text}: must be above 0`);
  return value;
}

export function reportIntervalArgument(raw: RawArguments<'report-interval'>): Span {
  const text = raw.text('report-interval') ?? DEFAULT_REPORT_INTERVAL;
  const value = positiveDuration('report-interval', text);
  if (value < MIN_REPORT || value > MAX_REPORT) {
    throw new UsageError(`--report-interval ${text}: must be from 10ms to 1h`);
  }
  return value;
}

/** How long a load test is to last. */
export function loadTimeArgument(raw: RawArguments<'time'>): Span {
  const text = raw.text('time') ?? DEFAULT_LOAD_TIME;
  const value = positiveDuration('time', text);
  if (value > MAX_LOAD) throw new UsageError(`--time ${text}: a load test may last 24h at the most`);
  return value;
}

/** Time between messages or probes; 0 has a meaning of its own in each client. */
export function intervalArgument(raw: RawArguments<'interval'>): Span {
  const text = raw.text('interval') ?? DEFAULT_INTERVAL;
  const interval = parseDuration(text);
  if (interval < 0) throw new UsageError(`--interval ${text}: must not be negative`);
  return interval;
}

/** Bytes of a message, within what its kind allows. */
export function lengthArgument(
  raw: RawArguments<'length'>,
  byDefault: number,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const text = raw.text('length');
  if (text === undefined) return byDefault;
  const length = parseSize(text);
  if (length < min || length > max) throw new UsageError(`--length ${text}: must be from ${min} to ${max} bytes`);
  return length;
}
