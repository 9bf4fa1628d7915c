import type { InferOutput } from 'valibot';
import { LossBurstsSchema, PROBE_COUNTS, ReorderExtentSchema } from './probe-counts';
import { count, fields, flag, orUnknown, ratio } from './schema';

export const OneWayCountsSchema = fields({
  sent: count,
  received: count,
  lost: count,
  /** 0 to 1; not known when nothing was sent. */
  lossRatio: orUnknown(ratio),
  /** Not known where nobody counts them; so is `reordered`. */
  duplicates: orUnknown(count),
  /** RFC 4737: arrived after one that was sent later. */
  reordered: orUnknown(count),
  reorderExtent: orUnknown(ReorderExtentSchema),
  notSent: orUnknown(count),
  hostDropped: orUnknown(count),
  hostDroppedEstimated: orUnknown(flag),
  lossBursts: orUnknown(LossBurstsSchema),
});

/** Datagrams of one direction, of all of its streams together: sent = received + lost. */
export interface OneWayCounts extends InferOutput<typeof OneWayCountsSchema> {}

export const DatagramCountsSchema = fields({
  ...PROBE_COUNTS,
  up: orUnknown(OneWayCountsSchema),
  down: orUnknown(OneWayCountsSchema),
});

/** Datagrams of all streams and of both directions together, and each direction alone. */
export interface DatagramCounts extends InferOutput<typeof DatagramCountsSchema> {}
