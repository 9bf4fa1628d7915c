import { span } from '@pathgauge/units';
import { reportOf } from '../../../test/interval-reports';
import { HeldInterval } from './held-interval';

const setUp = () => {
  const told: [startNs: number, endNs: number, bytes: number][] = [];
  const held = new HeldInterval(span(0.1e9), ({ interval }) =>
    told.push([interval.startNs, interval.endNs, interval.bytes]),
  );
  return { told, held };
};

it('passes an interval on with the next one, or when it is settled, once', () => {
  const { told, held } = setUp();
  held.hold(reportOf(0, 10));
  expect(told).toStrictEqual([]);
  held.hold(reportOf(1, 20));
  expect(told).toStrictEqual([[0, 1e9, 10]]);
  held.release();
  held.release();
  expect(told).toStrictEqual([
    [0, 1e9, 10],
    [1e9, 2e9, 20],
  ]);
});

it.each([
  ['a sliver to the one before', 1.099e9, [[0, 1.099e9, 15]]],
  ['what arrived after the end of the time to the one before', 1e9, [[0, 1e9, 15]]],
  [
    'what is long enough to an interval of its own',
    1.1e9,
    [
      [0, 1e9, 10],
      [1e9, 1.1e9, 5],
    ],
  ],
])('adds %s', (_, endNs, expected) => {
  const { told, held } = setUp();
  held.hold(reportOf(0, 10));
  held.end(reportOf(1, 5, { endNs }));
  expect(told).toStrictEqual(expected);
});

it('has a sliver by itself where nothing is held', () => {
  const { told, held } = setUp();
  held.hold(reportOf(0, 10));
  held.release();
  held.end(reportOf(1, 5, { endNs: 1.01e9 }));
  expect(told.at(-1)).toStrictEqual([1e9, 1.01e9, 5]);
});
