import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..', '..', '..');
const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
const violation = join(__dirname, '..', 'fixtures', 'violation.ts');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pathgauge-lint-'));
  for (const file of ['biome.jsonc', '.gitignore']) cpSync(join(root, file), join(folder, file));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Lints the fixture as if it stood at `path`; what lint says of it, by rule and line. */
function lintAt(path: string): string[] {
  const place = join(folder, path);
  mkdirSync(dirname(place), { recursive: true });
  cpSync(violation, place);
  const { stdout } = spawnSync(process.execPath, [biome, 'lint', '--reporter=github', path], {
    cwd: folder,
    encoding: 'utf8',
  });
  return [...stdout.matchAll(/title=lint\/\w+\/(\w+),.*?line=(\d+)/g)]
    .map(([, rule, line]) => `${rule} ${line}`)
    .sort();
}

describe('import boundaries', () => {
  it.each(['units', 'result', 'metrics', 'protocol'])('keep the core library %s pure', (library) => {
    expect(lintAt(`libs/${library}/src/violation.ts`)).toStrictEqual([
      'noRestrictedGlobals 6',
      'noRestrictedGlobals 7',
      'noRestrictedGlobals 8',
      'noRestrictedImports 2',
      'noRestrictedImports 3',
      'noRestrictedImports 4',
    ]);
  });

  it.each(['transport', 'report', 'utils'])('keep %s from importing session', (library) => {
    expect(lintAt(`libs/${library}/src/violation.ts`)).toStrictEqual([
      'noRestrictedImports 3',
      'noRestrictedImports 4',
    ]);
  });

  it('let an app import session, by its name', () => {
    expect(lintAt('apps/udp-client/src/violation.ts')).toStrictEqual(['noRestrictedImports 4']);
  });
});
