import { createHash } from 'node:crypto';
import { AuthenticationError } from './authentication-error';
import { Users } from './users';

const hashOf = (name: string, password: string): string =>
  createHash('sha256').update(`{${name}}${password}`).digest('hex');
const line = (name: string, password: string): string => `${name},${hashOf(name, password)}`;

it("knows whom the file names, as in iperf3's manual", () => {
  // From iperf3's manual: mario, rossi.
  const users = new Users('mario,bf7a49a846d44b454a5d11e7acfaf13d138bbe0b7483aa3e050879700572709b', 'users');
  expect(users.know('mario', 'rossi')).toBe(true);
  expect(users.know('mario', 'Rossi')).toBe(false);
});

it('reads remarks, empty lines, spaces around, ends of lines of Windows and digits in capitals', () => {
  const [name, hash] = line('bert', 'b').split(',') as [string, string];
  const users = new Users(`# who may\r\n\r\n  ${line('anna', 'a')}  \r\n${name},${hash.toUpperCase()}`, 'users');
  expect([users.know('anna', 'a'), users.know('bert', 'b')]).toStrictEqual([true, true]);
});

it.each([
  ['anna', 'b'],
  ['bert', 'a'],
  ['', ''],
  ['anna', ''],
  ['ann', 'a'],
  ['anna ', 'a'],
  ['__proto__', 'a'],
  // Where the one ends and the other begins is part of the hash.
  ['ann}a', 'a'],
])('does not know %j with %j', (name, password) => {
  expect(new Users(line('anna', 'a'), 'users').know(name, password)).toBe(false);
});

it.each([
  ['', /^users names no user$/],
  ['# nobody\n\n', /^users names no user$/],
  [`${line('anna', 'a')}\nbert,secret`, /^users, line 2: not "user,SHA-256 in 64 hex digits"$/],
  [`,${hashOf('', 'a')}`, /^users, line 1: not/],
  [`a,b,${hashOf('a,b', 'a')}`, /^users, line 1: not/],
  [`anna,${hashOf('anna', 'a')}0`, /^users, line 1: not/],
  [`${line('anna', 'a')}\n# again\n${line('anna', 'b')}`, /^users, line 3: anna has a line already$/],
])('cannot be %j', (text, words) => {
  expect(() => new Users(text, 'users')).toThrow(AuthenticationError);
  expect(() => new Users(text, 'users')).toThrow(words);
});
