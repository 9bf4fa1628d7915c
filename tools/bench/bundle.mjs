import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './root.mjs';

const { paths } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')).compilerOptions;

/**
 * Bundles a program of the bench that uses the project's libraries, as a CommonJS module where `format` is cjs, which code that
 * loads koffi must be. Returns its file, from where koffi is found.
 */
export async function bundle(source, format) {
  const file = join(root, 'dist', 'bench', `${source.replace(/\W/g, '-')}.${format === 'cjs' ? 'cjs' : 'mjs'}`);
  const bundled = await rolldown({
    cwd: root,
    input: join(import.meta.dirname, source),
    platform: 'node',
    external: ['koffi'],
    resolve: {
      alias: Object.fromEntries(Object.entries(paths).map(([alias, [target]]) => [alias, join(root, target)])),
    },
  });
  await bundled.write({ file, format });
  return file;
}
