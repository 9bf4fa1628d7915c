import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const script = join(__dirname, '..', 'unused-exports.mjs');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pathgauge-exports-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What nobody imports, as `file: name`, when these files are all there are. */
function unusedIn(files: Readonly<Record<string, string>>): { unused: string[]; status: number | null } {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const found = [...stdout.matchAll(/^(\S+) exports (\w+), which nobody imports$/gm)];
  return { unused: found.map(([, file, name]) => `${file}: ${name}`), status };
}

it('names each kind of export that nobody imports', () => {
  const { unused, status } = unusedIn({
    'libs/units/src/a.ts': `
      export const value = 1, other = 2;
      export const [first, , third] = [1, 2, 3];
      export const { short, long: named } = { short: 1, long: 2 };
      export function run() {}
      export async function wait() {}
      export class Thing {}
      export interface Shape {}
      export type Name = string;
      export enum Kind {}
      const later = 1;
      export { later as renamed };
      const own = value;`,
  });
  const names = [
    'value',
    'other',
    'first',
    'third',
    'short',
    'named',
    'run',
    'wait',
    'Thing',
    'Shape',
    'Name',
    'Kind',
    'renamed',
  ];
  expect(unused).toEqual(names.map((name) => `libs/units/src/a.ts: ${name}`));
  expect(status).toBe(1);
});

it('takes for imported what another file imports, in whichever way', () => {
  const { unused, status } = unusedIn({
    'libs/units/src/a.ts': `
      export const value = 1;
      export type Name = string;
      export class Thing {}
      export const renamed = 1;`,
    'libs/units/src/all.ts': 'export const one = 1; export const two = 2;',
    'libs/units/src/index.ts': "export { value, type Name } from './a';",
    'libs/metrics/src/b.ts': `
      import { value, type Name } from '@pathgauge/units';
      import type { Thing } from '../../units/src/a';
      import * as all from '../../units/src/all';`,
    'tools/c.mjs': "import { renamed as other } from '../libs/units/src/a.ts';",
  });
  expect(unused).toEqual([]);
  expect(status).toBe(0);
});

it('wants what an index exports to be imported itself', () => {
  const { unused } = unusedIn({
    'libs/units/src/a.ts': 'export const value = 1;',
    'libs/units/src/index.ts': "export { value } from './a';",
  });
  expect(unused).toEqual(['libs/units/src/index.ts: value']);
});
