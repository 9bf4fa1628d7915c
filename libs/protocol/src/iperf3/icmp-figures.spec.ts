import { FIGURES, invalid, withStream } from '../../test/stream-figures';
import { figuresFromJson, type StreamFigures } from './stream-figures';

const MESSAGE = { version: 4, type: 11, code: 0, from: '192.0.2.1', mtuBytes: null, count: 1 };

describe('ICMP and path MTU of a peer', () => {
  it.each<[string, unknown, Partial<StreamFigures>]>([
    ['no path MTU', withStream('pathMtu', 'null'), { pathMtu: undefined }],
    ['ICMP not heard of', withStream('icmp', 'null'), { icmp: undefined }],
    ['no ICMP, which is known', withStream('icmp', '[]'), { icmp: [] }],
  ])('reads %s', (_, json, expected) => {
    expect(figuresFromJson(json)).toStrictEqual({ ok: true, value: [{ ...FIGURES, ...expected }] });
  });

  it.each([
    ...[
      ['an object', '{}', 'icmp'],
      ['of more than any end tells', JSON.stringify(Array(33).fill(MESSAGE)), 'icmp'],
      ['of a number', '[7]', 'icmp'],
      ['of no version of IP', JSON.stringify([{ ...MESSAGE, version: 5 }]), 'icmp.version'],
      ['of a type above an octet', JSON.stringify([{ ...MESSAGE, type: 256 }]), 'type'],
      ['of half a code', JSON.stringify([{ ...MESSAGE, code: 0.5 }]), 'code'],
      ['that never came', JSON.stringify([{ ...MESSAGE, count: -1 }]), 'count'],
      ['from what would be printed', JSON.stringify([{ ...MESSAGE, from: '\u001b[2J' }]), 'from'],
      ['of a negative MTU', JSON.stringify([{ ...MESSAGE, mtuBytes: -1 }]), 'mtuBytes'],
    ].map(([what, value, field]) => [`ICMP ${what}`, withStream('icmp', value as string), field]),
    ['a path MTU that is a number', withStream('pathMtu', '1400'), 'pathMtu'],
    ['a path MTU without bytes', withStream('pathMtu', '{"from":null}'), 'bytes'],
    ['a path MTU from a name', withStream('pathMtu', '{"bytes":1400,"from":"router"}'), 'from'],
  ] as [string, unknown, string][])('names what is wrong with %s', (_, json, field) => {
    expect(figuresFromJson(json)).toStrictEqual(invalid(field));
  });
});
