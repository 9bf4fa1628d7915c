// `npm test`: lint, types, unit and end-to-end tests of every project. Ends with the sum of all tests on a line.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
const depcruise = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
const inCi = process.env.CI === 'true';

const totals = { passed: 0, failed: 0, skipped: 0 };
const steps = [
  ['lint of the whole tree', [biome, 'check', '--error-on-warnings', '.']],
  ['who imports whom', [depcruise, 'apps', 'libs', 'tools']],
  ['exports that nobody imports', [join(root, 'tools', 'lint', 'unused-exports.mjs')]],
  [
    'types, unit and end-to-end tests',
    [
      nx,
      'run-many',
      '-t',
      'typecheck,test',
      '--output-style=static',
      '--parallel=2',
      ...(inCi ? ['--skip-nx-cache'] : []),
    ],
  ],
];

let failed = false;
for (const [name, args] of steps) {
  process.stdout.write(`\n== ${name}\n`);
  if ((await run(args)) !== 0) failed = true;
}
if (failed && totals.failed === 0) totals.failed = 1;
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed${skipped}\n`);
process.exitCode = failed ? 1 : 0;

function run(args) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NX_TUI: 'false', FORCE_COLOR: '0' },
  });
  let rest = '';
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) count(line);
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

/** Adds up the closing lines that each project's tests print. */
function count(line) {
  const found = /^\s*[\w-]+: (\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(line);
  if (found === null) return;
  totals.passed += Number(found[1]);
  totals.failed += Number(found[2]);
  totals.skipped += Number(found[3] ?? 0);
}
