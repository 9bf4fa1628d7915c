import { milliseconds, seconds } from '@pathgauge/units';
import fc from 'fast-check';
import { planOf } from '../../../test/load-plans';
import type { LoadPlan } from './load-plan';
import { paceOfStream } from './stream-pace';

const pacesOf = (plan: LoadPlan) => Array.from({ length: plan.parallel }, (_, i) => paceOfStream(plan, i));

it('is the same for each stream of a load that the time ends', () => {
  const plan = planOf({ parallel: 3, spacing: milliseconds(10), duration: seconds(1), burst: 5 });
  const expected = { spacing: 10e6, burst: 5, planned: 100, lastLength: undefined, duration: 1e9 };
  expect(pacesOf(plan)).toStrictEqual([expected, expected, expected]);
});

it('plans nothing where only the path decides', () => {
  expect(paceOfStream(planOf({ duration: seconds(1) }), 0)).toMatchObject({
    planned: undefined,
    lastLength: undefined,
  });
});

it.each<[string, Partial<LoadPlan>, [number, number][]]>([
  [
    '10 messages',
    { parallel: 4, amount: { bytes: 10_000 } },
    [
      [3, 1000],
      [3, 1000],
      [2, 1000],
      [2, 1000],
    ],
  ],
  [
    'a rest, which the last of the longer ones has',
    { parallel: 2, amount: { bytes: 2300 } },
    [
      [2, 300],
      [1, 1000],
    ],
  ],
  [
    'a rest of the last stream',
    { parallel: 2, amount: { bytes: 3300 } },
    [
      [2, 1000],
      [2, 300],
    ],
  ],
  [
    'fewer messages than streams',
    { parallel: 3, amount: { bytes: 700 } },
    [
      [1, 700],
      [0, 1000],
      [0, 1000],
    ],
  ],
  ['a rest that is shorter than the header of a record', { amount: { bytes: 2001 } }, [[2, 1001]]],
  [
    'such a rest among streams',
    { parallel: 2, amount: { bytes: 3019 } },
    [
      [2, 1019],
      [1, 1000],
    ],
  ],
  ['such a rest behind a record that cannot be longer', { length: 1_048_576, amount: { bytes: 1_048_577 } }, [[2, 20]]],
  ['a rest that is shorter than that of a datagram', { protocol: 'udp', amount: { bytes: 1001 } }, [[2, 16]]],
  ['blocks that are shorter than a header', { length: 4, amount: { bytes: 10 } }, [[2, 6]]],
])('shares %s', (_, wanted, expected) => {
  const paces = pacesOf(planOf(wanted));
  expect(paces.map(({ planned, lastLength }) => [planned, lastLength])).toStrictEqual(expected);
});

it('sends an amount to the byte, whatever it is, and no stream much more than another', () => {
  const any = fc.record({
    bytes: fc.integer({ min: 1, max: 1e9 }),
    parallel: fc.integer({ min: 1, max: 128 }),
    length: fc.integer({ min: 20, max: 1_000_000 }),
  });
  fc.assert(
    fc.property(any, ({ bytes, parallel, length }) => {
      const paces = pacesOf(planOf({ parallel, length, amount: { bytes } }));
      const planned = paces.map((pace) => pace.planned as number);
      const sent = paces.map((pace, i) => {
        const count = planned[i] as number;
        return count === 0 ? 0 : (count - 1) * length + (pace.lastLength as number);
      });
      const sum = sent.reduce((a, b) => a + b, 0);
      expect(sum).toBe(Math.max(bytes, 20));
      expect(Math.max(...planned) - Math.min(...planned)).toBeLessThanOrEqual(1);
    }),
  );
});
