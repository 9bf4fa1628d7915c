import { loadOf } from '../../e2e/src/documents';
import { documents, expectNoStack, freePort, pause, start, until } from '../../e2e/src/harness';
import type { Asked } from './asked';
import { iperf3, iperf3Listening, iperf3Run, reportOf } from './iperf3';
import { ourServer } from './our-server';
import { IPERF3, withPeers } from './peers';

const SIGNALS = ['SIGINT', 'SIGKILL'] as const;
/** From the beginning of a process: the opening, the omitted time, the load, its end and the exchange of results. */
const INSTANTS_MS = [3, 8, 20, 60, 500, 1300, 1990, 2003, 2010];
const OMITTING = ['-O', '1', '-t', '1', '-b', '4M'];
const FORMS = [
  ['tcp', []],
  ['tcp', ['-R', '-P', '2']],
  ['udp', ['--bidir']],
  ['udp', ['-P', '2']],
] as const;

const good = (protocol: Asked['protocol']): Asked => ({ protocol, host: '127.0.0.1', args: ['-t', '1', '-b', '1M'] });

withPeers(IPERF3)('a peer that is killed in the middle of any phase', () => {
  const clients = FORMS.flatMap(([protocol, args]) =>
    SIGNALS.map(
      (signal) => [`${protocol}-server: ${signal} to iperf3 ${args.join(' ')}`, protocol, args, signal] as const,
    ),
  );

  it.each(clients)('%s', async (_, protocol, args, signal) => {
    const server = await ourServer(protocol);
    await Promise.all(
      INSTANTS_MS.map(async (ms) => {
        const client = iperf3Run({ protocol, host: '127.0.0.1', args: [...args, ...OMITTING] }, server.port);
        await pause(ms);
        client.signal(signal);
        await client.exit();
      }),
    );
    // Whoever comes next is served as ever.
    reportOf(await iperf3Run(good(protocol), server.port).exit());
    expectNoStack(server.program);
    const exit = await server.program.interrupt();
    expect(exit.code).toBe(0);
    expectNoStack(exit);
  });

  const servers = FORMS.flatMap(([protocol, args]) =>
    SIGNALS.map(
      (signal) => [`${protocol}-client ${args.join(' ')}: ${signal} to iperf3 -s`, protocol, args, signal] as const,
    ),
  );

  it.each(servers)('%s', async (_, protocol, args, signal) => {
    const server = iperf3('-s', '-p', await freePort(), '--forceflush');
    const port = Number((await server.printed(/listening on (\d+)/))[1]);
    const client = start(`${protocol}-client`, '127.0.0.1', port, ...args, '-t', '3', '-b', '4M', '--json');
    await server.printed(/Accepted connection[\s\S]*connected to/);
    await pause(500);
    server.signal(signal);
    const exit = await client.exit();
    expect(exit.code).toBe(1);
    expect(exit.stderr).toMatch(/^[^\n]+\n$/);
    expectNoStack(exit);
    expect(loadOf(exit)).toMatchObject({ complete: false, error: { message: expect.any(String) } });
  });

  it.each(SIGNALS)('%s to a server of ours: iperf3 fails with a line, and does not hang', async (signal) => {
    const server = await ourServer('tcp');
    const client = iperf3('-c', '127.0.0.1', '-p', server.port, '-P', 2, '-t', 5, '-b', '1M', '--forceflush');
    await client.printed(/connected to/);
    await pause(300);
    server.program.signal(signal);
    const { code, stdout, stderr } = await client.exit();
    expect(code).toBe(1);
    expect(`${stdout}${stderr}`).toMatch(/error - |the server has terminated|closed unexpectedly/);
  });

  it.each(SIGNALS)('%s to a client of ours: iperf3 -s serves the next', async (signal) => {
    const port = await iperf3Listening();
    const client = start('tcp-client', '127.0.0.1', port, '-P', '2', '-t', '5', '-b', '1M');
    await client.printed(/\bMbit\/s|kbit\/s/);
    client.signal(signal);
    await client.exit();
    // It takes it a moment to see that its client is gone.
    await until('the next', async () => (await iperf3Run(good('tcp'), port).exit()).code === 0);
  });

  it('SIGINT to iperf3 in mid-load leaves a document of what was measured', async () => {
    const server = await ourServer('tcp');
    const client = iperf3('-c', '127.0.0.1', '-p', server.port, '-P', 2, '-t', 5, '-b', '4M', '--forceflush');
    await client.printed(/connected to/);
    await pause(1_200);
    client.signal('SIGINT');
    await client.exit();
    const [document] = await documents(server, 1);
    expect(document).toMatchObject({ complete: false, reason: expect.any(String) });
    expect(document?.throughput?.up?.bytes).toBeGreaterThan(0);
  });
});
