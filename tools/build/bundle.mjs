// Builds one runner: `node tools/build/bundle.mjs apps/udp-client` writes dist/apps/udp-client, a folder that runs
// wherever it is copied. SWC compiles every TypeScript file with the same .swcrc as the tests; rolldown links.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { transform } from '@swc/core';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..', '..');
const app = process.argv[2];
if (app === undefined || !existsSync(join(root, app, 'src', 'main.ts'))) {
  process.stderr.write('usage: node tools/build/bundle.mjs apps/<runner>\n');
  process.exit(2);
}

const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const swcrc = readJson('.swcrc');
const manifest = readJson('package.json');
const { paths } = readJson('tsconfig.base.json').compilerOptions;
const outDir = join(root, 'dist', app);

const swcPlugin = {
  name: 'swc',
  // A bundle of its own, which lies beside this one.
  resolveId: (id) => (id === './run' ? { id: './run.js', external: true } : null),
  async transform(source, id) {
    if (!id.endsWith('.ts')) return null;
    // A path within the repository: no path of the build machine may end up in a source map.
    const { code, map } = await transform(source, { ...swcrc, swcrc: false, filename: relative(root, id) });
    return { code, map };
  },
};

rmSync(outDir, { recursive: true, force: true });
// What is loaded only when there is something to run is a bundle of its own, as each thread's code is: in a shared chunk its hot
// functions would be called through export getters.
const output = [...(await link('main', 'index')), ...(await link('run', 'run'))];
for (const file of readdirSync(join(root, app, 'src')).filter((name) => name.endsWith('.worker.ts'))) {
  const name = basename(file, '.ts');
  output.push(...(await link(name, name)));
}
copyNative();
writeFileSync(
  join(outDir, 'package.json'),
  `${JSON.stringify({ name: basename(app), version: manifest.version, license: manifest.license, type: 'commonjs', main: 'index.js', engines: manifest.engines }, null, 2)}\n`,
);
writeFileSync(join(outDir, 'LICENSES.txt'), licensesOf(output));

/** Links `src/<source>.ts` and all that it imports into `<name>.js`. Returns what was written. */
async function link(source, name) {
  const bundle = await rolldown({
    cwd: root,
    input: { [name]: join(root, app, 'src', `${source}.ts`) },
    platform: 'node',
    plugins: [swcPlugin],
    // It says how long plugins took on a machine that is busy.
    checks: { pluginTimings: false },
    resolve: {
      alias: Object.fromEntries(Object.entries(paths).map(([alias, [target]]) => [alias, join(root, target)])),
    },
    // No library does anything when it is imported: what a runner does not use of them is left out, such as the schemas of the
    // documents, which it only writes.
    treeshake: { moduleSideEffects: [{ test: /[\\/]libs[\\/]/, sideEffects: false }] },
    transform: { define: { PATHGAUGE_VERSION: JSON.stringify(manifest.version) } },
    onLog(level, log, handle) {
      if (level === 'warn') handle('error', log);
      else handle(level, log);
    },
  });
  const vendor = `${name}.vendor`;
  const { output: chunks } = await bundle.write({
    dir: outDir,
    format: 'cjs',
    sourcemap: true,
    dynamicImportInCjs: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    // Libraries go to a chunk of their own without a map: reading its map would slow every stack trace. One for each bundle, since
    // each has only what it uses of them. valibot lies with the schemas: only there can those be left out of which nothing is used.
    codeSplitting: { groups: [{ name: vendor, test: /[\\/]node_modules[\\/](?!valibot[\\/])/ }] },
  });
  await bundle.close();
  for (const chunk of chunks) {
    if (chunk.type === 'chunk' && chunk.name === vendor) dropSourceMap(join(outDir, chunk.fileName));
  }
  return chunks;
}

/** koffi, with which system calls are made, lies beside the bundle: its binary is of one platform and may be absent. */
function copyNative() {
  const target = join(outDir, 'node_modules');
  const platforms = join(root, 'node_modules', '@koromix');
  const koffi = join(root, 'node_modules', 'koffi');
  if (!existsSync(koffi) || !existsSync(platforms)) return;
  const code = readdirSync(koffi, { recursive: true }).filter((name) =>
    /^(src\/koffi\/.*|index|indirect)\.cjs$/.test(name),
  );
  for (const file of ['package.json', 'LICENSE.txt', ...code]) cpSync(join(koffi, file), join(target, 'koffi', file));
  for (const platform of readdirSync(platforms)) {
    cpSync(join(platforms, platform), join(target, '@koromix', platform), { recursive: true });
  }
}

function dropSourceMap(file) {
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
  rmSync(`${file}.map`, { force: true });
}

/** The licence texts of this project and of every package whose code is in the bundle, as those licences ask. */
function licensesOf(chunks) {
  const folders = new Set();
  for (const chunk of chunks) {
    for (const id of chunk.moduleIds ?? []) {
      const found = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id);
      if (found) folders.add(found[0]);
    }
  }
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : ''}`;
  });
  return `${[readFileSync(join(root, 'LICENSE'), 'utf8').trim(), ...texts].join(`\n\n${'-'.repeat(72)}\n\n`)}\n`;
}
