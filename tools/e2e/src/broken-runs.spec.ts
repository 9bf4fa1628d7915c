import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { documentsIn, loadIn, loadOf } from './documents';
import {
  afterTest,
  cookie,
  documents,
  expectNoStack,
  expectOneLine,
  freePort,
  pause,
  run,
  type Server,
  serve,
  start,
  Wire,
} from './harness';
import { expectNotCutShort, expectResult } from './result-shape';

const RUNNING = /"type":"interval"|^ +\d\.\d+-\d/m;
const tcp = ['-i', '20ms', '-t', '20', '--report-interval', '0.2'] as const;
const udp = ['-b', '1M', '-t', '20', '--report-interval', '0.2'] as const;

async function expectServes(server: Server): Promise<void> {
  const exit = await run('tcp-client', '127.0.0.1', server.port, '-i', '0.05', '-t', '0.2', '--json');
  expect([exit.code, exit.stderr]).toEqual([0, '']);
  expectNotCutShort(loadOf(exit));
  expect(loadOf(exit)).toMatchObject({ throughput: { up: { messages: expect.any(Number) } } });
}

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

describe('nonsense on the control connection', () => {
  const length = (bytes: number): Buffer => {
    const buffer = Buffer.alloc(4);
    buffer.writeUInt32BE(bytes);
    return buffer;
  };

  /** Shows a cookie and waits to be asked for parameters. */
  async function asked(server: Server): Promise<Wire> {
    const wire = await Wire.connect(server.port);
    wire.send(cookie());
    expect(await wire.byte()).toBe(9);
    return wire;
  }

  it('cannot hold a test, or the server, by not reading what it asked for', async () => {
    const server = await serve('tcp-server');
    const mine = cookie();
    const control = await Wire.connect(server.port);
    control.send(mine);
    expect(await control.byte()).toBe(9);
    control.sendJson({ tcp: true, reverse: true, time: 1 });
    expect(await control.byte()).toBe(10);
    const data = connect(server.port, '127.0.0.1');
    afterTest(() => data.destroy());
    data.on('error', () => {}).pause();
    data.write(mine);
    expect([await control.byte(), await control.byte()]).toEqual([1, 2]);
    await pause(300);
    control.send(Uint8Array.of(4));
    expect(await control.byte()).toBe(13);
    expect(await server.program.interrupt(5_000)).toMatchObject({ code: 0, stderr: '' });
  });

  it('is turned away at the first wrong byte of a cookie', async () => {
    const server = await serve('tcp-server');
    for (const opening of ['GET / HTTP/1.1\r\n\r\n', Buffer.alloc(37, 0xff), Buffer.alloc(1), randomBytes(4096)]) {
      const wire = await Wire.connect(server.port);
      wire.send(Buffer.concat([Buffer.from('ABC'), Buffer.from(opening as string)]));
      await wire.closedByPeer();
      expect(wire.received).toHaveLength(0);
    }
    const half = await Wire.connect(server.port);
    half.send(cookie().subarray(0, 20));
    half.end();
    await half.closedByPeer();
    await expectServes(server);
    const { stdout, stderr, code } = await server.program.interrupt();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('ignored: datagrams 0, connections 5');
  });

  it('is refused before anything of it is read', async () => {
    const server = await serve('tcp-server');
    for (const announced of [0xffffffff, 8193, 0]) {
      const wire = await asked(server);
      wire.send(length(announced));
      await wire.closedByPeer();
    }
    await expectServes(server);
    expect((await server.program.interrupt()).stdout).toContain('connections 3');
  });

  it('is refused where a parameter is of the wrong kind', async () => {
    const server = await serve('tcp-server');
    const wrong: unknown[] = [
      null,
      [],
      'tcp',
      5,
      { tcp: 'yes' },
      { tcp: true, len: 'long' },
      { tcp: true, len: -5 },
      { tcp: true, len: 1e9 },
      { tcp: true, len: 1.5 },
      { tcp: true, time: -1 },
      { tcp: true, time: [10] },
      { tcp: true, time: 1e300 },
      { tcp: true, parallel: 1e9 },
      { tcp: true, parallel: 0 },
      { tcp: true, bandwidth: -1 },
      { tcp: true, bandwidth: {} },
      { udp: true },
      { tcp: true, bidirectional: true, reverse: true },
      { tcp: true, pathgauge: 7 },
      { tcp: true, pathgauge: { version: 'one', features: [] } },
      { tcp: true, pathgauge: { version: 1, features: 'all' } },
    ];
    const outcomes = await Promise.all(
      wrong.map(async (parameters) => {
        const wire = await asked(server);
        wire.sendJson(parameters);
        await wire.closedByPeer().catch(() => {});
        return [JSON.stringify(parameters), wire.closed, wire.received.includes(10)];
      }),
    );
    expect(outcomes).toEqual(wrong.map((parameters) => [JSON.stringify(parameters), true, false]));
    const raw = await asked(server);
    raw.send(length(7), '{"tcp":');
    await raw.closedByPeer();
    await expectServes(server);
    const { code, stderr, stdout } = await server.program.interrupt();
    expect([code, stderr]).toEqual([0, '']);
    expectNoStack({ stdout, stderr });
  });

  // It grants records of 3 bytes, and sends what no reader of records can follow.
  it('is refused where a record would not hold its header', async () => {
    const server = await serve('tcp-server');
    const wire = await asked(server);
    wire.sendJson({ tcp: true, reverse: true, len: 3, pathgauge: { version: 1, features: ['records'] } });
    expect(await wire.byte()).toBe(0xfe);
  });

  it('may end anywhere', async () => {
    const server = await serve('tcp-server', '--json');
    const parameters = { tcp: true, time: 1, len: 100 };
    const afterCookie = await asked(server);
    afterCookie.destroy();
    const inParameters = await asked(server);
    inParameters.send(length(500), '{"tcp":true,');
    inParameters.end();
    const afterParameters = await asked(server);
    afterParameters.sendJson(parameters);
    expect(await afterParameters.byte()).toBe(10);
    afterParameters.destroy();
    await pause(50);
    await expectServes(server);
    expect(await documents(server, 1)).toHaveLength(1);
  });

  it('ends the test when it comes in the middle of it', async () => {
    const server = await serve('tcp-server', '--json');
    for (const nonsense of [Buffer.of(99), Buffer.of(64), Buffer.of(65, ...Buffer.alloc(44)), Buffer.of(12)]) {
      const name = cookie();
      const wire = await Wire.connect(server.port);
      wire.send(name);
      expect(await wire.byte()).toBe(9);
      wire.sendJson({ tcp: true, time: 1, len: 100 });
      expect(await wire.byte()).toBe(10);
      const data = await Wire.connect(server.port);
      data.send(name);
      expect([await wire.byte(), await wire.byte()]).toEqual([1, 2]);
      data.send(Buffer.alloc(1000));
      await pause(50);
      wire.send(nonsense);
      await wire.closedByPeer();
      await data.closedByPeer();
    }
    const results = await documents(server, 4);
    for (const result of results)
      expect(result).toMatchObject({ complete: false, throughput: { up: { bytes: 1000 } } });
    await expectServes(server);
  });
});

it('refuses a stream that breaks the framing of records', async () => {
  const server = await serve('tcp-server', '--json');
  const name = cookie();
  const wire = await Wire.connect(server.port);
  wire.send(name);
  await wire.byte();
  wire.sendJson({ tcp: true, time: 1, len: 100, pathgauge: { version: 1, features: ['records'] } });
  expect(await wire.byte()).toBe(64);
  await wire.json();
  expect(await wire.byte()).toBe(10);
  const data = await Wire.connect(server.port);
  data.send(name);
  expect([await wire.byte(), await wire.byte()]).toEqual([1, 2]);
  data.send(Buffer.alloc(2000, 0xff));
  await data.closedByPeer();
  const [result] = await documents(server, 1);
  expect(result).toMatchObject({ complete: false, reason: expect.stringMatching(/record/) });
  await wire.closedByPeer();
  await expectServes(server);
});

it('gives a clear line where the control port answers and UDP does not', async () => {
  // A TCP server alone refuses a UDP test; a port with nobody refuses the connection.
  const { port } = await serve('tcp-server');
  expectOneLine(await run('udp-client', '127.0.0.1', port, '-b', '1M', '-t', '1'), 1);
  expectOneLine(await run('udp-client', '127.0.0.1', await freePort(), '-b', '1M', '-t', '1'), 1, /refused/);
});
