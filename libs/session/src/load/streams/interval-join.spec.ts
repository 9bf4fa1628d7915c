import type { ReportedInterval } from '@pathgauge/protocol';
import type { Interval } from '@pathgauge/result';
import fc from 'fast-check';
import { intervalOf } from '../../../test/interval-reports';
import { ALL_METRICS } from '../../metric-switches';
import { IntervalJoin } from './interval-join';

const own = (second: number, bytes: number, more: Partial<Interval> = {}): Interval =>
  intervalOf(second, bytes, { measuredAt: 'sender', retransmits: 1, rttNs: 2, cwndBytes: 3, ...more });
const reported = (second: number, bytes: number, more: Partial<Interval> = {}): ReportedInterval =>
  intervalOf(second, bytes, { messages: 10, lost: 1, jitterNs: 4, owdMeanNs: 5, ...more });

const setUp = (metrics = ALL_METRICS, streams: readonly (number | undefined)[] = [undefined]) => {
  const sent = { bytes: 1e12, streams: 1 };
  const told: Interval[] = [];
  const join = new IntervalJoin(metrics, { onInterval: (interval) => told.push(interval), sentSoFar: () => sent });
  for (const stream of streams) join.add(stream);
  return { told, join, sent };
};

it.each([
  ['this end first', true],
  ['the peer first', false],
])('tells an interval when both ends have it, %s', (_, isOwnFirst) => {
  const { told, join } = setUp();
  const halves = [() => join.addOwn(own(0, 1000)), () => join.addReported(reported(0, 900, { endNs: 0.9e9 }))];
  if (!isOwnFirst) halves.reverse();
  halves[0]?.();
  expect(told).toStrictEqual([]);
  halves[1]?.();
  expect(told).toStrictEqual([
    {
      ...{ startNs: 0, endNs: 0.9e9, stream: undefined, direction: 'up', measuredAt: 'receiver' },
      // 7200 bits in 0.9 s.
      ...{ bytes: 900, sentBytes: 1000, bitsPerSecond: 8000, messages: 10, lost: 1, jitterNs: 4, owdMeanNs: 5 },
      ...{ retransmits: 1, rttNs: 2, cwndBytes: 3 },
    },
  ]);
});

it('leaves out what this end does not want to know', () => {
  const { told, join } = setUp({ ...ALL_METRICS, throughput: false, jitter: false, oneWayDelay: false });
  join.addOwn(own(0, 1000));
  join.addReported(reported(0, 900));
  expect(told).toMatchObject([{ bytes: 900, bitsPerSecond: undefined, jitterNs: undefined, owdMeanNs: undefined }]);
});

it('joins each stream, and the sum, for itself', () => {
  const { told, join } = setUp(ALL_METRICS, [undefined, 1, 3]);
  for (const [stream, bytes] of [
    [1, 10],
    [3, 20],
    [undefined, 30],
  ] as const)
    join.addOwn(own(0, bytes, { stream }));
  for (const [stream, bytes] of [
    [undefined, 29],
    [3, 20],
    [1, 9],
  ] as const)
    join.addReported(reported(0, bytes, { stream }));
  expect(told.map(({ stream, bytes, sentBytes }) => [stream, bytes, sentBytes])).toStrictEqual([
    [undefined, 29, 30],
    [3, 20, 20],
    [1, 9, 10],
  ]);
});

it('has nothing sent in what comes when all was sent', () => {
  const { told, join } = setUp();
  join.addOwn(own(0, 1000));
  join.addReported(reported(0, 900));
  join.addReported(reported(1, 100));
  expect(told).toHaveLength(1);
  join.endOwn();
  expect(told[1]).toMatchObject({ bytes: 100, sentBytes: 0, retransmits: undefined });
});

it('has nothing received in what was sent behind the last that a peer reports which has told all', () => {
  const { told, join } = setUp();
  join.addOwn(own(0, 1000));
  join.addOwn(own(1, 50));
  join.addReported(reported(0, 1050));
  join.endOwn();
  join.settle(true);
  expect(told.map(({ bytes, sentBytes, measuredAt }) => [bytes, sentBytes, measuredAt])).toStrictEqual([
    [1050, 1000, 'receiver'],
    [0, 50, 'receiver'],
  ]);
});

it('tells how much was sent where the peer has told nothing, or not all, and nothing is joined afterwards', () => {
  for (const hasOne of [false, true]) {
    const { told, join } = setUp();
    join.addOwn(own(0, 1000));
    if (hasOne) join.addReported(reported(0, 900));
    join.addOwn(own(1, 1000));
    join.settle(false);
    join.addReported(reported(1, 900));
    join.addOwn(own(2, 70));
    expect(told.map(({ measuredAt }) => measuredAt)).toStrictEqual([
      hasOne ? 'receiver' : 'sender',
      'sender',
      'sender',
    ]);
  }
});

describe('a hostile peer', () => {
  it('cannot tell of streams that there are not', () => {
    const { told, join } = setUp();
    join.addReported(reported(0, 1, { stream: 7 }));
    join.endOwn();
    expect(told).toStrictEqual([]);
  });

  it('is heard of 256 intervals ahead at the most, and of 600 behind the end', () => {
    const { told, join } = setUp();
    for (let i = 0; i < 1000; i++) join.addReported(reported(i, 1));
    join.endOwn();
    expect(told).toHaveLength(256);
    for (let i = 1000; i < 2000; i++) join.addReported(reported(i, 1));
    expect(told).toHaveLength(600);
  });

  it.each<[string, readonly ReportedInterval[], string]>([
    ['more than can have arrived', [reported(0, 500), reported(1, 3e6)], 'bytes reported 3000500, sent by then 1000'],
    ['an earlier time', [reported(4, 10), reported(3, 10)], 'intervals are reported out of order'],
  ])('that reports %s is not believed any more', (_, reports, fault) => {
    const { told, join, sent } = setUp();
    sent.bytes = 1000;
    for (const one of reports) join.addReported(one);
    join.addOwn(own(0, 600));
    join.addOwn(own(1, 400));
    expect(join.fault).toBe(fault);
    expect(told.map(({ measuredAt }) => measuredAt).at(-1)).toBe('sender');
    join.addReported(reported(9, 1));
    join.endOwn();
    expect(told).toHaveLength(2);
  });

  it('does not hide what this end knows of itself', () => {
    const { told, join } = setUp();
    const first = own(0, 1000);
    join.addOwn(first);
    join.addReported(reported(0, 900));
    join.endOwn();
    join.addReported(reported(1, 7));
    join.addOwn(own(2, 5));
    join.settle(false);
    expect(told.map((interval) => join.asSent(interval))).toStrictEqual([first, undefined, own(2, 5)]);
  });

  it('that never reports is waited for during 600 intervals', () => {
    const { told, join } = setUp();
    for (let i = 0; i < 600; i++) join.addOwn(own(i, 1));
    expect(told).toStrictEqual([]);
    join.addOwn(own(600, 1));
    expect(told).toHaveLength(601);
    join.addOwn(own(601, 1));
    expect(told).toHaveLength(602);
  });
});

it('tells every byte of both ends once, whatever comes when', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(1000)), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (all) => {
      const { told, join } = setUp();
      const second = { own: 0, theirs: 0 };
      // A first one each: with nothing joined, all that was sent is told as that.
      for (const [isOwn, bytes] of [[true, 1], [false, 1], ...all] as const) {
        if (isOwn) join.addOwn(own(second.own++, bytes));
        else if (second.theirs - second.own < 256) join.addReported(reported(second.theirs++, bytes));
      }
      join.endOwn();
      join.settle(true);
      expect(told).toHaveLength(Math.max(second.own, second.theirs));
      const sent = all.filter(([isOwn]) => isOwn).reduce((sum, [, bytes]) => sum + bytes, 1);
      expect(told.reduce((sum, { sentBytes }) => sum + (sentBytes ?? 0), 0)).toBe(sent);
    }),
  );
});
