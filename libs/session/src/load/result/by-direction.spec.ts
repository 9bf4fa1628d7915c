import { byDirection, joined } from './by-direction';

const plus = (a: number, b: number) => a + b;

it('a value of each direction is none where neither has one', () => {
  expect(byDirection((direction) => (direction === 'up' ? 1 : undefined))).toStrictEqual({ up: 1, down: undefined });
  expect(byDirection(() => undefined)).toBeUndefined();
});

it.each([
  [{ up: 1, down: 2 }, 3],
  [{ up: 1, down: undefined }, 1],
  [{ up: undefined, down: 2 }, 2],
  [undefined, undefined],
])('both are joined, one alone is itself: %j', (pair, expected) => {
  expect(joined(pair, plus)).toBe(expected);
});
