import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthenticationError } from './authentication-error';
import { openness, secretFile, smallFile, textIn } from './small-file';

/** Of files that nobody else can read. */
const unwarned = (warning: string): never => {
  throw new Error(warning);
};

const folder = mkdtempSync(join(tmpdir(), 'small-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string | Buffer, mode = 0o600): string {
  writeFileSync(join(folder, name), content, { mode });
  return join(folder, name);
}

const ofNobodyElse = (path: string, what: string): Buffer => secretFile(path, what, unwarned);

it.each([smallFile, ofNobodyElse])('reads to the most that it takes, and no byte more (%p)', (read) => {
  const most = Buffer.alloc(1024 * 1024, 'a');
  expect(read(fileOf('most', most), 'the key').equals(most)).toBe(true);
  expect(() => read(fileOf('more', Buffer.alloc(most.length + 1)), 'the key')).toThrow(
    `${join(folder, 'more')} is too long: 1048576 bytes are the most`,
  );
});

it.each([
  ['nothing', () => join(folder, 'none'), /^cannot read the key \S+none: there is no such file$/],
  ['a file in place of a folder', () => join(fileOf('file', 'a'), 'b'), /file\/b: there is no such file$/],
  ['a folder', () => folder, /^cannot read the key \S+small-file-\S+: it is a directory$/],
  ['a circle', () => circle(), /circle: its symbolic links go round in a circle$/],
  ['an empty file', () => fileOf('empty', ''), /^\S+empty is empty$/],
  ['a file without an end', () => '/dev/zero', /^\/dev\/zero is too long/],
])('says in a line that it was given %s, and its name', (_, path, words) => {
  for (const read of [smallFile, ofNobodyElse]) {
    expect(() => read(path(), 'the key')).toThrow(AuthenticationError);
    expect(() => read(path(), 'the key')).toThrow(words);
  }
});

function circle(): string {
  const path = join(folder, 'circle');
  rmSync(path, { force: true });
  symlinkSync(path, path);
  return path;
}

it('warns of a secret that others can read, and says what mends that; anything else may be open', () => {
  const open = fileOf('open', 'a', 0o644);
  const warnings: string[] = [];
  expect(secretFile(open, 'the key', (warning) => warnings.push(warning)).toString()).toBe('a');
  expect(warnings).toStrictEqual([`${open} is a secret that others can read or change: chmod 600 ${open}`]);
  expect(smallFile(open, 'the key').toString()).toBe('a');
});

describe('openness', () => {
  const OWN = 1000;
  const state = (mode: number, uid = OWN, isFile = true) => ({ mode: 0o100000 | mode, uid, isFile: () => isFile });

  it.each([
    [0o600, 0o400, 0o700, 0o711].map((mode) => state(mode)),
    // Root's, for the group of a service.
    [0o640, 0o440].map((mode) => state(mode, 0)),
    // The pipe of a shell's <(...).
    [state(0o666, OWN, false)],
  ])('is none: %#', (...files) => {
    for (const file of files) expect(openness('key', file, OWN)).toBeUndefined();
  });

  it.each([
    ['600', state(0o644)],
    ['600', state(0o640)],
    ['600', state(0o604)],
    ['600', state(0o620)],
    ['600', state(0o602)],
    ['640', state(0o644, 0)],
    ['640', state(0o660, 0)],
  ])('ends by chmod %s: %#', (mode, file) => {
    expect(openness('key', file, OWN)).toBe(`key is a secret that others can read or change: chmod ${mode} key`);
  });

  it('is not known where files have no modes', () => {
    expect(openness('key', state(0o666), undefined)).toBeUndefined();
  });

  it.each([
    ['/a/b-1.pem', '/a/b-1.pem'],
    ['my key', "'my key'"],
    ["it's", "'it'\\''s'"],
    ['-rf', './-rf'],
    ['$(id)', "'$(id)'"],
  ])('names a file as a shell takes it: %s', (path, shown) => {
    expect(openness(path, state(0o644), OWN)?.endsWith(`chmod 600 ${shown}`)).toBe(true);
  });
});

it('takes text in UTF-8, with the mark before it or without, and nothing else', () => {
  expect(textIn(Buffer.from('für'), 'p')).toBe('für');
  expect(textIn(Buffer.from('\ufefffür'), 'p')).toBe('für');
  expect(() => textIn(Buffer.from('für', 'latin1'), 'p')).toThrow('p is no text in UTF-8');
});
