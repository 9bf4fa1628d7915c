import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { passwordInFile } from './password-file';

/** Of files that nobody else can read. */
const unwarned = (warning: string): never => {
  throw new Error(warning);
};

const folder = mkdtempSync(join(tmpdir(), 'password-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(content: string | Buffer, mode = 0o600): string {
  const path = join(folder, 'password');
  rmSync(path, { force: true });
  writeFileSync(path, content, { mode });
  return path;
}

it.each([
  ['secret', 'secret'],
  ['secret\n', 'secret'],
  ['secret\r\n', 'secret'],
  [' two words \n', ' two words '],
  ['für', 'für'],
])('%j holds %j', (content, password) => {
  expect(passwordInFile(fileOf(content), unwarned)).toBe(password);
});

it.each([
  ['secret\n\n', /more than a password/],
  ['secret\nsecret', /more than a password/],
  ['secret\rsecret', /more than a password/],
  ['secret\0', /more than a password/],
  ['\n', /holds no password$/],
  ['', /is empty$/],
  [Buffer.from('secret ü', 'latin1'), /is no text/],
  ['secret'.repeat(1e6), /is too long/],
])('%# is none, and is not told', (content, words) => {
  const path = fileOf(content);
  const read = () => passwordInFile(path, unwarned);
  expect(read).toThrow(words);
  expect(read).toThrow(path);
  expect(read).not.toThrow(/secret/);
  expect(read).toThrow(expect.objectContaining({ code: 'EUSAGE' }));
});

it('is a secret', () => {
  const warnings: string[] = [];
  expect(passwordInFile(fileOf('secret', 0o644), (warning) => warnings.push(warning))).toBe('secret');
  expect(warnings).toStrictEqual([expect.stringMatching(/chmod 600 \S+password$/)]);
});
