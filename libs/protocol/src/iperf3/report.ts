import type { Direction } from '@pathgauge/result';
import * as v from 'valibot';
import {
  COUNT,
  fields,
  type JsonObject,
  list,
  MAX_COUNT,
  number,
  optional,
  reader,
  type Schema,
  withoutUndefined,
} from './json-schema';
import { LOAD_LIMITS } from './limits';

// Behind the state REPORT: what the receiving end has counted of the intervals that are over.

/** Room for an interval of each stream and their sum, in both directions. */
export const MAX_REPORT_BYTES = 65_536;
export const MAX_REPORTED_INTERVALS = 2 * (LOAD_LIMITS.streams.max + 1);
/** Of figures in nanoseconds. */
const MAX_NS = 1e19;

const INTERVAL = v.pipe(
  fields(
    {
      /** Undefined: the sum of all streams of the direction. */
      stream: optional(COUNT),
      direction: v.picklist(['up', 'down'], 'is not a direction') as Schema<Direction>,
      startNs: number({ min: 0, max: MAX_NS }),
      endNs: number({ min: 0, max: MAX_NS }),
      bytes: COUNT,
      messages: optional(COUNT),
      /** A late arrival takes one off a later interval. */
      lost: optional(number({ min: -MAX_COUNT, max: MAX_COUNT, whole: true })),
      jitterNs: optional(number({ min: 0, max: MAX_NS })),
      owdMeanNs: optional(number({ min: -MAX_NS, max: MAX_NS })),
    },
    'has an entry that is not an object',
  ),
  // All of it may have arrived at one moment.
  v.check(({ startNs, endNs }) => startNs <= endNs, 'endNs: is before startNs'),
);

/** One interval as the receiving end has counted it. */
export type ReportedInterval = v.InferOutput<typeof INTERVAL>;

const REPORT = v.pipe(
  fields({
    intervals: list(INTERVAL, { max: MAX_REPORTED_INTERVALS, problem: 'is not a list', excess: 'is too long' }),
  }),
  v.transform(({ intervals }) => intervals),
);

export const reportFromJson = reader(REPORT, 'report');

/** Of what is given, only what a report has. */
export const reportToJson = (intervals: readonly ReportedInterval[]): JsonObject => ({
  intervals: intervals.map(({ stream, direction, startNs, endNs, bytes, messages, lost, jitterNs, owdMeanNs }) =>
    withoutUndefined({ stream, direction, startNs, endNs, bytes, messages, lost, jitterNs, owdMeanNs }),
  ),
});
