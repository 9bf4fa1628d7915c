// Who may import whom (docs/architecture.md). Type imports count: they tie two files together as much as any other.

/** Each library from the bottom up, and all that it may import: libraries, packages, `node:`. Without `node:` it is pure. */
const MAY_IMPORT = {
  units: [],
  result: ['units', 'valibot'],
  metrics: ['units', 'result'],
  protocol: ['units', 'result', 'valibot'],
  transport: ['units', 'node:'],
  session: ['units', 'result', 'metrics', 'protocol', 'transport', 'node:'],
  report: ['units', 'result', 'valibot', 'node:'],
  utils: ['units', 'result', 'report', 'node:'],
};
const APP_MAY_IMPORT = ['units', 'result', 'transport', 'session', 'report', 'utils', 'node:'];

const SPEC = String.raw`\.spec\.ts$`;
const FOR_TESTS = [SPEC, '^libs/testing/', '^libs/[^/]+/test/'];
/** What a bundle is made from. */
const ENTRIES = String.raw`^apps/[^/]+/src/(main|\w+\.worker)\.ts$`;

/** Many flows on one socket: the bench alone opens so many until a run does. */
const FOR_MANY_FLOWS = '/ping/(stamp-flows|stamp-labels|flow-sockets|flow-labels|batch-part)';

const rule = (name, from, to) => ({ name, severity: 'error', from, to });

const onlyImports = (name, folder, allowed) =>
  rule(
    name,
    { path: `^(${folder})/src/`, pathNot: SPEC },
    {
      pathNot: ['^$1/', ...allowed.map((what) => `^(libs|node_modules)/${what}/`)],
      dependencyTypesNot: allowed.includes('node:') ? ['core'] : [],
    },
  );

export default {
  forbidden: [
    ...Object.entries(MAY_IMPORT).map(([name, allowed]) => onlyImports(`${name}-imports`, `libs/${name}`, allowed)),
    onlyImports('app-imports', 'apps/[^/]+', APP_MAY_IMPORT),
    // Another project is imported by its name, @pathgauge/...: what its index does not name is its own.
    rule(
      'by-name',
      { path: '^((apps|libs)/[^/]+)/' },
      { path: '^(apps|libs)/', pathNot: '^$1/', dependencyTypes: ['local'] },
    ),
    rule('for-tests-only', { path: '^(apps|libs)/[^/]+/src/', pathNot: FOR_TESTS }, { path: FOR_TESTS }),
    rule('no-circle', {}, { circular: true }),
    rule('no-orphan', { orphan: true }, {}),
    rule(
      'no-dead-file',
      { path: ENTRIES },
      {
        path: '^(apps|libs)/[^/]+/src/',
        pathNot: [...FOR_TESTS, ENTRIES, FOR_MANY_FLOWS],
        reachable: false,
      },
    ),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
