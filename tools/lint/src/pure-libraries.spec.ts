import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..', '..', '..');
const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');

/** Reads a clock and touches the system, once a line. */
const VIOLATION = `export const now = Date.now();
export const monotonic = performance.now();
export const bytes = Buffer.from('a');
export const name = process.env['NAME'];
export const log = console.log;
export const timer = setTimeout(() => undefined, 1);
export const ticker = setInterval(() => undefined, 1);
export const soon = setImmediate(() => undefined);
export const sooner = queueMicrotask(() => undefined);
export const library = require('./other');
`;
const LINES = VIOLATION.trim().split('\n').length;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pathgauge-lint-'));
  for (const file of ['biome.jsonc', '.gitignore']) cpSync(join(root, file), join(folder, file));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The lines that lint refuses for a global when the violation stands at `path`. */
function refusedAt(path: string): number[] {
  const place = join(folder, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, VIOLATION);
  const { stdout } = spawnSync(process.execPath, [biome, 'lint', '--reporter=github', path], {
    cwd: folder,
    encoding: 'utf8',
  });
  return [...stdout.matchAll(/title=lint\/style\/noRestrictedGlobals,.*?line=(\d+)/g)]
    .map(([, line]) => Number(line))
    .sort((a, b) => a - b);
}

it.each(['units', 'result', 'metrics', 'protocol'])('%s reads no clock and touches no system', (library) => {
  expect(refusedAt(`libs/${library}/src/deep/violation.ts`)).toStrictEqual(
    Array.from({ length: LINES }, (_, index) => index + 1),
  );
});

it.each(['libs/transport/src/violation.ts', 'libs/units/src/violation.spec.ts', 'apps/udp-client/src/violation.ts'])(
  '%s may',
  (path) => {
    expect(refusedAt(path)).toStrictEqual([]);
  },
);
