import type { Direction, Interval } from '@pathgauge/result';
import type { Instant } from '@pathgauge/units';
import { reportOf } from '../../../test/interval-reports';
import { outcomeOf } from '../../../test/stream-outcomes';
import { ALL_METRICS } from '../../metric-switches';
import { DirectedStreams } from './directed-streams';
import type { StreamHandle } from './stream-handle';
import type { StreamOutcome } from './stream-outcome';

const END = 5e9 as Instant;
const IDS = [1, 3] as const;

interface Setting {
  readonly direction?: Direction;
  readonly isSending?: boolean;
  readonly parallel?: number;
  readonly hasReports?: boolean;
  readonly offsetNs?: number | undefined;
  /** Of stream 3; undefined: its role has ended before. */
  readonly second?: StreamOutcome | undefined;
}

/** Streams that a test has say what it wants, and what is told of them: the stream, its bytes, where they were counted. */
function setUp(setting: Setting = {}) {
  const { direction = 'up', isSending = false, parallel = 2, hasReports = false, offsetNs } = setting;
  const told: string[] = [];
  const intervals: Interval[] = [];
  const name = ({ stream, bytes, measuredAt }: Interval): string => `${stream ?? 'all'}: ${bytes} at the ${measuredAt}`;
  const streams = new DirectedStreams(
    { direction, isSending, parallel, metrics: ALL_METRICS, hasReports, latestOffsetNs: () => offsetNs },
    {
      onInterval: (interval) => {
        intervals.push(interval);
        told.push(name(interval));
      },
      onReportable: (all) => told.push(`to report: ${all.map(({ stream }) => stream ?? 'all').join(' ')}`),
      onComplete: () => told.push('complete'),
    },
  );
  const outcomes = new Map([
    [1, outcomeOf(1, 10)],
    [3, 'second' in setting ? setting.second : outcomeOf(3, 30)],
  ]);
  for (const id of IDS.slice(0, parallel)) {
    const progress = { bytes: 100 * id, lastArrival: undefined, isComplete: undefined };
    streams.add(id, { progress, finish: async () => outcomes.get(id) } as unknown as StreamHandle);
  }
  const reported = (stream: number | undefined, bytes: number) =>
    streams.receive({ ...reportOf(0, bytes).interval, stream, direction });
  return { streams, told, intervals, reported };
}

const sentBy = (second: number, bytes: number) => {
  const report = reportOf(second, bytes);
  return { ...report, interval: { ...report.interval, measuredAt: 'sender' as const } };
};

describe('the streams of one direction', () => {
  it('tell each stream and then all of them, once all have told their interval', () => {
    const { streams, told } = setUp();
    streams.report(3, reportOf(0, 30));
    expect(told).toStrictEqual([]);
    streams.report(1, reportOf(0, 10));
    expect(told).toStrictEqual(['1: 10 at the receiver', '3: 30 at the receiver', 'all: 40 at the receiver']);
  });

  it('tell of a single stream no more than of all', () => {
    const { streams, told } = setUp({ parallel: 1 });
    streams.report(1, reportOf(0, 10));
    expect(told).toStrictEqual(['all: 10 at the receiver']);
  });

  it('do not wait for one that has ended', () => {
    const { streams, told } = setUp();
    streams.report(1, reportOf(0, 10));
    streams.endStream(3);
    expect(told).toStrictEqual(['1: 10 at the receiver', 'all: 10 at the receiver']);
  });

  it.each<[Direction, number | undefined, number | undefined]>([
    // A server whose clock is ahead by 40 sees the way up as longer, the way down as shorter.
    ['up', 40, 60],
    ['down', 40, 140],
    ['up', undefined, undefined],
  ])('going %s, with a clock ahead by %p, take 100 for %p', (direction, offsetNs, owdMeanNs) => {
    const { streams, intervals } = setUp({ direction, offsetNs, parallel: 1 });
    streams.report(1, { ...reportOf(0, 10), transitMeanNs: 100, transits: 1 });
    expect(intervals).toMatchObject([{ owdMeanNs }]);
  });

  describe('whose intervals the other end is to know', () => {
    it('are reported by the end that receives, together with their sum', () => {
      const { streams, told } = setUp({ hasReports: true });
      streams.report(1, reportOf(0, 10));
      streams.report(3, reportOf(0, 30));
      expect(told.at(-1)).toBe('to report: 1 3 all');
    });

    it('are told by the end that sends as they were received, when that is known', () => {
      const { streams, told, reported } = setUp({ isSending: true, hasReports: true });
      streams.report(1, sentBy(0, 10));
      streams.report(3, sentBy(0, 30));
      expect(told).toStrictEqual([]);
      reported(1, 9);
      reported(3, 28);
      reported(undefined, 37);
      expect(told).toStrictEqual(['1: 9 at the receiver', '3: 28 at the receiver', 'all: 37 at the receiver']);
    });

    it.each([
      [3, 'bytes reported 9000000, sent by then 300'],
      [undefined, 'bytes reported 9000000, sent by then 400'],
    ])('are not believed where there are more than %p has sent', (stream, fault) => {
      const { streams, reported } = setUp({ isSending: true, hasReports: true });
      reported(stream, 9e6);
      expect(streams.fault).toBe(fault);
      expect(setUp({ isSending: true }).streams.fault).toBeUndefined();
    });

    it.each([
      [false, ['all: 10 at the sender']],
      [true, ['all: 10 at the sender']],
    ])('are told as they were sent where nothing was ever reported; all there is: %p', (hasAll, expected) => {
      const { streams, told } = setUp({ isSending: true, hasReports: true, parallel: 1 });
      streams.report(1, sentBy(0, 10));
      streams.settle(hasAll);
      expect(told).toStrictEqual(expected);
    });

    it('are told as they were sent where the other end does not report', () => {
      const { streams, told, reported } = setUp({ isSending: true, parallel: 1 });
      streams.report(1, sentBy(0, 10));
      reported(undefined, 9);
      expect(told).toStrictEqual(['all: 10 at the sender']);
    });
  });

  it('are complete, once, when all of them are', () => {
    const { streams, told } = setUp();
    streams.completeStream(3);
    streams.completeStream(3);
    expect(told).toStrictEqual([]);
    streams.completeStream(1);
    streams.complete();
    expect(told).toStrictEqual(['complete']);
  });

  it('tell their figures in the order in which they were opened', async () => {
    const { streams } = setUp();
    expect(await streams.finish(END)).toMatchObject([{ figures: { id: 1 } }, { figures: { id: 3 } }]);
  });

  it('tell no figures of one whose role has ended, and wait for no interval of it', async () => {
    const { streams, told } = setUp({ second: undefined });
    streams.report(1, reportOf(0, 10));
    expect(await streams.finish(END)).toMatchObject([{ figures: { id: 1 } }]);
    expect(told).toStrictEqual(['1: 10 at the receiver', 'all: 10 at the receiver']);
  });
});
