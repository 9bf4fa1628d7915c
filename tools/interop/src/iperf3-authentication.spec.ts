import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadOf } from '../../e2e/src/documents';
import { documents, expectOneLine, Program, type Server, serve, temporaryFolder, until } from '../../e2e/src/harness';
import { APPS, type Exit } from '../../e2e/src/program';
import { iperf3Serving, reportOf } from './iperf3';
import { IPERF3, withPeers } from './peers';

const USER = 'mario';
const PASSWORD = 'rossi, a word with spaces';

/** A pair of keys, and the file of users that iperf3's manual describes. */
function credentials(): { privateKey: string; publicKey: string; users: string } {
  const folder = temporaryFolder();
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = {
    privateKey: join(folder, 'private.pem'),
    publicKey: join(folder, 'public.pem'),
    users: join(folder, 'users'),
  };
  writeFileSync(files.privateKey, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(files.publicKey, pair.publicKey.export({ type: 'spki', format: 'pem' }));
  const hash = createHash('sha256').update(`{${USER}}${PASSWORD}`).digest('hex');
  writeFileSync(files.users, `# users\n${USER},${hash}\n`);
  return files;
}

const serving = ({ privateKey, users }: ReturnType<typeof credentials>): string[] => [
  '--rsa-private-key-path',
  privateKey,
  '--authorized-users-path',
  users,
];

const iperf3As = (server: Server, password: string, ...args: string[]): Promise<Exit> =>
  new Program(IPERF3.command, ['-c', '127.0.0.1', '-p', String(server.port), '-t', '1', '-b', '4M', '-J', ...args], {
    IPERF3_PASSWORD: password,
  }).exit();

withPeers(IPERF3)('RSA authentication', () => {
  it.each(['tcp', 'udp'] as const)(
    'iperf3 --username --rsa-public-key-path at a %s-server with users',
    async (protocol) => {
      const keys = credentials();
      const server = await serve(`${protocol}-server`, '--json', ...serving(keys));
      const mode = protocol === 'udp' ? ['-u'] : [];
      const user = [...mode, '--username', USER, '--rsa-public-key-path', keys.publicKey];
      reportOf(await iperf3As(server, PASSWORD, ...user));
      const [document] = await documents(server, 1);
      expect(document).toMatchObject({ complete: true, peer: { protocol: 'iperf3' } });

      for (const refused of [await iperf3As(server, 'wrong', ...user), await iperf3As(server, PASSWORD, ...mode)]) {
        expect(refused.code).toBe(1);
        expect(JSON.parse(refused.stdout).error).toMatch(/authorization failed|authentication failed/);
      }
      reportOf(await iperf3As(server, PASSWORD, ...user));
    },
  );

  it.each(['tcp', 'udp'] as const)(
    '%s-client --username --rsa-public-key-path at an iperf3 server with users',
    async (protocol) => {
      const keys = credentials();
      const { program, port } = await iperf3Serving(...serving(keys));
      const args = [
        String(port),
        '-t',
        '1',
        '-b',
        '4M',
        '--json',
        '--username',
        USER,
        '--rsa-public-key-path',
        keys.publicKey,
      ];
      const client = (password: string): Program =>
        new Program(process.execPath, [join(APPS, `${protocol}-client`), '127.0.0.1', ...args], {
          PATHGAUGE_PASSWORD: password,
          IPERF3_PASSWORD: password,
        });
      const running = client(PASSWORD);
      await until('the process list', () =>
        readFileSync(`/proc/${running.pid}/cmdline`, 'utf8').includes('--username'),
      );
      expect(readFileSync(`/proc/${running.pid}/cmdline`, 'utf8')).not.toContain(PASSWORD);
      const exit = await running.exit();
      expect([exit.code, exit.stderr]).toEqual([0, '']);
      expect(loadOf(exit)).toMatchObject({ complete: true, peer: { protocol: 'iperf3' } });
      reportOf(await program.exit());
    },
  );

  it('a wrong password, and none, are told in one line', async () => {
    const keys = credentials();
    const { port } = await iperf3Serving(...serving(keys));
    const client = (password: string, ...args: string[]): Promise<Exit> =>
      new Program(
        process.execPath,
        [join(APPS, 'tcp-client'), '127.0.0.1', String(port), '-t', '1', '-b', '4M', ...args],
        { PATHGAUGE_PASSWORD: password, IPERF3_PASSWORD: password },
      ).exit();
    const user = ['--username', USER, '--rsa-public-key-path', keys.publicKey];
    expectOneLine(await client('wrong', ...user), 1, /authentication failed/);
  });
});
