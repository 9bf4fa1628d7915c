import type { ByDirection, Direction } from '@pathgauge/result';

/** A value of which only one direction has one. */
export const oneDirection = <T>(direction: Direction, value: T): ByDirection<T> =>
  direction === 'up' ? { up: value, down: undefined } : { up: undefined, down: value };
