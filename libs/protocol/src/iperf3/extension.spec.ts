import fc from 'fast-check';
import * as v from 'valibot';
import {
  EXTENSION_REQUEST,
  EXTENSION_VERSION,
  extensionRequestToJson,
  FEATURES,
  grantFromJson,
  grantToJson,
  TOKEN_BYTES,
} from './extension';
import { reader } from './json-schema';

const parsed = (text: string) => JSON.parse(text);
const token = Uint8Array.from({ length: 16 }, (_, i) => i * 17);
const TOKEN = '00112233445566778899aabbccddeeff';
const invalid = (field: string) => ({
  ok: false,
  failure: { code: 'invalid', field, problem: expect.stringMatching(/./) },
});

/** What a hostile peer may put in any place. */
const hostile = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    -1,
    0.5,
    2 ** 53,
    '1',
    ['records', 'clock'],
    { length: 1 },
  ),
);

/** As the parameters read it. */
const readExtensionRequest = reader(v.optional(EXTENSION_REQUEST), 'pathgauge');

describe('EXTENSION_REQUEST', () => {
  it('knows version 1 and five features', () => {
    expect(EXTENSION_VERSION).toBe(1);
    expect(FEATURES).toStrictEqual(['records', 'clock', 'datagrams', 'alive', 'reports']);
    expect(TOKEN_BYTES).toBe(16);
  });

  it.each([
    ['all', '{"version":1,"features":["records","clock","datagrams"]}', 1, ['records', 'clock', 'datagrams']],
    ['another order, twice', '{"version":1,"features":["clock","records","clock"]}', 1, ['records', 'clock']],
    ['unknown features', '{"version":1,"features":["quic","clock","CLOCK",7,null,{},["records"]]}', 1, ['clock']],
    ['none', '{"version":1,"features":[]}', 1, []],
    ['a later version', '{"version":2,"features":["clock"],"more":{}}', 2, ['clock']],
    ['no version', '{"features":["clock"]}', 1, ['clock']],
    ['keys of a prototype', '{"features":["__proto__","constructor"],"__proto__":{"version":9}}', 1, []],
  ])('%s', (_, text, version, features) => {
    expect(readExtensionRequest(parsed(text))).toStrictEqual({ ok: true, value: { version, features } });
  });

  it.each([
    ['spacing', '"spacingNs":12000.5', { spacingNs: 12_000.5 }],
    ['duration', '"durationNs":1500000000', { durationNs: 1.5e9 }],
    ['both, at their bounds', '"spacingNs":1,"durationNs":9007199254740991', { spacingNs: 1, durationNs: 2 ** 53 - 1 }],
    ['neither', '"spacingNs":null,"durationNs":null,"__proto__":{"spacingNs":5}', {}],
  ])('takes a finer %s', (_, fields, expected) => {
    const result = readExtensionRequest(parsed(`{"version":1,"features":["clock"],${fields}}`));
    expect(result).toStrictEqual({ ok: true, value: { version: 1, features: ['clock'], ...expected } });
  });

  it('is undefined when there is none', () => {
    expect(readExtensionRequest(undefined)).toStrictEqual({ ok: true, value: undefined });
  });

  it.each([
    ['null', 'pathgauge'],
    ['true', 'pathgauge'],
    ['1', 'pathgauge'],
    ['"records"', 'pathgauge'],
    ['["records"]', 'pathgauge'],
    ['{}', 'pathgauge.features'],
    ['{"features":"records"}', 'pathgauge.features'],
    ['{"features":{"0":"records","length":1}}', 'pathgauge.features'],
    ['{"features":null}', 'pathgauge.features'],
    ['{"__proto__":{"features":["records"]}}', 'pathgauge.features'],
    ['{"version":"1","features":[]}', 'version'],
    ['{"version":0,"features":[]}', 'version'],
    ['{"version":-1,"features":[]}', 'version'],
    ['{"version":1e309,"features":[]}', 'version'],
    ['{"version":9007199254740992,"features":[]}', 'version'],
    ['{"version":[1],"features":[]}', 'version'],
    ...['spacingNs', 'durationNs'].flatMap((key) =>
      ['"1"', 'true', '[1]', '{}', '0', '-1', '0.5', '1e309', '-1e309', '9007199254740992'].map((value) => [
        `{"features":[],"${key}":${value}}`,
        key,
      ]),
    ),
  ] as [string, string][])('names what is wrong with %s', (text, field) => {
    expect(readExtensionRequest(parsed(text))).toStrictEqual(invalid(field));
  });

  it('never throws, and gives known features only', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.record({ version: hostile, features: hostile })), (value) => {
        const result = readExtensionRequest(value);
        if (!result.ok) expect(result.failure.code).toBe('invalid');
        else for (const feature of result.value?.features ?? []) expect(FEATURES).toContain(feature);
      }),
    );
  });
});

describe('extensionRequestToJson', () => {
  it('leaves out what is not asked for', () => {
    const request = { version: 1, features: ['records', 'clock'] } as const;
    const text = '{"version":1,"features":["records","clock"]';
    expect(JSON.stringify(extensionRequestToJson(request))).toBe(`${text}}`);
    expect(JSON.stringify(extensionRequestToJson({ ...request, spacingNs: 7.5, durationNs: 8 }))).toBe(
      `${text},"spacingNs":7.5,"durationNs":8}`,
    );
  });
});

describe('a grant', () => {
  it('is written with its token in hex', () => {
    expect(JSON.stringify(grantToJson({ version: 1, features: ['records', 'clock'], token }))).toBe(
      `{"version":1,"features":["records","clock"],"token":"${TOKEN}","limits":{}}`,
    );
  });

  it('is read, limits and later keys passed over', () => {
    const json = parsed(
      `{"version":1,"features":["clock"],"token":"${TOKEN.toUpperCase()}","limits":{"rate":1},"x":[]}`,
    );
    expect(grantFromJson(json)).toStrictEqual({ ok: true, value: { version: 1, features: ['clock'], token } });
  });

  it.each([
    ['', 'token'],
    ['"token":null', 'token'],
    ['"token":7', 'token'],
    [`"token":["${TOKEN}"]`, 'token'],
    ['"token":""', 'token'],
    [`"token":"${TOKEN.slice(1)}"`, 'token'],
    [`"token":"${TOKEN}0"`, 'token'],
    [`"token":"${TOKEN}\\n"`, 'token'],
    [`"token":"g${TOKEN.slice(1)}"`, 'token'],
    [`"token":" ${TOKEN.slice(1)}"`, 'token'],
    [`"__proto__":{"token":"${TOKEN}"}`, 'token'],
    [`"token":"${TOKEN}","features":1`, 'pathgauge.features'],
    [`"token":"${TOKEN}","version":"1"`, 'version'],
  ])('names what is wrong with %s', (fields, field) => {
    expect(grantFromJson(parsed(`{"version":1,"features":[]${fields && ','}${fields}}`))).toStrictEqual(invalid(field));
  });

  it('survives the trip', () => {
    fc.assert(
      fc.property(fc.subarray([...FEATURES]), fc.uint8Array({ minLength: 16, maxLength: 16 }), (features, random) => {
        const json = parsed(JSON.stringify(grantToJson({ version: 1, features, token: random })));
        expect(grantFromJson(json)).toStrictEqual({ ok: true, value: { version: 1, features, token: random } });
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.record({ version: hostile, features: hostile, token: hostile }), (value) => {
        // No hostile token is 32 hex digits.
        expect(grantFromJson(value).ok).toBe(false);
      }),
    );
  });
});
