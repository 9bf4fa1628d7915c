import { FIGURES, invalid, withBursts, withStream } from '../../test/stream-figures';
import { figuresFromJson, type StreamFigures } from './stream-figures';

describe('loss bursts of a peer', () => {
  it.each<[string, unknown, Partial<StreamFigures>]>([
    ['no bursts told', withStream('lossBursts', 'null'), { lossBursts: undefined }],
    [
      'no bursts, which is known',
      withBursts('{}', '"count":0,"longest":0'),
      { lossBursts: { count: 0, longest: 0, lengths: {} } },
    ],
    [
      'the longest bursts, counted together',
      withBursts('{"1024":1,"1025+":2}', '"count":3,"longest":5000'),
      { lossBursts: { count: 3, longest: 5000, lengths: { 1024: 1, '1025+': 2 } } },
    ],
  ])('reads %s', (_, json, expected) => {
    expect(figuresFromJson(json)).toStrictEqual({ ok: true, value: [{ ...FIGURES, ...expected }] });
  });

  it.each([
    ...['"1"', 'null', '-1', '1e309'].flatMap((value) => [
      [`a burst count ${value}`, withBursts('{}', `"count":${value},"longest":1`), 'count'],
      [`a longest burst ${value}`, withBursts('{}', `"count":1,"longest":${value}`), 'longest'],
    ]),
    ...['7', '"x"', 'true', '[]'].map((value) => [`bursts ${value}`, withStream('lossBursts', value), 'lossBursts']),
    ['bursts of a prototype', withStream('lossBursts', '{"__proto__":{"count":1,"longest":1,"lengths":{}}}'), 'count'],
    ['bursts without lengths', withStream('lossBursts', '{"count":1,"longest":1}'), 'lossBursts.lengths'],
    ...['null', '[]', '[1]', '7', '"1"'].map((value) => [
      `burst lengths ${value}`,
      withBursts(value),
      'lossBursts.lengths',
    ]),
    ...[
      '0',
      '00',
      '01',
      '-1',
      '1.5',
      '1e3',
      '0x1',
      '1026+',
      '1024+',
      '1025',
      '1026',
      '9999',
      '10000',
      'NaN',
      '',
      ' 1',
      '__proto__',
      'constructor',
    ].map((key) => [`a burst length "${key}"`, withBursts(`{${JSON.stringify(key)}:1}`), 'lossBursts.lengths']),
    ['bursts without a length', withBursts('{}'), 'lossBursts.count'],
    ['more bursts than lengths', withBursts('{"3":1}', '"count":2,"longest":3'), 'lossBursts.count'],
    ['a longest burst that is none of them', withBursts('{"3":1}', '"count":1,"longest":4'), 'lossBursts.longest'],
    ['a longest burst below them', withBursts('{"1025+":1}', '"count":1,"longest":1024'), 'lossBursts.longest'],
    ...['0', '-1', '0.5', '1e309', '9007199254740992', '"1"', 'null', '{}', 'true'].map((value) => [
      `${value} bursts of a length`,
      withBursts(`{"3":${value}}`),
      'lossBursts.lengths',
    ]),
  ] as [string, unknown, string][])('names what is wrong with %s', (_, json, field) => {
    expect(figuresFromJson(json)).toStrictEqual(invalid(field));
  });

  it('takes a burst of every length there is', () => {
    const every = Object.fromEntries(Array.from({ length: 1024 }, (_, i) => [i + 1, 1]));
    const read = figuresFromJson(withBursts(JSON.stringify({ ...every, '1025+': 1 }), '"count":1025,"longest":2000'));
    expect(read.ok && Object.keys(read.value[0]?.lossBursts?.lengths ?? {})).toHaveLength(1025);
  });
});
