import { intervalOf } from '../../../test/interval-reports';
import { KeptIntervals } from './kept-intervals';

it('keeps all as long as they are few enough', () => {
  const kept = new KeptIntervals(3);
  const all = [intervalOf(0, 1, { stream: 1 }), intervalOf(0, 2, { stream: 3 }), intervalOf(0, 3)];
  for (const interval of all) kept.push(interval);
  expect(kept.all).toStrictEqual(all);
});

it('keeps the sums alone where those of streams are too many, then none', () => {
  const kept = new KeptIntervals(3);
  const second = (i: number): void => {
    kept.push(intervalOf(i, 1, { stream: 1 }));
    kept.push(intervalOf(i, 1));
  };
  for (const i of [0, 1, 2]) second(i);
  expect(kept.all).toStrictEqual([intervalOf(0, 1), intervalOf(1, 1), intervalOf(2, 1)]);
  second(3);
  expect(kept.all).toBeUndefined();
  second(4);
  expect(kept.all).toBeUndefined();
});
