// What it costs to record, each estimator in a process of its own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..', '..');
const { paths } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')).compilerOptions;

/** Prints a line per estimator, and one for 10^8 probes through all of them. */
export async function benchEstimators() {
  const folder = mkdtempSync(join(tmpdir(), 'pathgauge-bench-'));
  try {
    const file = join(folder, 'measure.mjs');
    const bundle = await rolldown({
      cwd: root,
      input: join(import.meta.dirname, 'estimators', 'measure.ts'),
      platform: 'node',
      resolve: {
        alias: Object.fromEntries(Object.entries(paths).map(([alias, [target]]) => [alias, join(root, target)])),
      },
    });
    await bundle.write({ file, format: 'esm' });
    const names = JSON.parse(spawnSync(process.execPath, [file], { encoding: 'utf8' }).stdout);
    for (const name of names) {
      const { status } = spawnSync(process.execPath, ['--expose-gc', file, name], { stdio: 'inherit' });
      if (status !== 0) throw new Error(`the bench of ${name} ended with ${status}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
