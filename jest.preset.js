const { readFileSync } = require('node:fs');
const { join } = require('node:path');

// One list of aliases (tsconfig.base.json) and one compiler configuration (.swcrc) serve build, types and tests.
const { paths } = JSON.parse(readFileSync(join(__dirname, 'tsconfig.base.json'), 'utf8')).compilerOptions;
const swc = JSON.parse(readFileSync(join(__dirname, '.swcrc'), 'utf8'));

/** The jest configuration of the project in `rootDir`. */
module.exports = (rootDir) => ({
  rootDir,
  testEnvironment: 'node',
  // No test is timed: this only turns a hang into a failure, also on a machine that is busy with other things.
  testTimeout: 60_000,
  testMatch: ['<rootDir>/**/*.spec.ts'],
  transform: { '\\.ts$': ['@swc/jest', { ...swc, swcrc: false, module: { type: 'commonjs' } }] },
  moduleNameMapper: Object.fromEntries(
    Object.entries(paths).map(([alias, [target]]) => [`^${alias}$`, join(__dirname, target)]),
  ),
  modulePathIgnorePatterns: [join(__dirname, 'dist')],
  reporters: ['default', join(__dirname, 'tools/jest/count-reporter.cjs')],
  cacheDirectory: join(__dirname, 'node_modules/.cache/jest'),
});
