import type { ByDirection, Direction } from '@pathgauge/result';

/** What each direction has of something; undefined where neither has. */
export function byDirection<T>(of: (direction: Direction) => T | undefined): ByDirection<T> | undefined {
  const [up, down] = [of('up'), of('down')];
  return up === undefined && down === undefined ? undefined : { up, down };
}

/** Both values joined, where there are two; else the one that there is. */
export function joined<T>(pair: ByDirection<T> | undefined, join: (up: T, down: T) => T): T | undefined {
  const { up, down } = pair ?? {};
  return up === undefined || down === undefined ? (up ?? down) : join(up, down);
}
