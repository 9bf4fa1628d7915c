import fc from 'fast-check';
import { FIGURES, invalid, withStream, withTransit } from '../../test/stream-figures';
import { MAX_RESULTS_BYTES } from './json-message';
import { figuresFromJson, figuresToJson, NO_RECEIVER_FIGURES, type StreamFigures } from './stream-figures';
import { type TransitState, withFewerBins } from './transit-state';

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

describe('fewer bins', () => {
  const stateOf = (bins: TransitState['bins']): TransitState => ({
    count: bins.reduce((sum, [, occurrences]) => sum + occurrences, 0),
    meanNs: 0,
    sumSquares: 0,
    minNs: bins[0]?.[0] ?? 0,
    maxNs: bins.at(-1)?.[0] ?? 0,
    referenceNs: 0,
    bins,
  });
  const anyBins = fc
    .uniqueArray(fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 1, max: 1000 })), {
      selector: ([value]) => value,
      minLength: 1,
      maxLength: 200,
    })
    .map((bins) => bins.sort(([a], [b]) => a - b));

  it('are no more than asked for, and stand for as many, each within those that it is made of', () => {
    fc.assert(
      fc.property(anyBins, fc.integer({ min: 0, max: 250 }), (bins, max) => {
        const state = stateOf(bins);
        const fewer = withFewerBins(state, max);
        expect(fewer.bins.length).toBeLessThanOrEqual(Math.max(1, max));
        if (bins.length <= max) expect(fewer).toBe(state);
        expect(stateOf(fewer.bins).count).toBe(state.count);
        let from = 0;
        for (const [value, occurrences] of fewer.bins) {
          const made: number[] = [];
          for (let count = 0; count < occurrences; from++) {
            made.push((bins[from] as [number, number])[0]);
            count += (bins[from] as [number, number])[1];
          }
          expect(value).toBeGreaterThanOrEqual(Math.min(...made));
          expect(value).toBeLessThanOrEqual(Math.max(...made));
        }
      }),
    );
  });

  it('is what each of 256 streams tells at the most, so that all have room and can be read', () => {
    // The most digits that a day of nanoseconds and a day of records have.
    const bins = Array.from({ length: 5000 }, (_, i) => [86_400_000_000_000 + 1000 * i, 10_000_000] as const);
    const transit = stateOf(bins);
    const one = { ...NO_RECEIVER_FIGURES, id: 1, bytes: 1, messages: transit.count, durationNs: 1, transit };
    const json = JSON.stringify(figuresToJson(Array.from({ length: 256 }, (_, id) => ({ ...one, id }))));
    expect(json.length).toBeLessThan(MAX_RESULTS_BYTES - 256 * 1024);
    expect(figuresFromJson(JSON.parse(json)).ok).toBe(true);
    expect(figuresFromJson(JSON.parse(JSON.stringify(figuresToJson([one]))))).toMatchObject({ value: [{ transit }] });
  });
});
