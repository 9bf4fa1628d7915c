import type { Interval } from '@pathgauge/result';
import { intervalOf } from '../../../test/interval-reports';
import { checkIntervals, NO_REPORTS, type Reports } from './told-intervals';
import type { WeighedStream } from './weighed-stream';

const figures = (bytes: number, messages: number) => ({ bytes, messages }) as WeighedStream['sent'];
const weighed = (id: number, sent: number, received: number | undefined, direction = 'up' as const): WeighedStream => ({
  id,
  direction,
  sent: figures(sent, sent / 100),
  received: received === undefined ? undefined : figures(received, received / 100),
  awaited: undefined,
  contradictions: [],
});
const told = (second: number, bytes: number, more: Partial<Interval> = {}): Interval =>
  intervalOf(second, bytes, { measuredAt: 'receiver', messages: bytes / 100, lost: 0, sentBytes: 1000, ...more });
/** Every interval as this end knows it; of what it knows nothing of, the bytes are 7. */
const REPORTS: Reports = {
  faults: [],
  asSent: (interval) => (interval.bytes === 7 ? undefined : { ...interval, measuredAt: 'sender', bytes: 1000 }),
};
const check = (intervals: readonly Interval[], streams: readonly WeighedStream[], reports = REPORTS) =>
  checkIntervals({ intervals, streams, reports, direction: 'up', testNs: 4e9 });

describe('checkIntervals', () => {
  it('leaves what goes together as it is, with the other direction', () => {
    const intervals = [told(0, 900), told(1, 1000), told(0, 5e6, { direction: 'down' })];
    expect(check(intervals, [weighed(1, 2000, 1900)])).toStrictEqual({ intervals, contradictions: [] });
    expect(check(intervals, [])).toStrictEqual({ intervals, contradictions: [] });
    expect(
      checkIntervals({
        intervals: undefined,
        streams: [weighed(1, 2000, 1900)],
        reports: NO_REPORTS,
        direction: 'up',
        testNs: 1,
      }),
    ).toStrictEqual({ intervals: undefined, contradictions: [] });
  });

  it.each<[string, Partial<Interval>, string]>([
    ['more bytes than were sent', { bytes: 1101 }, 'bytes reported 2008, sent 2000'],
    ['more bytes than its results have', { bytes: 1001 }, 'bytes reported 1908, received in all 1907'],
    ['more messages than were sent', { messages: 12 }, 'messages reported 21, sent 20'],
    ['more lost than was sent', { lost: 21 }, 'messages reported as lost 21, sent 20'],
    ['an end behind that of the test', { endNs: 5e9 }, 'an interval in ns until 5000000000, in a test of 4253999999'],
    ['jitter beyond the test', { jitterNs: 1e10 }, 'a jitter in ns of 10000000000, in a test of 4253999999'],
    ['delay beyond the test', { owdMeanNs: -1e10 }, 'a delay in ns of 10000000000, in a test of 4253999999'],
    ['a rate of no network', { bitsPerSecond: 2e13 }, 'bits a second 20000000000000, on any path 10000000000000'],
  ])('does not believe %s', (_, more, contradiction) => {
    const other = told(0, 5, { direction: 'down' });
    const intervals = [told(0, 900), told(1, 1000, more), told(2, 7, { messages: 0 }), other];
    expect(check(intervals, [weighed(1, 2000, 1907)])).toStrictEqual({
      intervals: [...intervals.slice(0, 2).map((each) => ({ ...each, measuredAt: 'sender', bytes: 1000 })), other],
      contradictions: [contradiction],
    });
  });

  it('looks at each stream, and names a fault of a stream and of the sum once', () => {
    const intervals = [told(0, 1500, { stream: 1 }), told(0, 400, { stream: 3 }), told(0, 1900)];
    const { contradictions } = check(intervals, [weighed(1, 1000, 1000), weighed(3, 1000, 900)]);
    expect(contradictions).toStrictEqual(['bytes reported 1500, sent 1000']);
  });

  it('is about what was sent alone where no results came', () => {
    const intervals = [told(0, 900)];
    expect(check(intervals, [weighed(1, 2000, undefined)])).toStrictEqual({ intervals, contradictions: [] });
    expect(check(intervals, [weighed(1, 800, undefined)]).contradictions).toHaveLength(1);
  });

  it('has the own ones, and blames nobody, where a part was not reported', () => {
    const { intervals, contradictions } = check([told(0, 900)], [weighed(1, 2000, 1900)]);
    expect(contradictions).toStrictEqual([]);
    expect(intervals).toMatchObject([{ measuredAt: 'sender', bytes: 1000 }]);
  });

  it('has the own ones behind a fault that was seen while the load ran', () => {
    const { intervals, contradictions } = check([told(0, 1900)], [weighed(1, 2000, 1900)], {
      ...REPORTS,
      faults: ['late'],
    });
    expect(contradictions).toStrictEqual(['late']);
    expect(intervals).toMatchObject([{ measuredAt: 'sender' }]);
  });
});
