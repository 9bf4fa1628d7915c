// Lets plain Node load TypeScript as Jest does, for worker threads that a test starts: those know nothing of Jest.
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

const root = join(__dirname, '..', '..');
const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const options = { ...readJson('.swcrc'), swcrc: false, module: { type: 'commonjs' } };
const { paths } = readJson('tsconfig.base.json').compilerOptions;

require.extensions['.ts'] = (module, filename) =>
  module._compile(transformSync(readFileSync(filename, 'utf8'), { ...options, filename }).code, filename);

const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => {
  const [aliased] = paths[request] ?? [];
  return aliased === undefined ? resolve(request, ...rest) : join(root, aliased);
};
