import type { Direction } from '@pathgauge/result';
import type { LoadPlan } from './load-plan';
import { streamId } from './stream-id';

/** A stream that a test is to have, whether or not anybody tells of it. */
export interface StreamPlace {
  readonly id: number;
  readonly direction: Direction;
  /** Among those of its direction. */
  readonly index: number;
}

/** All of them, in the order in which they are opened. */
export const streamPlaces = ({
  directions,
  parallel,
}: Pick<LoadPlan, 'directions' | 'parallel'>): readonly StreamPlace[] =>
  directions.flatMap((direction, way) =>
    Array.from({ length: parallel }, (_, index) => ({ id: streamId(way * parallel + index), direction, index })),
  );
