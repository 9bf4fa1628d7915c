import { LONGER_BURSTS, type LossBursts, MAX_COUNTED_BURST } from '@pathgauge/result';
import * as v from 'valibot';
import { COUNT, fields, isObject, type Schema } from './json-schema';

const isBurstLength = (key: string): boolean =>
  key === LONGER_BURSTS || (/^[1-9][0-9]*$/.test(key) && Number(key) <= MAX_COUNTED_BURST);

const isPositiveCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

type Lengths = LossBursts['lengths'];

/** valibot's own record would drop a key such as `__proto__` instead of refusing it. */
const LENGTHS: Schema<Lengths> = v.pipe(
  v.custom<Lengths>(isObject, 'lossBursts.lengths: is not an object'),
  v.check(
    (lengths) => Object.entries(lengths).every(([key, count]) => isBurstLength(key) && isPositiveCount(count)),
    'lossBursts.lengths: is not counts by length',
  ),
);

const totalOf = (lengths: Lengths): number => Object.values(lengths).reduce((sum, count) => sum + count, 0);

/** Of the lengths that have a key; "1025+" stands for that and more. */
const longestOf = (lengths: Lengths): number =>
  Object.keys(lengths).reduce((longest, key) => Math.max(longest, Number.parseInt(key, 10)), 0);

/** Runs of consecutive losses: how many, the longest, and how many of each length ("1025+": of that or more). */
export const LOSS_BURSTS: Schema<LossBursts> = v.pipe(
  fields({ count: COUNT, longest: COUNT, lengths: LENGTHS }),
  v.check(({ count, lengths }) => count === totalOf(lengths), 'lossBursts.count: is not the sum of its lengths'),
  v.check(
    ({ longest, lengths }) =>
      Object.hasOwn(lengths, LONGER_BURSTS) ? longest >= longestOf(lengths) : longest === longestOf(lengths),
    'lossBursts.longest: is not the longest of its lengths',
  ),
);
