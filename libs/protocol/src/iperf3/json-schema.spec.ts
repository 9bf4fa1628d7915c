import * as v from 'valibot';
import { COUNT, FLAG, fields, isObject, list, number, optional, optionalOr, reader, type Schema } from './json-schema';

const parsed = (text: string) => JSON.parse(text);
const invalid = (field: string, problem: unknown) => ({ ok: false, failure: { code: 'invalid', field, problem } });
const anything: Schema<unknown> = v.unknown();
/** The field `name` of an object, read by a schema. */
const fieldOf = (object: unknown, name: string, schema = anything) => {
  const read = reader(fields({ [name]: schema }), 'whole')(object);
  return read.ok ? read.value[name] : read;
};

describe('isObject', () => {
  it.each([
    ['{}', true],
    ['[]', false],
    ['null', false],
    ['1', false],
    ['"{}"', false],
    ['true', false],
  ])('%s: %s', (text, expected) => {
    expect(isObject(parsed(text))).toBe(expected);
  });
});

describe('fields', () => {
  it('finds own fields only', () => {
    expect(fieldOf(parsed('{"time": 10}'), 'time')).toBe(10);
    for (const name of ['constructor', 'toString', 'hasOwnProperty', 'time']) {
      expect(fieldOf({}, name)).toBeUndefined();
    }
    expect(fieldOf(Object.create({ time: 10 }), 'time')).toBeUndefined();
  });

  it('takes a key named like an inherited one as any other', () => {
    expect(fieldOf(parsed('{"__proto__": 1, "hasOwnProperty": 2}'), 'hasOwnProperty')).toBe(2);
    expect(fieldOf(parsed('{"__proto__": {"time": 10}}'), 'time')).toBeUndefined();
  });

  it('has every field, and no other', () => {
    const read = reader(fields({ a: anything, b: anything }), 'whole');
    expect(read({ b: 1, c: 2 })).toStrictEqual({ ok: true, value: { a: undefined, b: 1 } });
  });

  it.each([undefined, null, 1, 'x', true, []])('refuses %j', (value) => {
    expect(reader(fields({}), 'whole')(value)).toStrictEqual(invalid('whole', 'is not an object'));
    expect(reader(fields({}, 'is odd'), 'whole')(value)).toStrictEqual(invalid('whole', 'is odd'));
  });
});

const ONE_TO_TEN_OR_4 = optionalOr(number({ min: 1, max: 10 }), 4);

describe('number, with a fallback', () => {
  it.each([
    ['{"n": 7}', 7],
    ['{"n": 1}', 1],
    ['{"n": 10}', 10],
    ['{"n": 1.5}', 1.5],
    ['{}', 4],
    ['{"n": null}', 4],
    // RFC 8259 section 4 leaves duplicates open: the last one counts.
    ['{"n": 7, "n": 8}', 8],
    ['{"__proto__": {"n": 7}}', 4],
  ])('of %s is %d', (text, expected) => {
    expect(fieldOf(parsed(text), 'n', ONE_TO_TEN_OR_4)).toBe(expected);
  });

  it.each([
    ['"7"', /not a number/],
    ['true', /not a number/],
    ['[7]', /not a number/],
    ['{}', /not a number/],
    // Parsed as Infinity.
    ['1e309', /not a number/],
    ['-1e309', /not a number/],
    ['0', /1\.\.10/],
    ['-7', /1\.\.10/],
    ['0.999', /1\.\.10/],
    ['10.001', /1\.\.10/],
    ['9007199254740993', /1\.\.10/],
  ])('is named when it is %s', (text, problem) => {
    const result = fieldOf(parsed(`{"n": ${text}}`), 'n', ONE_TO_TEN_OR_4);
    expect(result).toStrictEqual(invalid('n', expect.stringMatching(problem)));
  });

  it('refuses NaN, which JSON cannot hold', () => {
    expect(fieldOf({ n: Number.NaN }, 'n', ONE_TO_TEN_OR_4)).toStrictEqual(invalid('n', 'is not a number'));
  });
});

describe('number', () => {
  it.each([
    ['{}', 'is missing'],
    ['{"n": null}', 'is missing'],
    ['{"n": 1.5}', 'is not a whole number'],
    ['{"n": -1}', 'is not within 0..9007199254740991'],
    ['{"n": 9007199254740992}', 'is not within 0..9007199254740991'],
  ])('of %s: %s', (text, problem) => {
    expect(fieldOf(parsed(text), 'n', COUNT)).toStrictEqual(invalid('n', problem));
  });

  it.each([0, 1, Number.MAX_SAFE_INTEGER])('takes %d', (n) => {
    expect(fieldOf({ n }, 'n', COUNT)).toBe(n);
  });
});

describe('optional', () => {
  it.each([
    ['{}', undefined],
    ['{"n": null}', undefined],
    ['{"n": 0}', 0],
    ['{"n": "0"}', invalid('n', 'is not a number')],
  ])('of %s: %j', (text, expected) => {
    expect(fieldOf(parsed(text), 'n', optional(COUNT))).toStrictEqual(expected);
  });
});

describe('list', () => {
  const LIST = list(COUNT, { max: 2, problem: 'is not a list', excess: 'is too long' });
  /** Fails the test that looks at it. */
  const trap = new Proxy(
    {},
    {
      get: () => {
        throw new Error('looked at');
      },
    },
  );

  it.each<[string, unknown]>([
    ['[]', []],
    ['[0, 1]', [0, 1]],
    ['[0, 1, 2]', invalid('l', 'is too long')],
    ['[0, -1]', invalid('l', 'is not within 0..9007199254740991')],
    ['{"length": 0}', invalid('l', 'is not a list')],
    ['"01"', invalid('l', 'is not a list')],
    ['null', invalid('l', 'is not a list')],
  ])('of %s', (text, expected) => {
    expect(fieldOf(parsed(`{"l": ${text}}`), 'l', LIST)).toStrictEqual(expected);
  });

  it('does not look at the entries when there are too many', () => {
    const traps = list(fields({ n: COUNT }), { max: 2, problem: 'is not a list' });
    expect(fieldOf({ l: [trap, trap, trap] }, 'l', traps)).toStrictEqual(invalid('l', 'is not a list'));
  });

  it('does not look behind the first entry that is wrong', () => {
    const traps = list(fields({ n: COUNT }), { max: 2, problem: 'is not a list' });
    expect(fieldOf({ l: [{}, trap] }, 'l', traps)).toStrictEqual(invalid('n', 'is missing'));
  });
});

describe('reader', () => {
  it.each<[string, Schema<unknown>, unknown, string]>([
    ['the message itself', COUNT, null, 'whole'],
    ['a field', fields({ a: fields({ b: COUNT }) }), { a: {} }, 'b'],
    ['a list by its field', fields({ a: list(COUNT, { max: 1, problem: '' }) }), { a: [null] }, 'a'],
    ['what the message names', fields({ a: v.string('x.y: is missing') }), {}, 'x.y'],
  ])('names %s', (_, schema, json, field) => {
    expect(reader(schema, 'whole')(json)).toStrictEqual(invalid(field, 'is missing'));
  });

  it('tells of the first field that is wrong', () => {
    const schema = fields({ a: COUNT, b: COUNT });
    expect(reader(schema, 'whole')({ b: -1 })).toStrictEqual(invalid('a', 'is missing'));
    expect(reader(schema, 'whole')({ a: 1, b: -1 })).toMatchObject({ failure: { field: 'b' } });
  });
});

describe('FLAG', () => {
  it.each([
    ['{}', false],
    ['{"f": null}', false],
    ['{"f": false}', false],
    ['{"f": true}', true],
    ['{"f": 0}', false],
    // iperf3 3.12 writes "zerocopy":1 and "udp_counters_64bit":1.
    ['{"f": 1}', true],
    ['{"__proto__": {"f": true}}', false],
  ])('of %s is %s', (text, expected) => {
    expect(fieldOf(parsed(text), 'f', FLAG)).toBe(expected);
  });

  it.each(['"true"', '""', '[]', '{}'])('is named when it is %s', (text) => {
    expect(fieldOf(parsed(`{"f": ${text}}`), 'f', FLAG)).toStrictEqual(invalid('f', 'is not a flag'));
  });
});
