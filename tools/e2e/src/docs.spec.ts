import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');
const textOf = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');

const sourcesIn = (folder: string): string =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => textOf(folder, name))
    .join('\n');

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

  it('has every field of the document', () => {
    const fields = [
      ...(textOf('libs/result/src/result.ts') + textOf('libs/result/src/probe-counts.ts')).matchAll(
        /readonly (\w+)\??:/g,
      ),
    ].map(([, name]) => name as string);
    expect(fields.length).toBeGreaterThan(100);
    // What bounds are, is written as `{low, high}`.
    expect(missing(fields.filter((name) => name !== 'low' && name !== 'high'))).toEqual([]);
  });

  it('has every code of an error', () => {
    const [, codes = ''] = /export type ErrorCode =([^;]*);/.exec(textOf('libs/result/src/failure.ts')) ?? [];
    const names = [...codes.matchAll(/'([\w-]+)'/g)].map(([, name]) => name as string);
    expect(names.length).toBeGreaterThan(20);
    expect(missing(names)).toEqual([]);
  });

  it('has every code of a notice', () => {
    const sources = sourcesIn('libs/session/src') + textOf('libs/utils/src/run/server-main.ts');
    const calls = [...sources.matchAll(/(?:\.note|#notice\w*)\(([^,]*),/g)].map(([, first]) => first as string);
    const values = [...sources.matchAll(/code: ('[a-z-]+')/g)].map(([, code]) => code as string);
    const names = [...calls, ...values].flatMap((text) =>
      [...text.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name as string),
    );
    expect(names).toEqual(expect.arrayContaining(['strays', 'not-stamp', 'ignored', 'log-lost', 'no-address-answers']));
    expect(missing(names)).toEqual([]);
  });
});
