// The thread of the contract's roles: compiled as Jest does it, for a worker thread knows nothing of Jest.
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

const root = join(__dirname, '..', '..', '..');
const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const swc = { ...readJson('.swcrc'), swcrc: false, module: { type: 'commonjs' } };
const { paths } = readJson('tsconfig.base.json').compilerOptions;

require.extensions['.ts'] = (module, filename) =>
  module._compile(transformSync(readFileSync(filename, 'utf8'), { ...swc, filename }).code, filename);
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => {
  const [aliased] = paths[request] ?? [];
  return aliased === undefined ? resolve(request, ...rest) : join(root, aliased);
};

const { runThread } = require('../src/linux/thread-main');
const { CONTRACT_ROLES } = require('./contract-roles');

void runThread(CONTRACT_ROLES);
