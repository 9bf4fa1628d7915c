import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const NOBODY = 65_534;

/**
 * Tries to bind a UDP port of this host that another program has, as this user and, where that is permitted, as another one,
 * with every option by which sockets share ports. Returns in which ways that went well. For specs only.
 */
export function thieves(port: number, addresses: readonly string[]): string[] {
  const users = process.getuid?.() === 0 ? [undefined, NOBODY] : [undefined];
  return users.flatMap((uid) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', PROGRAM], {
      input: JSON.stringify({ koffi: createRequire(__filename).resolve('koffi'), port, addresses, uid }),
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return (JSON.parse(stdout) as string[]).map((way) => `uid ${uid ?? 'own'}: ${way}`);
  });
}

// Node sets neither option by itself, so this is done in C; and the user is changed when everything is loaded.
const PROGRAM = `
const { koffi: path, port, addresses, uid } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const library = require(path).load(null);
const socket = library.func('int socket(int, int, int)');
const bind = library.func('int bind(int, void *, int)');
const setsockopt = library.func('int setsockopt(int, int, int, void *, int)');
const close = library.func('int close(int)');
if (uid !== undefined) process.setuid(uid);
const one = Buffer.from([1, 0, 0, 0]);
const taken = [];
for (const address of addresses) {
  const six = address.includes(':');
  const name = Buffer.alloc(28);
  name.writeUInt16LE(six ? 10 : 2, 0);
  name.writeUInt16BE(port, 2);
  if (!six) name.set(address.split('.').map(Number), 4);
  else if (address !== '::') throw new Error('no other address of IPv6 is asked for');
  for (const options of [[], ['SO_REUSEADDR'], ['SO_REUSEPORT'], ['SO_REUSEADDR', 'SO_REUSEPORT']]) {
    const fd = socket(six ? 10 : 2, 2, 0);
    if (fd < 0) continue;
    for (const option of options) setsockopt(fd, 1, option === 'SO_REUSEADDR' ? 2 : 15, one, 4);
    if (bind(fd, name, six ? 28 : 16) === 0) taken.push(address + ' ' + (options.join(' and ') || 'without any'));
    close(fd);
  }
}
process.stdout.write(JSON.stringify(taken));
`;
