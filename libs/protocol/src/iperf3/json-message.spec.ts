import fc from 'fast-check';
import { fromHex } from '../../test/hex';
import {
  decodeJsonBody,
  decodeJsonLength,
  encodeJsonMessage,
  JSON_LENGTH_BYTES,
  MAX_PARAMETERS_BYTES,
  MAX_RESULTS_BYTES,
} from './json-message';

const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'));
const unreadable = { ok: false, failure: { code: 'invalid', field: 'JSON', problem: 'cannot be read' } };
const notAnObject = { ok: false, failure: { code: 'invalid', field: 'JSON', problem: 'is not an object' } };

describe('encodeJsonMessage', () => {
  it.each([
    // {"a":1} is 7 bytes
    [{ a: 1 }, '00000007', '{"a":1}'],
    // é is c3 a9 in UTF-8: the length counts bytes, not characters.
    [{ t: 'é' }, '0000000a', '{"t":"é"}'],
    [{ a: undefined }, '00000002', '{}'],
    // JSON.stringify escapes a lone surrogate, so that the bytes are UTF-8.
    [{ t: '\ud800' }, '0000000e', '{"t":"\\ud800"}'],
  ])('%j', (value, length, text) => {
    expect(Buffer.from(encodeJsonMessage(value)).toString('hex')).toBe(length + Buffer.from(text).toString('hex'));
  });

  it('throws for a bigint and for a cycle', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(() => encodeJsonMessage({ n: 1n })).toThrow(TypeError);
    expect(() => encodeJsonMessage(cycle)).toThrow(TypeError);
  });
});

describe('decodeJsonLength', () => {
  it.each([
    ['00000001', 1],
    // The 142 bytes of parameters of an iperf3 3.12 client, -P 2 -l 4096 -b 10M.
    ['0000008e', 142],
    ['00002000', 8192],
  ])('%s', (hex, expected) => {
    expect(decodeJsonLength(fromHex(hex), MAX_PARAMETERS_BYTES)).toStrictEqual({ ok: true, value: expected });
  });

  it.each([
    ['00000000', /is 0/],
    ['00002001', /8193/],
    // The states SERVER_ERROR and ACCESS_DENIED where a length was due.
    ['fe000000', /4261412864/],
    ['ffffffff', /4294967295/],
    ['80000000', /2147483648/],
  ])('refuses %s', (hex, problem) => {
    expect(decodeJsonLength(fromHex(hex), MAX_PARAMETERS_BYTES)).toStrictEqual({
      ok: false,
      failure: { code: 'invalid', field: 'length', problem: expect.stringMatching(problem) },
    });
  });

  it('has the limit of iperf3 for parameters, 4 MiB for results', () => {
    expect([MAX_PARAMETERS_BYTES, MAX_RESULTS_BYTES]).toStrictEqual([8192, 4 * 1_048_576]);
    expect(decodeJsonLength(fromHex('00400000'), MAX_RESULTS_BYTES).ok).toBe(true);
    expect(decodeJsonLength(fromHex('00400001'), MAX_RESULTS_BYTES).ok).toBe(false);
  });

  it('finds every shorter prefix short', () => {
    expect(JSON_LENGTH_BYTES).toBe(4);
    for (let length = 0; length < 4; length++) {
      expect(decodeJsonLength(new Uint8Array(length).fill(1), 8192)).toStrictEqual({
        ok: false,
        failure: { code: 'short-buffer', neededBytes: 4, gotBytes: length },
      });
    }
  });
});

describe('decodeJsonBody', () => {
  it.each<[string, string, unknown]>([
    ['an object', '{"a":1}', { a: 1 }],
    ['with the NUL iperf3 may send', '{"a":1}\0', { a: 1 }],
    ['with a byte order mark', '\ufeff{"a":1}', { a: 1 }],
    ['with spaces and line ends', ' {\r\n"a" :\t1}\n', { a: 1 }],
    ['a duplicate key: the last counts', '{"a":1,"a":2}', { a: 2 }],
    ['a lone surrogate, escaped', '{"a":"\\ud800"}', { a: '\ud800' }],
    ['a number beyond doubles', '{"a":1e309}', { a: Number.POSITIVE_INFINITY }],
    ['a number beyond 2^53', '{"a":9007199254740993}', { a: 9007199254740992 }],
  ])('reads %s', (_, text, expected) => {
    expect(decodeJsonBody(utf8(text))).toStrictEqual({ ok: true, value: expected });
  });

  it.each([
    ['nothing', '', unreadable],
    ['a NUL', '\0', unreadable],
    ['two NULs behind it', '{}\0\0', unreadable],
    ['half of it', '{"a":', unreadable],
    ['a trailing backslash', '{"a":"\\', unreadable],
    ['a half escape', '{"a":"\\u12"}', unreadable],
    ['a control character', '{"a":"\n"}', unreadable],
    ['NaN', '{"a":NaN}', unreadable],
    ['a bare Infinity', '{"a":Infinity}', unreadable],
    ['a hexadecimal number', '{"a":0x10}', unreadable],
    ['a second value', '{}{}', unreadable],
    ['a trailing comma', '{"a":1,}', unreadable],
    ['a comment', '{}//', unreadable],
    ['a list', '[{"a":1}]', notAnObject],
    ['null', 'null', notAnObject],
    ['a string', '"{}"', notAnObject],
    ['a number', '1', notAnObject],
  ])('names %s', (_, text, expected) => {
    expect(decodeJsonBody(utf8(text))).toStrictEqual(expected);
  });

  it.each([
    ['a lone continuation byte', '7b2261223a2280227d'],
    ['a cut sequence at the end', '7b2261223a22c3'],
    ['an overlong slash', '7b2261223a22c0af227d'],
    ['a surrogate as three bytes', '7b2261223a22eda080227d'],
    ['Latin-1', '7b2261223a22e9227d'],
    ['UTF-16', 'fffe7b007d00'],
  ])('names invalid UTF-8, %s, and goes on reading the next', (_, hex) => {
    expect(decodeJsonBody(fromHex(hex))).toStrictEqual(unreadable);
    expect(decodeJsonBody(utf8('{"a":1}'))).toStrictEqual({ ok: true, value: { a: 1 } });
  });

  it.each([
    ['lists', '{"a":', '[', ']'],
    ['objects', '', '{"a":', '}'],
  ])('survives %s nested as deep as a message is long', (_, head, open, close) => {
    const depth = Math.floor((MAX_RESULTS_BYTES - 8) / (open.length + 1));
    const text = `${head}${open.repeat(depth)}${open === '[' ? '' : '1'}${close.repeat(depth)}${head && '}'}`;
    expect(text.length).toBeLessThanOrEqual(MAX_RESULTS_BYTES);
    expect(decodeJsonBody(utf8(text)).ok).toBe(true);
    expect(decodeJsonBody(utf8(text.slice(0, -1)))).toStrictEqual(unreadable);
  });

  it('lets no key reach a prototype', () => {
    const result = decodeJsonBody(utf8('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'));
    expect(result.ok && Object.keys(result.value)).toStrictEqual(['__proto__', 'constructor']);
    expect(result.ok && Object.getPrototypeOf(result.value)).toBe(Object.getPrototypeOf(JSON.parse('{}')));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('undoes encodeJsonMessage, and reads no proper prefix', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(objects, fc.nat(), (value, where) => {
        const message = encodeJsonMessage(value);
        const body = message.subarray(4);
        expect(decodeJsonLength(message, MAX_RESULTS_BYTES)).toStrictEqual({ ok: true, value: body.length });
        // By way of JSON, for which -0 is 0.
        expect(decodeJsonBody(body)).toStrictEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) });
        expect(decodeJsonBody(body.subarray(0, where % body.length))).toStrictEqual(unreadable);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.string().map(utf8), fc.json().map(utf8)), (bytes) => {
        const result = decodeJsonBody(bytes);
        if (result.ok) expect(Object.prototype.toString.call(result.value)).toBe('[object Object]');
        else expect([unreadable, notAnObject]).toContainEqual(result);
      }),
    );
  });
});
