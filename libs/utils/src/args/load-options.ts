import { type Span, seconds, span } from '@pathgauge/units';
import type { RawArguments } from './command-line';
import type { OptionSpec } from './option-spec';
import { loadTimeArgument } from './pace-options';
import { parseCount, parseDuration, parseRate, parseSize, UsageError } from './quantities';

// What a load test is to send: how many streams, in which directions, how much.

const MAX_WAIT: Span = seconds(3600);

/** What every client has for load tests, beside a pace. */
export const LOAD_OPTIONS = {
  reverse: { alias: 'R', kind: 'flag', describe: 'Load: the server sends, the client receives' },
  bidir: { kind: 'flag', describe: 'Load: both directions at once' },
  parallel: { alias: 'P', kind: 'value', describe: 'Load: so many streams in each direction', default: '1' },
  omit: { alias: 'O', kind: 'value', describe: 'Load: so much time at the start is in no figure' },
  bytes: { alias: 'n', kind: 'value', describe: 'Load: so much (10M) each way instead of a time' },
  blocks: {
    alias: 'k',
    also: ['blockcount'],
    kind: 'value',
    describe: 'Load: so many records or datagrams each way',
  },
  'wait-busy': { kind: 'value', bare: '1m', describe: 'Load: ask a busy server again, for 1m or so long' },
  'get-server-output': { kind: 'flag', describe: "Load: show the server's own report as well" },
  zerocopy: { alias: 'Z', kind: 'flag', describe: 'Load: as in iperf3; there is nothing here to gain' },
} as const satisfies Record<string, OptionSpec>;

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** What a load test may be asked for. */
export interface LoadLimits {
  readonly streams: Bounds;
  readonly burst: Bounds;
  readonly omitSeconds: Bounds;
  readonly windowBytes: Bounds;
  readonly mssBytes: Bounds;
  readonly trafficClass: Bounds;
}

type Name = Exclude<keyof typeof LOAD_OPTIONS, 'zerocopy'> | 'time';

/** How long a message is, in bytes, and how long at the least; and how a number of them is written. */
interface LoadMessage {
  readonly length: number;
  readonly min: number;
  readonly counted: string;
}

/** What is sent of `message`. */
export function loadArguments(raw: RawArguments<Name>, limits: LoadLimits, message: LoadMessage) {
  const amount = amountArgument(raw, message);
  return {
    directions: directionsArgument(raw),
    parallel: parallelArgument(raw, limits.streams),
    amount,
    omit: omitArgument(raw, limits.omitSeconds),
    duration: amount === undefined ? loadTimeArgument(raw) : undefined,
    waitBusy: waitArgument(raw),
    getServerOutput: raw.flag('get-server-output'),
  };
}

/** Whether an amount is to be sent, which needs no time. */
export const hasAmount = (raw: RawArguments<'bytes' | 'blocks'>): boolean =>
  raw.text('bytes') !== undefined || raw.text('blocks') !== undefined;

function directionsArgument(raw: RawArguments<'reverse' | 'bidir'>): readonly ('up' | 'down')[] {
  const isReverse = raw.flag('reverse');
  if (!raw.flag('bidir')) return [isReverse ? 'down' : 'up'];
  if (isReverse) throw new UsageError('choose -R or --bidir: with --bidir the server sends, too');
  return ['up', 'down'];
}

function parallelArgument(raw: RawArguments<'parallel'>, { min, max }: Bounds): number {
  const text = raw.text('parallel');
  if (text === undefined) return min;
  const streams = parseCount(text);
  if (streams > max) throw new UsageError(`-P ${text}: must be from ${min} to ${max}, which is iperf3's limit`);
  return streams;
}

function amountArgument(raw: RawArguments<'time' | 'bytes' | 'blocks'>, message: LoadMessage) {
  const [bytesText, blocksText] = [raw.text('bytes'), raw.text('blocks')];
  const given = [raw.text('time') && '-t', bytesText && '-n', blocksText && '-k'].filter((name) => name !== undefined);
  if (given.length > 1) throw new UsageError(`choose one of ${given.join(', ')}: each of them ends the test`);
  if (bytesText !== undefined) return { bytes: bytesOf(bytesText, message) };
  if (blocksText === undefined) return undefined;
  const bytes = parseCount(blocksText) * message.length;
  if (!Number.isSafeInteger(bytes)) throw new UsageError(`-k ${blocksText}: too many to be counted`);
  return { bytes };
}

function bytesOf(text: string, { min, counted }: LoadMessage): number {
  const bytes = parseSize(text);
  if (bytes < min) throw new UsageError(`-n ${text}: must be ${min} bytes or more; ${counted}`);
  return bytes;
}

function omitArgument(raw: RawArguments<'omit'>, { max }: Bounds): Span {
  const text = raw.text('omit');
  if (text === undefined) return span(0);
  const omit = parseDuration(text);
  if (omit < 0 || omit > seconds(max)) throw new UsageError(`-O ${text}: must be from 0 to ${max} seconds`);
  return omit;
}

function waitArgument(raw: RawArguments<'wait-busy'>): Span | undefined {
  const text = raw.text('wait-busy');
  if (text === undefined) return undefined;
  const wait = parseDuration(text);
  if (wait < 0 || wait > MAX_WAIT) {
    throw new UsageError(`--wait-busy ${text}: must be from 0 to 1h; a port is written -p ${text}`);
  }
  return wait;
}

/** A rate, and how many messages leave together: `10M/5`. */
export function bitrateOf(text: string, { min, max }: Bounds) {
  const [, rate = text, count] = /^(.*)\/(\d*)$/.exec(text) ?? [];
  if (count === undefined) return { rate: parseRate(text), burst: min };
  const burst = count === '' ? Number.NaN : Number(count);
  if (!(burst >= min && burst <= max)) {
    throw new UsageError(`-b ${text}: a burst is from ${min} to ${max} messages; write ${rate}/5`);
  }
  return { rate: parseRate(rate), burst };
}
