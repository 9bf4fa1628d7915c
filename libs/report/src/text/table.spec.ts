import fc from 'fast-check';
import { tableLines } from './table';

describe('tableLines', () => {
  it('aligns the first column to the left, the others to the right', () => {
    expect(
      tableLines([
        ['ms', 'min', 'avg'],
        ['rtt', '0.214', '10'],
        ['one-way up', '-', '9'],
      ]),
    ).toStrictEqual(['ms            min  avg', 'rtt         0.214   10', 'one-way up      -    9']);
  });

  it('has no lines for no rows, and no blanks at the end', () => {
    expect(tableLines([])).toStrictEqual([]);
    expect(tableLines([['a'], ['bcd']])).toStrictEqual(['a', 'bcd']);
  });

  it('makes full rows equally long', () => {
    const cell = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(...'abc1.') });
    const rows = fc
      .integer({ min: 2, max: 5 })
      .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1 }));
    fc.assert(
      fc.property(rows, (all) => {
        expect(new Set(tableLines(all).map((line) => line.length)).size).toBe(1);
      }),
    );
  });
});
