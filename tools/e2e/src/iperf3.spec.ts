import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadOf } from './documents';
import {
  documents,
  type Exit,
  expectOneLine,
  freePort,
  type Json,
  Program,
  run,
  scriptedServer,
  serve,
  temporaryFolder,
  whereProgram,
} from './harness';
import { TRANSPORTS } from './linux-works';
import { expectNotCutShort, expectResult } from './result-shape';

interface Iperf3Report {
  error?: string;
  end: { sum_received?: { bytes: number }; sum_sent?: { bytes: number }; sum?: Json };
}

const iperf3 = (...args: (string | number)[]): Program => new Program('iperf3', args.map(String));
const client = (port: number, ...args: (string | number)[]): Promise<Exit> =>
  iperf3('-c', '127.0.0.1', '-p', port, '-t', 1, '-J', ...args).exit();

function reportOf(exit: Exit): Iperf3Report {
  const report = JSON.parse(exit.stdout) as Iperf3Report;
  expect(report.error).toBeUndefined();
  expect(exit.code).toBe(0);
  return report;
}

const real = whereProgram('iperf3', describe);

real('a real iperf3 client', () => {
  it('completes a TCP test with tcp-server, forward and reverse', async () => {
    const server = await serve('tcp-server', '--json');
    const forward = reportOf(await client(server.port, '-b', '50M'));
    const [up] = await documents(server, 1);
    const reverse = reportOf(await client(server.port, '-R'));
    const down = (await documents(server, 2))[1];
    for (const result of [up, down]) {
      if (result === undefined) throw new Error('no document');
      expectResult(result);
      // Its stream has no messages and no send times.
      expectNotCutShort(result);
      expect(result).toMatchObject({ peer: { protocol: 'iperf3' }, owd: null, jitter: null });
    }
    expect(up?.throughput?.up).toMatchObject({ bytes: forward.end.sum_received?.bytes, messages: null });
    expect(down?.throughput?.down?.bytes).toBe(reverse.end.sum_received?.bytes);
    expect(down?.throughput?.down?.bytes).toBeGreaterThan(0);
  });

  it('runs beside a Pathgauge client', async () => {
    const server = await serve('tcp-server', '--json');
    const [plain, ours] = await Promise.all([
      client(server.port, '-b', '10M'),
      run('tcp-client', '127.0.0.1', server.port, '-i', '0.1', '-t', '1', '--json'),
    ]);
    reportOf(plain);
    expectNotCutShort(loadOf(ours));
    expect(loadOf(ours)).toMatchObject({ peer: { protocol: 'pathgauge' } });
    const protocols = (await documents(server, 2)).map(({ peer }) => peer.protocol);
    expect(protocols.sort()).toEqual(['iperf3', 'pathgauge']);
  });

  it('completes a UDP test with udp-server, and with wide counters in reverse', async () => {
    const server = await serve('udp-server', '--json');
    reportOf(await client(server.port, '-u', '-b', '2M'));
    reportOf(await client(server.port, '-u', '-b', '2M', '-R', '--udp-counters-64bit'));
    for (const result of await documents(server, 2)) {
      expectResult(result);
      expectNotCutShort(result);
      expect(result).toMatchObject({ peer: { protocol: 'iperf3' }, owd: null });
      expect(result.datagrams?.received).toBeGreaterThan(0);
    }
  });

  // The numbers are always 64 bits wide, so that a client with 32 reads 0: all out of order, and 100 % lost.
  it('completes a UDP test with udp-server in reverse', async () => {
    const server = await serve('udp-server', '--json');
    reportOf(await client(server.port, '-u', '-b', '2M', '-R'));
    const [result] = await documents(server, 1);
    expect(result?.datagrams?.received).toBe(result?.datagrams?.sent);
  });

  it('is told when it asks for what is not served, and the server goes on', async () => {
    const server = await serve('tcp-server');
    const asked = [['-u'], ['-R', '-C', 'nosuch'], ['-R', '-C', 'nosuch', '-P', '3']];
    const exits = await Promise.all(asked.map((options) => client(server.port, ...options)));
    const errors = exits.map(({ stdout }) => (JSON.parse(stdout) as Iperf3Report).error);
    const NO_CONGESTION = /unable to set TCP_CONGESTION: .*not supported/;
    for (const [i, words] of [/not implemented/, NO_CONGESTION, NO_CONGESTION].entries()) {
      expect(errors[i]).toMatch(words);
    }
    expect((await run('tcp-client', '127.0.0.1', server.port, '-i', '0.1', '-t', '0.2')).code).toBe(0);
    expect((await server.program.interrupt()).code).toBe(0);
  });
});

real('a real iperf3 server with users', () => {
  it.each(TRANSPORTS)('tells that authentication failed, and so does tcp-client (%s)', async (kind) => {
    const folder = temporaryFolder();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
    writeFileSync(join(folder, 'users'), `user,${'0'.repeat(64)}\n`);
    const port = await freePort();
    const users = ['--rsa-private-key-path', join(folder, 'key.pem'), '--authorized-users-path', join(folder, 'users')];
    const server = iperf3('-s', '-p', port, '--forceflush', ...users);
    await server.printed(/Server listening/);
    const exit = await run('tcp-client', '127.0.0.1', port, '-t', '1', '--transport', kind);
    expectOneLine(exit, 1, /authentication failed/);
  });
});

it.each<[string, readonly number[], RegExp]>([
  ['one word', [142], /authentication failed/],
  ['two words', [121, 0], /busy with another test/],
  ["two words of which one is the system's", [204, 24], /data stream \(its system error 24\)/],
])('tells what an iperf3 server says behind SERVER_ERROR: %s', async (_, words, expected) => {
  const port = await scriptedServer((socket) => {
    const bytes = Buffer.alloc(4 * words.length);
    words.forEach((word, i) => void bytes.writeInt32BE(word, 4 * i));
    socket.write(Buffer.of(9));
    socket.once('data', () => socket.end(Buffer.concat([Buffer.of(0xfe), bytes])));
  });
  const exits = await Promise.all([
    run('tcp-client', '127.0.0.1', port, '-t', '1', '--transport', 'linux'),
    run('tcp-client', '127.0.0.1', port, '-t', '1', '--transport', 'portable'),
    run('udp-client', '127.0.0.1', port, '-b', '1M', '-t', '1'),
  ]);
  for (const exit of exits) expectOneLine(exit, 1, expected);
});

real('a real iperf3 server', () => {
  async function listening(): Promise<{ port: number; program: Program }> {
    const port = await freePort();
    const program = iperf3('-s', '-p', port, '--forceflush');
    await program.printed(/Server listening/);
    return { port, program };
  }

  it('completes a TCP test with tcp-client, forward, reverse and paced', async () => {
    const servers = await Promise.all([listening(), listening(), listening(), listening()]);
    const cases = [['--max'], ['--max', '-R'], ['-b', '8M'], ['-i', '0.2']];
    const exits = await Promise.all(
      cases.map((args, i) => run('tcp-client', '127.0.0.1', servers[i]?.port ?? 0, '-t', '1', '--json', ...args)),
    );
    exits.forEach((exit, i) => {
      expect([exit.code, exit.stderr]).toEqual([0, '']);
      const result = loadOf(exit);
      expectResult(result);
      expectNotCutShort(result);
      expect(result).toMatchObject({ peer: { protocol: 'iperf3' }, owd: null });
      const rate = result.throughput?.[i === 1 ? 'down' : 'up'];
      expect(rate?.bytes).toBeGreaterThan(0);
      expect(rate?.messages).toBeNull();
      expect(servers[i]?.program.stdout).not.toMatch(/error/i);
    });
    // 1 s of 8 Mbit/s in records of 10 000 bytes, one more at the most.
    expect(loadOf(exits[2] as Exit).throughput?.up?.bytes).toBeLessThanOrEqual(1_010_000);
    expect(loadOf(exits[3] as Exit).throughput?.up?.bytes).toBe(5 * 1024);
  });

  it('completes a UDP test with udp-client, forward and reverse', async () => {
    const { port } = await listening();
    for (const [args, counted] of [
      [[], null],
      [['-R'], expect.any(Number)],
    ] as const) {
      const exit = await run('udp-client', '127.0.0.1', port, '-b', '1M', '-t', '1', '--json', ...args);
      expect([exit.code, exit.stderr]).toEqual([0, '']);
      const result = loadOf(exit);
      expectResult(result);
      expectNotCutShort(result);
      expect(result).toMatchObject({ peer: { protocol: 'iperf3' } });
      // Where iperf3 receives, nobody counts these.
      expect(result.datagrams).toMatchObject({ duplicates: counted, reordered: counted, late: counted });
      // A load of a second took no less, and what was received is no faster than what was sent.
      const stream = result.streams?.[0];
      expect(stream?.sent?.durationNs).toBeGreaterThanOrEqual(0.99e9);
      expect(stream?.bitsPerSecond).toBeLessThanOrEqual((stream?.sent?.bitsPerSecond as number) * 1.001);
    }
  });

  it('is reported as busy while it serves another', async () => {
    const { port } = await listening();
    const first = iperf3('-c', '127.0.0.1', '-p', port, '-t', 5, '-b', '1M', '--forceflush');
    await first.printed(/connected to/);
    const exit = await run('tcp-client', '127.0.0.1', port, '-t', '1');
    expect(exit.code).toBe(1);
    expect(exit.stderr).toMatch(/^tcp-client: .*busy.*\n$/);
  });
});
