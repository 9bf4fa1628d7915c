import { documentsIn, loadIn } from './documents';
import { documents, expectNoStack, expectOneLine, freePort, pause, run, serve, start } from './harness';
import { expectResult } from './result-shape';

import { expectServes } from './still-serves';

const RUNNING = /"type":"interval"|^ +\d\.\d+-\d/m;
const tcp = ['-i', '20ms', '-t', '20', '--report-interval', '0.2'] as const;
const udp = ['-b', '1M', '-t', '20', '--report-interval', '0.2'] as const;

it('prints what was measured when the server dies, marks it incomplete, and fails', async () => {
  const servers = await Promise.all([serve('tcp-server'), serve('udp-server')]);
  const [tcpPort, udpPort] = servers.map(({ port }) => port) as [number, number];
  const clients = [
    start('tcp-client', '127.0.0.1', tcpPort, ...tcp),
    start('tcp-client', '127.0.0.1', tcpPort, ...tcp, '-R'),
    start('tcp-client', '127.0.0.1', tcpPort, '--max', '-t', '20', '--report-interval', '0.2'),
    start('udp-client', '127.0.0.1', udpPort, ...udp),
    start('udp-client', '127.0.0.1', udpPort, ...udp, '-R'),
  ];
  const documented = [
    start('tcp-client', '127.0.0.1', tcpPort, ...tcp, '-R', '--json-stream'),
    start('udp-client', '127.0.0.1', udpPort, ...udp, '--json-stream'),
  ];
  await Promise.all([...clients, ...documented].map((client) => client.printed(RUNNING)));
  for (const { program } of servers) program.signal('SIGKILL');
  const exits = await Promise.all(clients.map((client) => client.exit(10_000)));
  for (const exit of exits) {
    expectOneLine(exit, 1, /^(tcp|udp)-client: incomplete: /);
    expect(exit.stdout).toMatch(/^incomplete: /m);
    expect(exit.stdout).toMatch(/bit\/s/);
  }
  // What this end received it knows; of what it sent it says no more than that.
  expect(exits[1]?.stdout).toMatch(/^throughput .* received\)$/m);
  expect(exits[0]?.stdout).toMatch(/^sent .* not known$/m);
  for (const client of documented) {
    const result = loadIn((await client.exit()).stdout);
    expectResult(result);
    expect(result.complete).toBe(false);
    expect(result.reason).toMatch(/./);
    const [stream] = result.streams ?? [];
    expect(stream?.bytes ?? stream?.sent?.bytes ?? 0).toBeGreaterThan(0);
  }
});

it('ends a session of probes in order when the server dies', async () => {
  const { port, program } = await serve('udp-server');
  const client = start('udp-client', '127.0.0.1', port, '-c', '12', '-i', '50ms', '--timeout', '200ms');
  await client.printed(/seq=3 /);
  program.signal('SIGKILL');
  const exit = await client.exit();
  expectNoStack(exit);
  const [, received, lost] = exit.stdout.match(/^sent \d+, received (\d+), lost (\d+)/m)?.map(Number) ?? [];
  expect(received).toBeGreaterThanOrEqual(4);
  expect(lost).toBeGreaterThan(0);
  expect(exit.code).toBe(0);
});

it('goes on serving when a client dies', async () => {
  const server = await serve('tcp-server', '--json');
  const clients = [
    start('tcp-client', '127.0.0.1', server.port, ...tcp),
    start('tcp-client', '127.0.0.1', server.port, ...tcp, '-R'),
    start('tcp-client', '127.0.0.1', server.port, '--max', '-R', '-t', '20', '--report-interval', '0.2'),
  ];
  await Promise.all(clients.map((client) => client.printed(RUNNING)));
  for (const client of clients) client.signal('SIGKILL');
  const broken = await documents(server, 3);
  for (const result of broken) {
    expectResult(result);
    expect(result.complete).toBe(false);
    const [stream] = result.streams ?? [];
    expect(stream?.bytes ?? stream?.sent?.bytes).toBeGreaterThan(0);
  }
  await expectServes(server);
  expectNoStack((await server.program.interrupt()) as never);
});

it('goes on serving UDP when a client dies', async () => {
  const server = await serve('udp-server');
  const clients = [
    start('udp-client', '127.0.0.1', server.port, ...udp),
    start('udp-client', '127.0.0.1', server.port, '--max', '-R', '-t', '20', '--report-interval', '0.2'),
  ];
  await Promise.all(clients.map((client) => client.printed(RUNNING)));
  for (const client of clients) client.signal('SIGKILL');
  await Promise.all([1, 2].map((client) => server.program.printed(new RegExp(`\\[${client}\\] incomplete: `))));
  const next = await run('udp-client', '127.0.0.1', server.port, '-b', '1M', '-t', '0.3', '--json');
  expect(next.code).toBe(0);
  const { code, stdout, stderr } = await server.program.interrupt();
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('load tests 3,');
});

it('tells its clients when it is stopped by Ctrl-C', async () => {
  const [tcpServer, udpServer] = await Promise.all([serve('tcp-server', '--json'), serve('udp-server', '--json')]);
  const clients = [
    start('tcp-client', '127.0.0.1', tcpServer.port, ...tcp),
    start('tcp-client', '127.0.0.1', tcpServer.port, ...tcp, '-R'),
    start('udp-client', '127.0.0.1', udpServer.port, ...udp),
    start('udp-client', '127.0.0.1', udpServer.port, ...udp, '-R'),
  ];
  await Promise.all(clients.map((client) => client.printed(RUNNING)));
  const stopped = await Promise.all([tcpServer.program.interrupt(5_000), udpServer.program.interrupt(5_000)]);
  const exits = await Promise.all(clients.map((client) => client.exit(10_000)));
  for (const exit of exits) {
    expectOneLine(exit, 1, /^(tcp|udp)-client: incomplete: .*server/);
    expect(exit.stdout).toMatch(/^incomplete: .*server/m);
  }
  for (const exit of stopped) {
    expect(exit.code).toBe(0);
    const results = documentsIn(exit.stdout);
    expect(results).toHaveLength(2);
    for (const result of results) {
      expectResult(result);
      expect(result).toMatchObject({ complete: false, reason: 'the server was stopped' });
    }
  }
});

// It takes the bound for a server that answers, 5 s, and more, before it prints what it has.
it('does not wait long for a server that hangs, once it is told to stop', async () => {
  const { port, program } = await serve('tcp-server');
  const client = start('tcp-client', '127.0.0.1', port, ...tcp, '-R');
  await client.printed(RUNNING);
  program.signal('SIGSTOP');
  await pause(200);
  const exit = await client.interrupt(4_500);
  expect(exit.stdout).toMatch(/^throughput /m);
});

it('stops cleanly on SIGTERM, and frees its port', async () => {
  const server = await serve('tcp-server');
  server.program.signal('SIGTERM');
  expect(await server.program.exit(5_000)).toMatchObject({ code: 0, stderr: '' });
  const again = start('tcp-server', server.port);
  await again.printed(/listening/);
});

it('gives a clear line where the control port answers and UDP does not', async () => {
  // A TCP server alone refuses a UDP test; a port with nobody refuses the connection.
  const { port } = await serve('tcp-server');
  expectOneLine(await run('udp-client', '127.0.0.1', port, '-b', '1M', '-t', '1'), 1);
  expectOneLine(await run('udp-client', '127.0.0.1', await freePort(), '-b', '1M', '-t', '1'), 1, /refused/);
});
