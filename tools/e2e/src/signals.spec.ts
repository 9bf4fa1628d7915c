import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { loadOf, pingIn } from './documents';
import { APPS, Program, pause, type Server, serve, start } from './harness';
import { TRANSPORTS } from './linux-works';
import { expectResult } from './result-shape';

const probes = ['-t', '20', '-i', '10ms'] as const;
const load = ['-t', '20', '-i', '20ms', '--report-interval', '0.2'] as const;
const SENT_SO_FAR = /^so far: [1-9]\S* \S+ sent in \S+ s, \S+ [kMG]?bit\/s$/m;
const SO_FAR = /^so far: sent \d+, received \d+, lost 0 \(0 % loss\), round trip min \S+ m?s, median /m;

let udp: Server;
let tcp: Server;
beforeEach(async () => {
  [udp, tcp] = await Promise.all([serve('udp-server'), serve('tcp-server')]);
});

it.each(TRANSPORTS)('shows the figures so far on SIGQUIT and goes on, %s transport', async (kind) => {
  const only = ['--transport', kind] as const;
  const clients = [
    start('udp-client', '127.0.0.1', udp.port, ...probes, '--json-stream', ...only),
    start('udp-client', '127.0.0.1', udp.port, ...probes, ...only),
  ];
  const unreported = ['-t', '20', '--max', '--report-interval', '1h'] as const;
  const sender = start('tcp-client', '127.0.0.1', tcp.port, ...unreported, ...only);
  await Promise.all([clients[0]?.printed(/"start"/), clients[1]?.printed(/seq=5 /), sender.printed(/^sending /m)]);
  await pause(300);
  for (const program of [...clients, sender]) program.signal('SIGQUIT');
  await Promise.all(clients.map((client) => client.printed(SO_FAR)));
  await sender.printed(SENT_SO_FAR);
  const exits = await Promise.all([...clients, sender].map((client) => client.interrupt()));
  for (const exit of exits) {
    expect(exit.code).toBe(0);
    expect(exit.stdout).not.toContain('so far');
  }
  expectResult(pingIn((exits[0] as { stdout: string }).stdout));
});

it('shows what a server has done on SIGQUIT, and it goes on', async () => {
  const client = start('udp-client', '127.0.0.1', udp.port, ...probes);
  await client.printed(/seq=5 /);
  for (const { program } of [udp, tcp]) program.signal('SIGQUIT');
  await udp.program.printed(/^load tests 0, probes answered [1-9]\d* in 1 sessions$/m);
  await tcp.program.printed(/^load tests 0, probes answered 0 in 0 sessions$/m);
  expect((await client.interrupt()).code).toBe(0);
  for (const { program } of [udp, tcp]) expect((await program.interrupt()).code).toBe(0);
});

it('ends with a summary when its terminal hangs up', async () => {
  const pinging = start('udp-client', '127.0.0.1', udp.port, ...probes);
  const loading = start('tcp-client', '127.0.0.1', tcp.port, ...load, '--json');
  await pinging.printed(/seq=5 /);
  await tcp.program.printed(/^\[1\] +\d\.\d+-\d/m);
  for (const program of [pinging, loading]) program.signal('SIGHUP');
  const [ping, document] = await Promise.all([pinging.exit(5_000), loading.exit(5_000)]);
  expect([ping.code, document.code]).toEqual([0, 0]);
  expect(ping.stdout).toMatch(/^incomplete: interrupted\nsent \d+, received/m);
  expect(loadOf(document)).toMatchObject({ complete: false, reason: 'interrupted', error: null });
  for (const { program } of [udp, tcp]) {
    program.signal('SIGHUP');
    const exit = await program.exit(5_000);
    expect([exit.code, exit.stdout]).toEqual([0, expect.stringMatching(/^load tests \d+, probes answered/m)]);
  }
});

it.each([
  ['nohup', (command: string) => `nohup ${command}`],
  ['a shell that ignores it', (command: string) => `trap '' HUP; ${command}; exit $?`],
])('stays when its terminal hangs up under %s', async (_, under) => {
  const command = [process.execPath, join(APPS, 'udp-client'), '127.0.0.1', udp.port, '-c', '100', '-i', '10ms'];
  const shell = new Program('bash', ['-c', `${under(command.join(' '))}`]);
  await shell.printed(/seq=5 /);
  const pids = execFileSync('bash', ['-c', `cat /proc/${shell.pid}/task/${shell.pid}/children`], {
    encoding: 'utf8',
  }).trim();
  process.kill(Number(pids === '' ? shell.pid : pids), 'SIGHUP');
  const exit = await shell.exit();
  expect(exit.code).toBe(0);
  expect(exit.stdout).not.toContain('interrupted');
});
