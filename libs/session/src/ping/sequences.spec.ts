import { sequenceOf, sequencesBetween } from './sequences';

const LAST = 2 ** 32 - 1;

it('counts on behind the last number of 32 bits from 0', () => {
  expect([0, 7, LAST, LAST + 1, LAST + 8].map(sequenceOf)).toStrictEqual([0, 7, LAST, 0, 7]);
});

it('counts the numbers from one to another, across the wrap, too', () => {
  expect(sequencesBetween(5, 9)).toBe(4);
  expect(sequencesBetween(LAST, 2)).toBe(3);
  expect(sequencesBetween(9, 5)).toBe(LAST - 3);
});
