import type { InferOutput } from 'valibot';
import { DistributionSchema } from './distribution';
import { count, fields, number, oneOf, orUnknown } from './schema';

export const BoundsSchema = fields({
  low: number,
  high: number,
});

/** What is to be added to a value for the least and the most that the truth may be. */
export interface Bounds extends InferOutput<typeof BoundsSchema> {}

export const ClockEstimateSchema = fields({
  offsetNs: number,
  offsetLowNs: number,
  offsetHighNs: number,
  /** Above 0: the server's clock gains. Not known where 0 is within its interval, or there is none. */
  skewPpm: orUnknown(number),
  /** Not known where there is nothing to tell it by, or it was not the same all along. */
  skewLowPpm: orUnknown(number),
  skewHighPpm: orUnknown(number),
  /** How often one clock jumped against the other during the run. */
  steps: count,
});

/** Server minus client, at the middle of the run. */
export interface ClockEstimate extends InferOutput<typeof ClockEstimateSchema> {}

export const OwdBasisSchema = oneOf('same-clock', 'synchronised', 'bounds');

/** Which assumption the one-way delays stand on. */
export type OwdBasis = InferOutput<typeof OwdBasisSchema>;

export const OneWayDelaySchema = fields({
  basis: OwdBasisSchema,
  up: orUnknown(DistributionSchema),
  down: orUnknown(DistributionSchema),
  /** The true up value lies in [value + low, value + high]; the down value in [value - high, value - low]. */
  uncertaintyNs: BoundsSchema,
  /** The same for each direction alone, narrower where something widens only one: true values are in [value + low, value + high]. */
  intervalNs: fields({ up: BoundsSchema, down: BoundsSchema }),
  clock: ClockEstimateSchema,
});

export interface OneWayDelay extends InferOutput<typeof OneWayDelaySchema> {}
