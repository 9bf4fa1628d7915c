import type { DistributionState } from '@pathgauge/result';
import * as v from 'valibot';
import { fields, MAX_COUNT, number, optional, type Schema, withoutUndefined } from './json-schema';

/** Two signs of 53 octaves of 1024 bins, and the finest. */
const MAX_BINS = 131_072;
/** Centuries: what two clocks are apart is in transit times. */
const MAX_NS = 1e19;

export const DURATION = number({ min: 0, max: MAX_NS });
const NANOSECONDS = number({ min: -MAX_NS, max: MAX_NS });

type Bin = DistributionState['bins'][number];

const isPair = (bin: unknown): boolean => Array.isArray(bin) && bin.length === 2;

/** Far from 0 not every whole number is there, but what is there is one. */
const isWhole = (value: number): boolean => Number.isInteger(value) && Math.abs(value) <= MAX_NS;

const isOccurrences = (value: number): boolean => Number.isSafeInteger(value) && value > 0;

const isAscending = (bins: readonly Bin[]): boolean =>
  bins.every((bin, i) => isWhole(bin[0]) && isOccurrences(bin[1]) && (i === 0 || bin[0] > bins[i - 1]![0]));

/** One check of the whole list: a schema for each of 131,072 pairs would take a tenth of a second. */
const BINS: Schema<readonly Bin[]> = v.pipe(
  v.custom<readonly Bin[]>((bins) => Array.isArray(bins) && bins.length <= MAX_BINS, 'transit.bins: is not a list'),
  v.check((bins) => bins.every(isPair), 'transit.bins: has an entry that is not a pair'),
  v.check(isAscending, 'transit.bins: is not ascending pairs of whole numbers'),
);

/** A distribution of transit times. */
export interface TransitState extends DistributionState {
  /** Whole seconds that belong to every value, where clocks are so far apart that nanoseconds would lose digits. */
  readonly baseSeconds?: number | undefined;
}

export const TRANSIT: Schema<TransitState> = v.pipe(
  fields({
    count: number({ min: 1, max: MAX_COUNT, whole: true }),
    meanNs: NANOSECONDS,
    sumSquares: number({ min: 0 }),
    minNs: NANOSECONDS,
    maxNs: NANOSECONDS,
    referenceNs: NANOSECONDS,
    bins: BINS,
    baseSeconds: optional(number({ min: -(2 ** 32), max: 2 ** 32, whole: true })),
  }),
  v.check(
    ({ count, bins }) => count === bins.reduce((sum, bin) => sum + bin[1], 0),
    'transit.count: is not the sum of its bins',
  ),
  v.check(({ minNs, maxNs }) => minNs <= maxNs, 'transit.minNs: is above maxNs'),
  v.transform((state) => withoutUndefined({ ...state, baseSeconds: state.baseSeconds || undefined })),
);

/** The same with at most `max` bins, one at the least: neighbours become one, at the mean of their values. */
export function withFewerBins(state: TransitState, max: number): TransitState {
  let { bins } = state;
  while (bins.length > Math.max(1, max)) bins = inPairs(bins);
  return bins === state.bins ? state : { ...state, bins };
}

function inPairs(bins: readonly Bin[]): readonly Bin[] {
  const pairs: Bin[] = [];
  for (let i = 0; i < bins.length; i += 2) {
    const [one, other] = [bins[i], bins[i + 1]] as [Bin, Bin | undefined];
    pairs.push(other === undefined ? one : meanOf(one, other));
  }
  return pairs;
}

/** As a distance from the lower value: the sum keeps its digits also where the clocks are years apart. */
const meanOf = ([low, few]: Bin, [high, more]: Bin): Bin => [
  low + Math.round(((high - low) * more) / (few + more)),
  few + more,
];
