import type { Direction, Interval } from '@pathgauge/result';
import { NS_PER_S } from '@pathgauge/units';
import { both } from './merged-figures';
import type { WeighedStream } from './weighed-stream';

/** What is known of the intervals that the other end has reported. */
export interface Reports {
  /** What cannot be, as it was seen while the load ran. */
  readonly faults: readonly string[];
  /** An interval as this end alone knows it; undefined where it knows nothing of it. */
  asSent(interval: Interval): Interval | undefined;
}

export const NO_REPORTS: Reports = { faults: [], asSent: (interval) => interval };

interface ToldIntervals {
  readonly intervals: readonly Interval[] | undefined;
  readonly reports: Reports;
  /** In which this end sends. */
  readonly direction: Direction;
  readonly streams: readonly WeighedStream[];
  /** Nothing in the test can have taken longer. */
  readonly testNs: number;
}

interface CheckedIntervals {
  readonly intervals: readonly Interval[] | undefined;
  readonly contradictions: readonly string[];
}

/** No network is faster, and no two clocks differ more in pace, within a moment: as for results. */
const MAX_BITS_PER_SECOND = 1e13;
const MOMENT_NS = 0.25 * NS_PER_S;
const PACE = 1.001;

/**
 * Holds what was reported against what was sent, and against what the other end says in its results. Where they do not go together, the
 * direction has the intervals that this end knows of itself.
 */
export function checkIntervals(told: ToldIntervals): CheckedIntervals {
  const { intervals = [], direction, reports } = told;
  const own = told.streams.filter((stream) => stream.direction === direction);
  if (own.length === 0) return { intervals: told.intervals, contradictions: [] };
  const reported = intervals.filter((each) => each.direction === direction && each.measuredAt === 'receiver');
  const ways = [undefined, ...own.map(({ id }) => id)].map((id) => ({
    all: reported.filter(({ stream }) => stream === id),
    ...wholeOf(id === undefined ? own : own.filter((stream) => stream.id === id)),
  }));
  const found = ways.flatMap((way) => contradictionOf(way, told.testNs) ?? []);
  // A stream that is told twice over, by itself and in the sum, is one contradiction.
  const contradictions = [...reports.faults, ...found.slice(0, 1)];
  const isWhole = contradictions.length === 0 && !ways.some(isMissingSome);
  if (isWhole || told.intervals === undefined) return { intervals: told.intervals, contradictions };
  return {
    intervals: intervals.flatMap((each) => (each.direction === direction ? (reports.asSent(each) ?? []) : each)),
    contradictions,
  };
}

/** The reports of a stream, or of all streams together, and what was sent and received in all. */
interface Way {
  readonly all: readonly Interval[];
  readonly sent: Counts;
  readonly received: Counts;
}

interface Counts {
  readonly bytes: number | undefined;
  readonly messages: number | undefined;
}

const wholeOf = (streams: readonly WeighedStream[]): Pick<Way, 'sent' | 'received'> => ({
  sent: countsOf(streams.map(({ sent }) => sent)),
  received: countsOf(streams.map(({ received }) => received)),
});

const countsOf = (figures: readonly (Counts | undefined)[]): Counts => ({
  bytes: sumOf(figures.map((each) => each?.bytes)),
  messages: sumOf(figures.map((each) => each?.messages)),
});

/** Undefined where one of them is not known. */
const sumOf = (values: readonly (number | undefined)[]): number | undefined =>
  values.reduce((sum, each) => both(sum, each, (a, b) => a + b));

const reportedBytes = ({ all }: Way): number => all.reduce((sum, { bytes }) => sum + bytes, 0);

/** Not everything that arrived was reported, or not all of that was believed. */
const isMissingSome = (way: Way): boolean =>
  way.all.length > 0 && way.received.bytes !== undefined && reportedBytes(way) < way.received.bytes;

function contradictionOf(way: Way, testNs: number): string | undefined {
  const { all, sent, received } = way;
  const bytes = reportedBytes(way);
  const messages = all.reduce((sum, each) => sum + (each.messages ?? 0), 0);
  const longest = testNs * PACE + MOMENT_NS;
  return (
    above('bytes reported', bytes, sent.bytes, 'sent') ??
    above('bytes reported', bytes, received.bytes, 'received in all') ??
    above('messages reported', messages, sent.messages, 'sent') ??
    above(
      'messages reported as lost',
      largest(all, ({ lost }) => lost),
      sent.messages,
      'sent',
    ) ??
    above(
      'an interval in ns until',
      largest(all, ({ endNs }) => endNs),
      longest,
      'in a test of',
    ) ??
    above(
      'a jitter in ns of',
      largest(all, ({ jitterNs }) => jitterNs),
      longest,
      'in a test of',
    ) ??
    above(
      'a delay in ns of',
      largest(all, ({ owdMeanNs }) => Math.abs(owdMeanNs ?? 0)),
      longest,
      'in a test of',
    ) ??
    above(
      'bits a second',
      largest(all, ({ bitsPerSecond }) => bitsPerSecond),
      MAX_BITS_PER_SECOND,
      'on any path',
    )
  );
}

const largest = (all: readonly Interval[], of: (interval: Interval) => number | undefined): number =>
  all.reduce((most, each) => Math.max(most, of(each) ?? 0), 0);

const above = (what: string, value: number, most: number | undefined, than: string): string | undefined =>
  most === undefined || value <= most ? undefined : `${what} ${value}, ${than} ${Math.floor(most)}`;
