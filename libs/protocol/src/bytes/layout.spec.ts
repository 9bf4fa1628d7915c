import { layout } from './layout';

describe('layout', () => {
  it('places each field behind those before it', () => {
    const fields = [
      ['a', 4, 'first'],
      ['b', 1, 'second'],
      ['c', 8, 'third'],
    ] as const;
    const { offset, size, fields: kept } = layout(fields);
    expect(offset).toStrictEqual({ a: 0, b: 4, c: 5 });
    expect(size).toBe(13);
    expect(kept).toBe(fields);
  });

  it('is empty without fields', () => {
    expect(layout([])).toStrictEqual({ fields: [], offset: {}, size: 0 });
  });
});
