import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');
const textOf = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');

const sourcesIn = (folder: string): string =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => textOf(folder, name))
    .join('\n');

/** As much of a JSON Schema as is looked at here. */
interface Described {
  readonly properties?: Readonly<Record<string, Described>>;
  readonly enum?: readonly string[];
  readonly const?: string;
}

const everyPart = (value: unknown): Described[] =>
  typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(everyPart)] : [];

/** Every name of a field in a JSON Schema. */
const fieldsIn = (schema: unknown): string[] => [
  ...new Set(everyPart(schema).flatMap(({ properties }) => Object.keys(properties ?? {}))),
];

/** Every value that a JSON Schema has by name. */
const valuesIn = (schema: unknown): string[] => [
  ...new Set(
    everyPart(schema).flatMap((part) => [...(part.enum ?? []), ...(part.const === undefined ? [] : [part.const])]),
  ),
];

/** `session/notices.ts` as the documents write it, `transport/test/thieves.ts` and `e2e/harm.spec.ts`. */
function placeOf(named: string): string {
  const [project = '', ...rest] = named.split('/');
  return join(ROOT, project === 'e2e' ? 'tools' : 'libs', project, rest[0] === 'test' ? '' : 'src', ...rest);
}

it.each(['security.md', 'architecture.md'])('%s names files that are there', (name) => {
  const named = [...textOf('docs', name).matchAll(/`([a-z0-9]+\/[\w/.-]+\.ts)`/g)].map(([, path]) => path as string);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(placeOf(path)))).toEqual([]);
});

it('measurement.md lists every question that it answers, in its order', () => {
  const document = textOf('docs/measurement.md');
  const answered = [...document.matchAll(/^## (.*)$/gm)].map(([, question]) => question);
  const list = document.slice(document.indexOf('All questions:'));
  const listed = [...list.matchAll(/^- \[([^\]]*)\]\(#/gm)].map(([, question]) => question);
  expect(listed).toEqual(answered);
});

describe('docs/result.md', () => {
  const document = textOf('docs/result.md');
  const missing = (names: Iterable<string>): string[] =>
    [...new Set(names)].filter((name) => !document.includes(`\`${name}\``));

  const schema = JSON.parse(textOf('docs/result.schema.json')) as { $defs: Record<string, Described> };

  it('has every field of the documents and of the events', () => {
    const fields = fieldsIn(schema);
    expect(fields.length).toBeGreaterThan(150);
    // What bounds are, is written as `{low, high}`.
    expect(missing(fields.filter((name) => name !== 'low' && name !== 'high'))).toEqual([]);
  });

  it('has every name that a field may have as its value', () => {
    const names = Object.values(schema.$defs).flatMap((each) => valuesIn(each));
    expect(names).toEqual(expect.arrayContaining(['no-answer', 'udp-gso', 'same-clock', 'tcp-load', 'ping']));
    expect(missing(names.filter((name) => typeof name === 'string'))).toEqual([]);
  });

  it('has every code of a notice', () => {
    const sources = sourcesIn('libs/session/src') + textOf('libs/utils/src/run/server-main.ts');
    const calls = [...sources.matchAll(/(?:\.note|\.notice|\.stranger)\(([^,]*),/g)].map(
      ([, first]) => first as string,
    );
    const values = [...sources.matchAll(/code: ('[a-z-]+')/g)].map(([, code]) => code as string);
    const names = [...calls, ...values].flatMap((text) =>
      [...text.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name as string),
    );
    expect(names).toEqual(expect.arrayContaining(['strays', 'not-stamp', 'ignored', 'log-lost', 'no-address-answers']));
    expect(missing(names)).toEqual([]);
  });
});
