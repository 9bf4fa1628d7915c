import { FIGURES, invalid, withStream, withTransit } from '../../test/stream-figures';
import { figuresFromJson, type StreamFigures } from './stream-figures';

describe('transit times of a peer', () => {
  it.each<[string, unknown, Partial<StreamFigures>]>([
    ['no transit', withStream('transit', 'null'), { transit: undefined }],
  ])('reads %s', (_, json, expected) => {
    expect(figuresFromJson(json)).toStrictEqual({ ok: true, value: [{ ...FIGURES, ...expected }] });
  });

  it.each([
    ['a transit that is a list', withStream('transit', '[]'), 'transit'],
    ['a transit that is a number', withStream('transit', '7'), 'transit'],
    ['a transit without anything', withStream('transit', '{}'), 'count'],
    ['a transit without its count', withStream('transit', '{"bins":[]}'), 'count'],
    ['no bins, yet a count', withTransit('bins', '[]'), 'transit.count'],
    ['a count above its bins', withTransit('count', '4'), 'transit.count'],
    ['a count below its bins', withTransit('count', '2'), 'transit.count'],
    ['a count of 0', withTransit('count', '0'), 'count'],
    ['a negative sum of squares', withTransit('sumSquares', '-1'), 'sumSquares'],
    ...['null', '{}', '"x"', '7'].map((value) => [`bins ${value}`, withTransit('bins', value), 'transit.bins']),
    ...[
      ['that descend', '[[40,1],[-5,2]]'],
      ['that repeat', '[[40,1],[40,2]]'],
      ['of halves', '[[-5.5,2],[40,1]]'],
      ['of half occurrences', '[[-5,2.5],[40,0.5]]'],
      ['without occurrences', '[[-5,0],[40,3]]'],
      ['of negative occurrences', '[[-5,-1],[40,4]]'],
      ['beyond centuries', '[[-5,2],[1e20,1]]'],
      ['beyond doubles', '[[-1e309,2],[40,1]]'],
      ['of strings', '[["-5",2],[40,1]]'],
      ['of nulls', '[[null,2],[40,1]]'],
      ['of one', '[[3]]'],
      ['of three', '[[-5,2,0],[40,1]]'],
      ['of objects', '[{"0":-5,"1":2,"length":2},[40,1]]'],
      ['of null', '[null]'],
    ].map(([name, value]) => [`bins ${name}`, withTransit('bins', value!), 'transit.bins']),
    ...['count', 'meanNs', 'sumSquares', 'minNs', 'maxNs', 'referenceNs'].flatMap((key) =>
      ['"1"', 'true', '[]', '{}', '1e309', '-1e309'].map((value) => [`${key} ${value}`, withTransit(key, value), key]),
    ),
  ] as [string, unknown, string][])('names what is wrong with %s', (_, json, field) => {
    expect(figuresFromJson(json)).toStrictEqual(invalid(field));
  });

  it('refuses more bins than a distribution has', () => {
    const bins = (count: number) => Array.from({ length: count }, (_, i) => [i, 1]);
    const read = (count: number) =>
      figuresFromJson(withTransit('count', `${count},"bins":${JSON.stringify(bins(count))}`));
    expect(read(131_072).ok).toBe(true);
    expect(read(131_073)).toStrictEqual(invalid('transit.bins'));
  });
});
