import fc from 'fast-check';
import { reportOf } from '../../../test/interval-reports';
import { IntervalSums } from './interval-sums';

/** What is told, as the stream, the second and the bytes of each. */
const setUp = (ids: readonly number[], isSummed = true) => {
  const told: [stream: number | undefined, second: number, bytes: number][][] = [];
  const sums = new IntervalSums(isSummed, (reports) =>
    told.push(reports.map(({ interval }) => [interval.stream, interval.startNs / 1e9, interval.bytes])),
  );
  for (const id of ids) sums.add(id);
  return { told, sums };
};

it('tells each stream, then all, once all have reported an interval', () => {
  const { told, sums } = setUp([1, 3]);
  sums.report(3, reportOf(0, 20));
  sums.report(3, reportOf(1, 21));
  expect(told).toStrictEqual([]);
  sums.report(1, reportOf(0, 10));
  expect(told).toStrictEqual([
    [
      [1, 0, 10],
      [3, 0, 20],
      [undefined, 0, 30],
    ],
  ]);
});

it('waits no more for a stream that has ended, and tells what the others have', () => {
  const { told, sums } = setUp([1, 3]);
  sums.report(1, reportOf(0, 10));
  sums.report(1, reportOf(1, 11));
  sums.report(3, reportOf(0, 20));
  sums.end(3);
  expect(told.at(-1)).toStrictEqual([
    [1, 1, 11],
    [undefined, 1, 11],
  ]);
  sums.end(1);
  expect(told).toHaveLength(2);
});

it('tells one stream alone as it is', () => {
  const { told, sums } = setUp([1], false);
  sums.report(1, reportOf(0, 10));
  expect(told).toStrictEqual([[[undefined, 0, 10]]]);
});

it('hears nothing of streams that it does not know', () => {
  const { told, sums } = setUp([1]);
  sums.report(7, reportOf(0, 10));
  sums.end(7);
  expect(told).toStrictEqual([]);
});

it('tells every byte once, whatever comes when', () => {
  const reports = fc.array(fc.tuple(fc.constantFrom(1, 3, 4), fc.nat(1000)), { maxLength: 40 });
  fc.assert(
    fc.property(reports, (all) => {
      const { told, sums } = setUp([1, 3, 4]);
      const next = new Map<number, number>();
      for (const [id, bytes] of all) {
        const second = next.get(id) ?? 0;
        next.set(id, second + 1);
        sums.report(id, reportOf(second, bytes));
      }
      for (const id of [1, 3, 4]) sums.end(id);
      for (const wanted of [1, 3, 4]) {
        const ofStream = told.flat().filter(([stream]) => stream === wanted);
        expect(ofStream.map(([, , bytes]) => bytes)).toStrictEqual(
          all.flatMap(([id, bytes]) => (id === wanted ? [bytes] : [])),
        );
      }
      const summed = told.flat().filter(([stream]) => stream === undefined);
      expect(summed.map(([, second]) => second)).toStrictEqual(summed.map((_, i) => i));
      expect(summed.reduce((sum, [, , bytes]) => sum + bytes, 0)).toBe(all.reduce((sum, [, bytes]) => sum + bytes, 0));
    }),
  );
});
