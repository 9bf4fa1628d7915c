import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadOf } from '../../e2e/src/documents';
import { documents, expectOneLine, Program, type Server, serve, temporaryFolder, until } from '../../e2e/src/harness';
import { APPS, type Exit } from '../../e2e/src/program';
import { iperf3Listening, iperf3Serving, reportOf } from './iperf3';
import { IPERF3, iperf3Has, withPeers } from './peers';

const USER = 'mario';
// 3.12 reads names and passwords to the first space.
const PASSWORD = 'rossi,with}signs';

/** One that has no such option encrypts in this way alone. */
const OF_OURS = iperf3Has('--use-pkcs1-padding') ? [] : ['--use-pkcs1-padding'];
/** What iperf3 as a server has, and ours with it. Its clients have no such option. */
const PADDINGS = OF_OURS.length > 0 ? [[]] : [[], ['--use-pkcs1-padding']];
const CASES = (['tcp', 'udp'] as const).flatMap((protocol) => PADDINGS.map((padding) => [protocol, padding] as const));

/** A pair of keys, and the file of users that iperf3's manual describes. */
function credentials(): { privateKey: string; publicKey: string; users: string } {
  const folder = temporaryFolder();
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = {
    privateKey: join(folder, 'private.pem'),
    publicKey: join(folder, 'public.pem'),
    users: join(folder, 'users'),
  };
  writeFileSync(files.privateKey, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
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
      const server = await serve(`${protocol}-server`, '--json', ...serving(keys), ...OF_OURS);
      const mode = protocol === 'udp' ? ['-u'] : [];
      const user = [...mode, '--username', USER, '--rsa-public-key-path', keys.publicKey];
      reportOf(await iperf3As(server, PASSWORD, ...user));
      const [document] = await documents(server, 1);
      expect(document).toMatchObject({ complete: true, peer: { protocol: 'iperf3' } });

      for (const refused of [await iperf3As(server, 'wrong', ...user), await iperf3As(server, PASSWORD, ...mode)]) {
        // Under -J 3.12 ends with 0.
        expect(JSON.parse(refused.stdout).error).toMatch(/authorization failed|authentication failed/);
      }
      reportOf(await iperf3As(server, PASSWORD, ...user));
    },
  );

  it.each(CASES)(
    '%s-client --username --rsa-public-key-path at an iperf3 server with users: %j',
    async (protocol, padding) => {
      const keys = credentials();
      const { program, port } = await iperf3Serving(...serving(keys), ...padding);
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
        ...OF_OURS,
        ...padding,
      ];
      const client = (password: string): Program =>
        new Program(process.execPath, [join(APPS, `${protocol}-client`), '127.0.0.1', ...args], {
          IPERF3_PASSWORD: password,
        });
      const running = client(PASSWORD);
      await until('the process list', () =>
        readFileSync(`/proc/${running.pid}/cmdline`, 'utf8').includes('--username'),
      );
      expect(readFileSync(`/proc/${running.pid}/cmdline`, 'utf8')).not.toContain(PASSWORD);
      const exit = await running.exit();
      expect([exit.code, exit.stderr]).toEqual([0, '']);
      expect(loadOf(exit)).toMatchObject({ error: null, peer: { protocol: 'iperf3' } });
      reportOf(await program.exit());
    },
  );

  it('a wrong password, and none, are told in one line', async () => {
    const keys = credentials();
    const port = await iperf3Listening(...serving(keys));
    const client = (password: string, ...args: string[]): Promise<Exit> =>
      new Program(
        process.execPath,
        [join(APPS, 'tcp-client'), '127.0.0.1', String(port), '-t', '1', '-b', '4M', ...args],
        { IPERF3_PASSWORD: password },
      ).exit();
    const user = ['--username', USER, '--rsa-public-key-path', keys.publicKey, ...OF_OURS];
    // 3.21 closes the connection without a word.
    const words = /authentication failed|closed the connection/;
    expectOneLine(await client('wrong', ...user), 1, words);
    expectOneLine(await client(PASSWORD), 1, words);
  });
});
