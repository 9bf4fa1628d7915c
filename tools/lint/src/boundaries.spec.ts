import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..', '..', '..');
const depcruise = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');

/** The files of a small house, in which most lines break a rule. */
const SOURCES: Readonly<Record<string, string>> = {
  'apps/one/src/main.ts': `
    import './options';
    import '../../two/src/main';
    import '@pathgauge/metrics';
    import '@pathgauge/session';`,
  'apps/one/src/options.ts': 'export const options = {};',
  'apps/two/src/main.ts': `
    import 'node:fs';
    import 'yargs';
    import '@pathgauge/units';
    import '@pathgauge/result';
    import '@pathgauge/transport';
    import '@pathgauge/report';
    import '@pathgauge/utils';`,
  'libs/units/src/upwards.ts': `
    import type { deep } from '@pathgauge/session';
    export type Deep = typeof deep;`,
  'libs/protocol/src/sideways.ts': `
    import 'valibot';
    export { node } from '@pathgauge/metrics';`,
  'libs/session/src/deep.ts': `
    import '../../metrics/src/index';
    import '@pathgauge/protocol';
    import '@pathgauge/utils';
    export const deep = 1;`,
  'libs/metrics/src/node.ts': `
    import { readFileSync } from 'node:fs';
    import 'crypto';
    export const node = readFileSync;`,
  'libs/metrics/src/package.ts': "import 'valibot';",
  'libs/transport/src/node.ts': `
    import 'node:fs';
    import 'yargs';`,
  'libs/utils/src/package.ts': `
    import 'node:fs';
    import '@pathgauge/transport';`,
  'libs/report/src/program.ts': `
    import './program.spec';
    import '../test/helper';
    import '@pathgauge/testing';`,
  'libs/report/src/program.spec.ts': `
    import 'node:fs';
    import '../test/helper';
    import '@pathgauge/testing';`,
  'libs/report/test/helper.ts': "import 'node:fs';",
  'libs/testing/src/fake.ts': "import '@pathgauge/session';",
  'libs/result/src/upwards.ts': "import '@pathgauge/transport';",
  'libs/result/src/types-one.ts': `
    import type { Two } from './types-two';
    export interface One { two: Two }`,
  'libs/result/src/types-two.ts': `
    import { type One } from './types-one';
    export interface Two { one: One }`,
  'libs/result/src/value.ts': `
    import { later } from './type-back';
    export const value = later;`,
  'libs/result/src/type-back.ts': `
    export type { value } from './value';
    export const later = 1;`,
};
/** Nobody imports these. */
const UNUSED: Readonly<Record<string, string>> = {
  'libs/units/src/alone.ts': 'export const alone = 1;',
  'libs/utils/src/alone.ts': "import '@pathgauge/units';",
  'libs/testing/src/alone.ts': 'export const alone = 1;',
};
const PACKAGES: Readonly<Record<string, string>> = {
  'node_modules/valibot/index.js': '',
  'node_modules/yargs/index.js': '',
};

/** Each library's `index.ts`, which imports all other files of it. */
function indexes(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const path of Object.keys(SOURCES)) {
    const [, library, name] = /^libs\/(\w+)\/src\/([\w-]+)\.ts$/.exec(path) ?? [];
    if (library === undefined) continue;
    const index = `libs/${library}/src/index.ts`;
    found[index] = `${found[index] ?? ''}export * from './${name}';\n`;
  }
  return found;
}

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

let folder: string;
let violations: readonly Violation[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pathgauge-boundaries-'));
  for (const file of ['.dependency-cruiser.mjs', 'tsconfig.base.json']) cpSync(join(root, file), join(folder, file));
  for (const [path, text] of Object.entries({ ...SOURCES, ...UNUSED, ...indexes(), ...PACKAGES })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { stdout, stderr } = spawnSync(process.execPath, [depcruise, '--output-type', 'json', 'apps', 'libs'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  violations = JSON.parse(stdout).summary.violations;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What breaks `rule`: `file -> what it imports`. */
const brokenBy = (rule: string): string[] =>
  violations
    .filter(({ rule: { name } }) => name === rule)
    .map(({ from, to }) => `${from} -> ${to}`)
    .sort();

it.each([
  ['units-imports', ['libs/units/src/upwards.ts -> libs/session/src/index.ts']],
  ['result-imports', ['libs/result/src/upwards.ts -> libs/transport/src/index.ts']],
  [
    'metrics-imports',
    [
      'libs/metrics/src/node.ts -> crypto',
      'libs/metrics/src/node.ts -> fs',
      'libs/metrics/src/package.ts -> node_modules/valibot/index.js',
    ],
  ],
  ['protocol-imports', ['libs/protocol/src/sideways.ts -> libs/metrics/src/index.ts']],
  ['transport-imports', ['libs/transport/src/node.ts -> node_modules/yargs/index.js']],
  ['session-imports', ['libs/session/src/deep.ts -> libs/utils/src/index.ts']],
  ['report-imports', ['libs/report/src/program.ts -> libs/testing/src/index.ts']],
  ['utils-imports', ['libs/utils/src/package.ts -> libs/transport/src/index.ts']],
  [
    'app-imports',
    [
      'apps/one/src/main.ts -> apps/two/src/main.ts',
      'apps/one/src/main.ts -> libs/metrics/src/index.ts',
      'apps/two/src/main.ts -> node_modules/yargs/index.js',
    ],
  ],
  [
    'by-name',
    ['apps/one/src/main.ts -> apps/two/src/main.ts', 'libs/session/src/deep.ts -> libs/metrics/src/index.ts'],
  ],
  [
    'for-tests-only',
    [
      'libs/report/src/program.ts -> libs/report/src/program.spec.ts',
      'libs/report/src/program.ts -> libs/report/test/helper.ts',
      'libs/report/src/program.ts -> libs/testing/src/index.ts',
    ],
  ],
  [
    'no-circle',
    [
      'libs/result/src/type-back.ts -> libs/result/src/value.ts',
      'libs/result/src/types-one.ts -> libs/result/src/types-two.ts',
    ],
  ],
  [
    'no-orphan',
    ['libs/testing/src/alone.ts -> libs/testing/src/alone.ts', 'libs/units/src/alone.ts -> libs/units/src/alone.ts'],
  ],
  [
    'no-dead-file',
    ['libs/units/src/alone.ts -> libs/units/src/alone.ts', 'libs/utils/src/alone.ts -> libs/utils/src/alone.ts'],
  ],
])('%s', (rule, expected) => {
  expect(brokenBy(rule)).toStrictEqual(expected);
});
