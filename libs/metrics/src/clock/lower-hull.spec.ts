import fc from 'fast-check';
import { LowerHull } from './lower-hull';

type Point = readonly [x: number, y: number];

const columnsOf = (points: readonly Point[]) => ({
  xs: Float64Array.from(points, ([x]) => x),
  ys: Float64Array.from(points, ([, y]) => y),
});

const hullOf = (points: readonly Point[]): LowerHull => {
  const hull = new LowerHull(points.length);
  const { xs, ys } = columnsOf(points);
  hull.raise(xs, ys, 0, 0, points.length);
  return hull;
};

const cornersOf = (hull: LowerHull): Point[] =>
  Array.from({ length: hull.size }, (_, corner) => [hull.x(corner), hull.y(corner)] as const);

/** Above 0 where the way over a, b and c turns left; exact. */
const turn = ([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): bigint =>
  BigInt(bx - ax) * BigInt(cy - ay) - BigInt(cx - ax) * BigInt(by - ay);

/** A corner is the lowest at its x, and no two points to its left and right have their line on it or below it. */
function bruteForce(points: readonly Point[]): Point[] {
  const lowest = points.filter(([x, y]) => points.every(([otherX, otherY]) => otherX !== x || otherY >= y));
  const corners = lowest.filter((point) => {
    const left = lowest.filter(([x]) => x < point[0]);
    const right = lowest.filter(([x]) => x > point[0]);
    return left.every((a) => right.every((c) => turn(a, point, c) > 0n));
  });
  return [...new Map(corners.map((corner) => [corner[0], corner])).values()];
}

/** Products of differences stay below 2^53, so that the hull's own arithmetic is exact. */
const pointSets = (range: number) =>
  fc
    .array(fc.tuple(fc.integer({ min: -range, max: range }), fc.integer({ min: -range, max: range })), {
      minLength: 1,
      maxLength: 40,
    })
    .map((points) => [...points].sort((a, b) => a[0] - b[0]));
const points = fc.oneof(pointSets(4), pointSets(20), pointSets(1e7));

describe('LowerHull', () => {
  it.each<[string, Point[], Point[]]>([
    ['one point', [[3, 5]], [[3, 5]]],
    [
      'the lower one of two at one x',
      [
        [3, 5],
        [3, 4],
      ],
      [[3, 4]],
    ],
    [
      'the same point twice',
      [
        [3, 5],
        [3, 5],
      ],
      [[3, 5]],
    ],
    [
      'a point above an edge',
      [
        [0, 0],
        [1, 1],
        [2, 0],
      ],
      [
        [0, 0],
        [2, 0],
      ],
    ],
    [
      'a point on an edge',
      [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
      [
        [0, 0],
        [2, 2],
      ],
    ],
    [
      'a point below',
      [
        [0, 0],
        [1, -1],
        [2, 0],
      ],
      [
        [0, 0],
        [1, -1],
        [2, 0],
      ],
    ],
    [
      'a last one that undercuts all',
      [
        [0, 5],
        [1, 4],
        [2, 4],
        [3, -9],
      ],
      [
        [0, 5],
        [3, -9],
      ],
    ],
    [
      'a lower one at an x that was a corner',
      [
        [0, 0],
        [1, 3],
        [2, 9],
        [2, 2],
      ],
      [
        [0, 0],
        [2, 2],
      ],
    ],
  ])('%s', (_, given, corners) => {
    expect(cornersOf(hullOf(given))).toStrictEqual(corners);
  });

  it('has the corners that brute force finds', () => {
    fc.assert(
      fc.property(points, (given) => {
        expect(cornersOf(hullOf(given))).toStrictEqual(bruteForce(given).map(([x, y]) => [x, y]));
      }),
      { numRuns: 1000 },
    );
  });

  it('lies on or below every point, and turns left at every corner', () => {
    fc.assert(
      fc.property(points, (given) => {
        const corners = cornersOf(hullOf(given));
        for (let i = 2; i < corners.length; i++) {
          expect(turn(corners[i - 2] as Point, corners[i - 1] as Point, corners[i] as Point) > 0n).toBe(true);
        }
        for (const point of given) {
          const right = corners.findIndex(([x]) => x >= point[0]);
          const [end, begin] = [corners[right] as Point, corners[right - 1]];
          if (begin === undefined || end[0] === point[0]) expect(end[1]).toBeLessThanOrEqual(point[1]);
          else expect(turn(begin, end, point) >= 0n).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('holds a line of any slope below all points, and touches one', () => {
    fc.assert(
      fc.property(
        points,
        fc.integer({ min: -50, max: 50 }),
        fc.integer({ min: -1e6, max: 1e6 }),
        (given, slope, at) => {
          const expected = Math.min(...given.map(([x, y]) => y + slope * (at - x)));
          expect(hullOf(given).ceiling(slope, at)).toBe(expected);
        },
      ),
    );
  });

  it('finds the edge over an x', () => {
    fc.assert(
      fc.property(points, fc.double({ min: 0, max: 1, noNaN: true }), (given, share) => {
        const hull = hullOf(given);
        const [first, last] = [hull.x(0), hull.x(hull.size - 1)];
        const at = first + share * (last - first);
        const edge = hull.edgeAt(at);
        if (hull.size < 2) {
          expect(edge).toBeUndefined();
          return;
        }
        expect(hull.x(edge as number)).toBeLessThanOrEqual(at);
        expect(hull.x((edge as number) + 1)).toBeGreaterThanOrEqual(at);
      }),
    );
  });

  it('takes the nearest edge beyond its ends', () => {
    const hull = hullOf([
      [0, 5],
      [1, 0],
      [2, 5],
    ]);
    // Corners at 0, 1 and 2: the edges begin at the first and the second.
    expect([-7, 0, 0.5, 1, 1.5, 2, 9].map((at) => hull.edgeAt(at))).toStrictEqual([0, 0, 0, 1, 1, 1, 1]);
  });

  it('forgets what it held', () => {
    const hull = hullOf([
      [0, 5],
      [1, 0],
    ]);
    hull.raise(new Float64Array(0), new Float64Array(0), 0, 0, 0);
    expect(hull.size).toBe(0);
    expect(hull.edgeAt(0)).toBeUndefined();
    expect(hull.ceiling(0, 0)).toBe(Number.POSITIVE_INFINITY);
    hull.raise(Float64Array.of(9, -4), Float64Array.of(9, 1), 0, 1, 1);
    expect(cornersOf(hull)).toStrictEqual([[-4, 1]]);
  });

  it('takes points in a given order, some of a list, all higher by as much', () => {
    const hull = new LowerHull(4);
    // In order of x: 1, 3, 5. The point at 3 lies on the line between the others, no corner; at 2 it would be one.
    hull.raise(Float64Array.of(99, 5, 1, 3), Float64Array.of(99, 10, 0, 5), 7, 1, 3, Int32Array.of(2, 3, 1));
    expect(cornersOf(hull)).toStrictEqual([
      [1, 7],
      [5, 17],
    ]);
  });
});
