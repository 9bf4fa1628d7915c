import type { LoadResult } from './documents';

// How the figures of a load belong together: streams, directions, intervals.

type Direction = 'up' | 'down';
const DIRECTIONS = { up: ['up'], down: ['down'], both: ['up', 'down'] } as const;

/** Expects what holds of any document of a load. */
export function expectLoadFigures(result: LoadResult): void {
  const directions: readonly Direction[] = DIRECTIONS[result.settings.direction];
  for (const direction of directions) expectDirection(result, direction);
  expectDatagrams(result);
  if (result.streams === null) return;
  const { streams, settings } = result;
  expect(new Set(streams.map(({ id }) => id)).size).toBe(streams.length);
  for (const direction of directions) expect(streamsOf(result, direction)).toHaveLength(settings.parallel);
}

const streamsOf = ({ streams }: LoadResult, direction: Direction) =>
  (streams ?? []).filter((stream) => stream.direction === direction);

/** Undefined where one of them is not known. */
const sumOf = (values: readonly (number | null | undefined)[]): number | undefined =>
  values.every((value) => typeof value === 'number')
    ? values.reduce<number>((sum, value) => sum + Number(value), 0)
    : undefined;

function expectDirection(result: LoadResult, direction: Direction): void {
  const rate = result.throughput?.[direction];
  if (!rate) return;
  expect(rate.bitsPerSecond).toBeCloseTo((rate.bytes * 8e9) / rate.durationNs, 3);
  const streams = streamsOf(result, direction);
  expect(sumOf(streams.map(({ bytes }) => bytes))).toBe(rate.bytes);
  if (rate.messages !== null) expect(sumOf(streams.map(({ messages }) => messages))).toBe(rate.messages);
  expectIntervals(result, direction, null, rate.bytes, sumOf(streams.map(({ sent }) => sent?.bytes)));
  if (result.settings.parallel === 1) return;
  for (const { id, bytes, sent } of streams) expectIntervals(result, direction, id, bytes, sent?.bytes);
}

/** Expects the bytes of all intervals to be those of the whole, at the end that has measured them. */
function expectIntervals(
  { intervals }: LoadResult,
  direction: Direction,
  stream: number | null,
  received: number | null,
  sent: number | undefined,
): void {
  const own = (intervals ?? []).filter((each) => each.direction === direction && each.stream === stream);
  const [end, ...others] = new Set(own.map(({ measuredAt }) => measuredAt));
  if (end === undefined || others.length > 0) return;
  const whole = end === 'receiver' ? received : sent;
  if (whole === null || whole === undefined) return;
  expect([direction, stream, sumOf(own.map(({ bytes }) => bytes))]).toEqual([direction, stream, whole]);
}

function expectDatagrams({ datagrams }: LoadResult): void {
  if (datagrams === null) return;
  const ways = [datagrams.up, datagrams.down].filter((way) => way !== null);
  for (const { sent, received, lost } of ways) expect(received + lost).toBe(sent);
  for (const name of ['sent', 'received', 'lost'] as const) {
    expect([name, sumOf(ways.map((way) => way[name]))]).toEqual([name, datagrams[name]]);
  }
  expect([datagrams.up?.lost ?? null, datagrams.down?.lost ?? null]).toEqual([datagrams.lostUp, datagrams.lostDown]);
}
