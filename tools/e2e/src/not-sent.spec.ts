import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { APPS, afterTest, Program, pause, type Result, serve, start, where } from './harness';
import { linuxWorks } from './linux-works';

const PLANNED = 893; // 2 s of 5 Mbit/s, 1400 bytes each: one every 2.24 ms.
const TRANSPORTS = linuxWorks ? (['linux', 'portable'] as const) : (['portable'] as const);
const [NEAR, FAR] = [`transport-${process.pid}-near`, `transport-${process.pid}-far`];
const ADDRESS = { near: '10.205.0.1', far: '10.205.0.2' };
const ROUTE = ['10.205.0.0/24', 'dev', 'v0'];

const run = (command: string, ...args: string[]): void => void execFileSync(command, args, { stdio: 'pipe' });

/** Two hosts on a link; false where this process may not make them. */
function makeHosts(): boolean {
  try {
    for (const each of [NEAR, FAR]) run('ip', 'netns', 'add', each);
    run('ip', '-n', NEAR, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v0', 'netns', FAR);
    run('ip', '-n', NEAR, 'address', 'add', `${ADDRESS.near}/24`, 'dev', 'v0');
    run('ip', '-n', FAR, 'address', 'add', `${ADDRESS.far}/24`, 'dev', 'v0');
    for (const each of [NEAR, FAR]) for (const link of ['lo', 'v0']) run('ip', '-n', each, 'link', 'set', link, 'up');
    return true;
  } catch {
    removeHosts();
    return false;
  }
}

function removeHosts(): void {
  for (const each of [NEAR, FAR]) {
    try {
      run('ip', 'netns', 'del', each);
    } catch {
      // It was never made.
    }
  }
}

const on = (host: string, runner: string, ...args: string[]): Program =>
  new Program('ip', ['netns', 'exec', host, process.execPath, join(APPS, runner), ...args]);

function expectPlanned(count: number, fewest: number): void {
  expect(count).toBeGreaterThanOrEqual(fewest);
  expect(count).toBeLessThanOrEqual(PLANNED);
}

/** All that was planned was sent or was not, what was sent arrived, and the run says that it fell short. */
function expectNotSent(result: Result, fewest: number = PLANNED): number {
  const { sent, received, lost, notSent } = result.probes as NonNullable<Result['probes']>;
  expect([received, lost]).toEqual([sent, 0]);
  expectPlanned((sent as number) + (notSent as number), fewest);
  expect(result).toMatchObject({ complete: false, reason: 'not everything was sent' });
  return notSent as number;
}

const CASES = TRANSPORTS.flatMap((kind) =>
  (['udp', 'tcp'] as const).flatMap((protocol) => [
    [protocol, kind, 'client'] as const,
    [protocol, kind, 'server'] as const,
  ]),
);

describe.each(CASES)('a %s load of the %s transport', (protocol, kind, sender) => {
  it(`does not make up for the time in which its ${sender} was suspended`, async () => {
    const server = await serve(`${protocol}-server`, '--transport', kind);
    const reverse = sender === 'server' ? ['-R'] : [];
    const args = [
      '-b',
      '5M',
      '-l',
      '1400',
      '-t',
      '2',
      '--report-interval',
      '0.1',
      '--json-stream',
      '--transport',
      kind,
    ];
    const client = start(`${protocol}-client`, '127.0.0.1', server.port, ...args, ...reverse);
    await client.printed(/"interval".*\n.*"interval"/);
    const held = sender === 'server' ? server.program : client;
    held.signal('SIGSTOP');
    await pause(500);
    held.signal('SIGCONT');
    const exit = await client.exit();
    expect(exit.code).toBe(0);
    const summary = exit.stdout.trim().split('\n').at(-1) as string;
    const { result } = JSON.parse(summary) as { readonly result: Result };
    const [stream] = result.streams ?? [];
    // 500 ms are 223 messages, of which the last five milliseconds are caught up with.
    expect(stream?.notSent).toBeGreaterThan(200);
    // The client ends it: of a server, what is due in the last moments is neither.
    const fewest = sender === 'server' ? PLANNED - 20 : PLANNED;
    expectPlanned((stream?.sent?.messages as number) + (stream?.notSent as number), fewest);
    expect(result).toMatchObject({ complete: false, reason: 'not everything was sent' });
    expect(result.hostStalls?.count).toBeGreaterThan(0);
    expect(result.hostStalls?.longestNs).toBeGreaterThan(400e6);
    if (protocol === 'udp') expectNotSent(result, fewest);
  });
});

const isPossible = makeHosts();
afterAll(removeHosts);

where(
  isPossible,
  'no network namespaces can be made',
  describe,
)('on a link between two hosts', () => {
  it.each(TRANSPORTS)('what a missing route refuses is neither sent nor lost, over the %s transport', async (kind) => {
    const { client, server } = await load(kind);
    await client.printed(/"interval".*\n.*"interval"/);
    run('ip', '-n', NEAR, 'route', 'del', ...ROUTE);
    await pause(500);
    run('ip', '-n', NEAR, 'route', 'add', ...ROUTE);
    const result = resultOf(await client.exit());
    expect(expectNotSent(result)).toBeGreaterThan(200);
    server.signal('SIGINT');
  });

  where(
    linuxWorks,
    'only the linux transport hears of it',
    it,
  )('what a queue of the own host drops is not sent, where the system tells', async () => {
    run('tc', '-n', NEAR, 'qdisc', 'add', 'dev', 'v0', 'root', 'tbf', 'rate', '3mbit', 'burst', '4k', 'limit', '6k');
    afterTest(() => run('tc', '-n', NEAR, 'qdisc', 'del', 'dev', 'v0', 'root'));
    const { client, server } = await load('linux');
    expect(expectNotSent(resultOf(await client.exit()))).toBeGreaterThan(200);
    server.signal('SIGINT');
  });

  async function load(kind: string): Promise<{ client: Program; server: Program }> {
    const server = on(FAR, 'udp-server', '40124', '--transport', kind);
    await server.printed(/40124/);
    const paced = [
      '-b',
      '5M',
      '-l',
      '1400',
      '-t',
      '2',
      '--report-interval',
      '0.1',
      '--json-stream',
      '--transport',
      kind,
    ];
    return { client: on(NEAR, 'udp-client', ADDRESS.far, '40124', ...paced), server };
  }

  const resultOf = (exit: { readonly code: number | null; readonly stdout: string }): Result => {
    expect(exit.code).toBe(0);
    return (JSON.parse(exit.stdout.trim().split('\n').at(-1) as string) as { readonly result: Result }).result;
  };
});
