import fc from 'fast-check';
import { anyValue } from '../test/any-value';
import { type Read, readEvent, readResult } from './read';
import { ResultSchema } from './result';
import { WrittenEventSchema } from './written-event';

type Json = Record<string, unknown>;

/** As documents are written. */
const written = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (each === undefined ? null : each)));

const results = anyValue(ResultSchema) as fc.Arbitrary<Json>;
const events = anyValue(WrittenEventSchema) as fc.Arbitrary<Json>;

/** Every place of a document, as the names that lead there. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, part]) => placesOf(part, [...path, name]))];
}

/** A copy with another value in this place. */
function changed(document: Json, path: readonly string[], value: unknown): Json {
  const copy = structuredClone(document);
  const holder = path.slice(0, -1).reduce<Json>((each, name) => each[name] as Json, copy);
  holder[path.at(-1) as string] = value;
  return copy;
}

const problemOf = (read: Read<unknown>): string => (read.ok ? 'none' : read.problem);

describe.each([
  ['a document', results, readResult],
  ['an event', events, readEvent],
] as const)('%s', (_, values, read) => {
  it('is read as what was written: nothing lost, null where undefined was', () => {
    fc.assert(
      fc.property(values, (json) => {
        const { ok, value } = read(JSON.stringify(json)) as { ok: true; value: unknown };
        expect(ok).toBe(true);
        expect(written(value)).toStrictEqual(json);
      }),
    );
  });

  it('has no null in code', () => {
    fc.assert(
      fc.property(values, (json) => {
        const { value } = read(JSON.stringify(json)) as { value: unknown };
        const found: unknown[] = [];
        JSON.stringify(value, (_name, each: unknown) => (each === null ? found.push(each) : each));
        expect(found).toStrictEqual([]);
      }),
    );
  });

  it('may have fields that are not known here', () => {
    fc.assert(
      fc.property(values, (json) => {
        expect(read(JSON.stringify({ ...json, further: 1 }))).toStrictEqual(read(JSON.stringify(json)));
      }),
    );
  });

  it('is refused when any value is of another type', () => {
    fc.assert(
      fc.property(values, fc.nat(), (json, index) => {
        const places = placesOf(json).slice(1).filter(isTyped);
        const path = places[index % places.length] as readonly string[];
        // Text is right where text belongs, and a list may stand for counts by name.
        const problems = ['x', ['x']].map((wrong) => problemOf(read(JSON.stringify(changed(json, path, wrong)))));
        expect(problems).not.toStrictEqual(['none', 'none']);
      }),
    );
  });
});

/** An iperf3 server's own report is kept as it came, whatever that is. */
const isTyped = ([section, field]: readonly string[]): boolean => !(section === 'serverOutput' && field === 'json');

describe('readResult', () => {
  const failed = (version: unknown) => ({
    schemaVersion: version,
    runner: 'udp-client',
    kind: null,
    startedAt: '2026-01-02T03:04:05.678Z',
    durationNs: 5,
    complete: false,
    reason: 'there is no option --x',
    error: { code: 'usage', message: 'there is no option --x' },
    notices: [],
  });
  const problem = (value: unknown): string => problemOf(readResult(JSON.stringify(value)));

  it('reads a document of no kind', () => {
    expect(readResult(JSON.stringify(failed(1)))).toStrictEqual({ ok: true, value: { ...failed(1), kind: undefined } });
  });

  it.each([
    ['another version', failed(2), 'this document has schemaVersion 2; version 1 is read here'],
    ['a version that is no number', failed('1'), 'this document has schemaVersion "1"; version 1 is read here'],
    ['something else', { probes: {} }, 'this is no result document: it has no schemaVersion'],
    ['a list', [1], 'this is no result document: it has no schemaVersion'],
    ['nothing', null, 'this is no result document: it has no schemaVersion'],
  ])('refuses %s', (_, value, words) => {
    expect(problem(value)).toBe(words);
  });

  it('says where a document of this version is wrong', () => {
    expect(problem({ ...failed(1), durationNs: null })).toBe(
      'this is no result document of version 1: durationNs: Invalid type: Expected number but received null',
    );
    expect(problem({ ...failed(1), notices: [{ code: 'x', message: 'y', count: -1 }] })).toMatch(/notices\.0\.count: /);
    expect(problem({ ...failed(1), kind: 'check' })).toMatch(/: kind: /);
  });

  it('refuses what is no JSON', () => {
    expect(readResult('{"schemaVersion":1')).toStrictEqual({ ok: false, problem: 'this is not JSON' });
    expect(readEvent('')).toStrictEqual({ ok: false, problem: 'this is not JSON' });
  });

  it('refuses the summary of another version, also that of a client of a server', () => {
    const summary = { type: 'summary', result: failed(2) };
    const words = 'this document has schemaVersion 2; version 1 is read here';
    expect(problemOf(readEvent(JSON.stringify(summary)))).toBe(words);
    expect(problemOf(readEvent(JSON.stringify({ type: 'client', client: 1, event: summary })))).toBe(words);
  });

  it('refuses events that are told and not written down', () => {
    expect(problemOf(readEvent('{"type":"totals","totals":{}}'))).toMatch(/^this is no event of version 1: type: /);
  });
});
