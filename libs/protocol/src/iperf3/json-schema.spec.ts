import { fieldOf, flagField, isObject, numberField } from './json-schema';

const parsed = (text: string) => JSON.parse(text);
const BOUNDS = { min: 1, max: 10, fallback: 4 };

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

describe('fieldOf', () => {
  it('finds own fields only', () => {
    expect(fieldOf(parsed('{"time": 10}'), 'time')).toBe(10);
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'time']) {
      expect(fieldOf({}, name)).toBeUndefined();
    }
    expect(fieldOf(Object.create({ time: 10 }), 'time')).toBeUndefined();
  });

  it('takes a key named like an inherited one as any other', () => {
    expect(fieldOf(parsed('{"__proto__": 1, "hasOwnProperty": 2}'), '__proto__')).toBe(1);
    expect(fieldOf(parsed('{"__proto__": {"time": 10}}'), 'time')).toBeUndefined();
  });
});

describe('numberField', () => {
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
    expect(numberField(parsed(text), 'n', BOUNDS)).toStrictEqual({ ok: true, value: expected });
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
    const result = numberField(parsed(`{"n": ${text}}`), 'n', BOUNDS);
    expect(result).toStrictEqual({
      ok: false,
      failure: { code: 'invalid', field: 'n', problem: expect.stringMatching(problem) },
    });
  });

  it('refuses NaN, which JSON cannot hold', () => {
    expect(numberField({ n: Number.NaN }, 'n', BOUNDS).ok).toBe(false);
  });
});

describe('flagField', () => {
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
    expect(flagField(parsed(text), 'f')).toStrictEqual({ ok: true, value: expected });
  });

  it.each(['"true"', '""', '[]', '{}'])('is named when it is %s', (text) => {
    expect(flagField(parsed(`{"f": ${text}}`), 'f')).toStrictEqual({
      ok: false,
      failure: { code: 'invalid', field: 'f', problem: 'is not a flag' },
    });
  });
});
