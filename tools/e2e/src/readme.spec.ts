import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Runner, run, serve, temporaryFolder } from './harness';

const README = readFileSync(join(__dirname, '../../../README.md'), 'utf8');

/** Every command of a code block for the shell that runs a client. */
const commands = [...README.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
  .flatMap(([, block]) => (block as string).split('\n'))
  .filter((line) => /^node dist\/apps\/\w+-client /.test(line));

/** The command as it stands there, but to loopback, to a server of this test, and over soon. */
function shortened(command: string, ports: { udp: number; tcp: number }, folder: string): [Runner, string[]] {
  const [, runner, rest] = /^node dist\/apps\/(\S+) (.*)$/.exec(command) as unknown as [string, Runner, string];
  const isLoad = runner === 'tcp-client' || / (-b|--max)\b/.test(rest);
  const words = rest
    .replace(/192\.0\.2\.7( \d+)?/, `127.0.0.1 ${runner === 'udp-client' ? ports.udp : ports.tcp}`)
    .replace(/-t \S+/, '-t 1')
    .replace(/-c \d+/, '-c 20')
    .replace(/-o (\S+)/, `-o ${join(folder, '$1')}`)
    .split(' ');
  if (isLoad && !words.includes('-t') && !words.includes('-n')) words.push('-t', '1');
  if (!isLoad && !words.includes('-i')) words.push('-i', '20ms');
  return [runner, words];
}

it('shows what the runners print, nothing left to fill in', () => {
  expect(README).toMatch(/^sent 10, received 10, lost 0 \(0 % loss\)$/m);
  expect(README).not.toMatch(/@@|TODO|TBD/);
});

it('shows commands that work, every one', async () => {
  expect(commands.length).toBeGreaterThan(10);
  const [udp, tcp] = await Promise.all([serve('udp-server'), serve('tcp-server')]);
  for (const command of commands) {
    const [runner, words] = shortened(command, { udp: udp.port, tcp: tcp.port }, temporaryFolder());
    const { code, stderr, stdout } = await run(runner, ...words);
    expect([command, code, stderr]).toStrictEqual([command, 0, '']);
    expect(stdout).not.toBe('');
  }
});

it.each<[Runner, RegExp]>([
  ['udp-client', /^Clients,[\s\S]*?(?=^`tcp-client` also)/m],
  ['tcp-client', /^Clients,[\s\S]*?(?=^`udp-client` also)|^`tcp-client` also[\s\S]*?(?=^Servers,)/gm],
  ['udp-server', /^Servers,[\s\S]*?(?=^Exit codes)/m],
  ['tcp-server', /^Servers,[\s\S]*?(?=^Exit codes)/m],
])('lists the options of %s, all of them and no other', async (runner, sections) => {
  const { stdout } = await run(runner, '--help');
  const optionsIn = (text: string): string[] => [...text.matchAll(/(?<![-\w])--[a-z][a-z-\d]+/g)].map(([name]) => name);
  const tables = (README.match(sections) ?? []).join('\n').split('\n');
  const listed = tables
    .filter((line) => line.startsWith('| `') && !(runner === 'tcp-server' && line.includes('`udp-server` only')))
    .flatMap((line) => optionsIn(line.split('|')[1] as string));
  const offered = stdout
    .split('\n')
    .filter((line) => /^ +(-\w, )?--/.test(line))
    .flatMap((line) => optionsIn(line.slice(0, 30)));
  expect(offered.length).toBeGreaterThan(8);
  expect([...new Set(listed)].sort()).toStrictEqual([...new Set(offered)].sort());
});
