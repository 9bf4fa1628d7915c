import { type LoadResult, loadIn } from './documents';
import { afterTest, type Exit, type Program, pause, serve, start, where } from './harness';
import { Host, whereHosts } from './hosts';
import { linuxWorks, TRANSPORTS } from './linux-works';

const PLANNED = 893; // 2 s of 5 Mbit/s, 1400 bytes each: one every 2.24 ms.
const FAR = '10.205.0.2';
const ROUTE = ['10.205.0.0/24', 'dev', 'v0'];

function expectPlanned(count: number, fewest: number): void {
  expect(count).toBeGreaterThanOrEqual(fewest);
  expect(count).toBeLessThanOrEqual(PLANNED);
}

/** All that was planned was sent or was not, what was sent arrived, and the run says that it fell short. */
function expectNotSent(result: LoadResult, fewest: number = PLANNED): number {
  const { sent, received, lost, notSent } = result.datagrams as NonNullable<LoadResult['datagrams']>;
  expect([received, lost]).toEqual([sent, 0]);
  expectPlanned((sent as number) + (notSent as number), fewest);
  expect(result).toMatchObject({ complete: false, reason: 'not everything was sent' });
  return notSent as number;
}

const paced = (kind: string): string[] => [
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

/** Of a run that measured, as its last event has it. */
function resultOf(exit: Exit): LoadResult {
  expect(exit.code).toBe(0);
  return loadIn(exit.stdout);
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
    const client = start(`${protocol}-client`, '127.0.0.1', server.port, ...paced(kind), ...reverse);
    await client.printed(/"interval".*\n.*"interval"/);
    const held = sender === 'server' ? server.program : client;
    held.signal('SIGSTOP');
    await pause(500);
    held.signal('SIGCONT');
    const result = resultOf(await client.exit());
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

it.each(TRANSPORTS)(
  'a client of the %s transport whose end falls into a suspension says that it fell short',
  async (kind) => {
    const server = await serve('udp-server', '--transport', kind);
    const client = start('udp-client', '127.0.0.1', server.port, ...paced(kind));
    await client.printed(/("interval".*\n.*){15}"interval"/);
    client.signal('SIGSTOP');
    await pause(700);
    client.signal('SIGCONT');
    const result = resultOf(await client.exit());
    expectNotSent(result);
    expect(result.hostStalls?.count).toBeGreaterThan(0);
  },
);

whereHosts(describe)('on a link between two hosts', () => {
  let near: Host;
  let far: Host;

  beforeAll(() => {
    near = Host.make('near');
    far = Host.make('far');
    near.link('v0', far, 'v0');
    near.address('v0', '10.205.0.1/24');
    far.address('v0', `${FAR}/24`);
  });

  it.each(TRANSPORTS)('what a missing route refuses is neither sent nor lost, over the %s transport', async (kind) => {
    const { client, server } = await load(kind);
    await client.printed(/"interval".*\n.*"interval"/);
    near.ip('route', 'del', ...ROUTE);
    await pause(500);
    near.ip('route', 'add', ...ROUTE);
    const result = resultOf(await client.exit());
    expect(expectNotSent(result)).toBeGreaterThan(200);
    server.signal('SIGINT');
  });

  where(
    linuxWorks,
    'only the linux transport hears of it',
    it,
  )('what a queue of the own host drops is not sent, where the system tells', async () => {
    near.tc('qdisc', 'add', 'dev', 'v0', 'root', 'tbf', 'rate', '3mbit', 'burst', '4k', 'limit', '6k');
    afterTest(() => near.tc('qdisc', 'del', 'dev', 'v0', 'root'));
    const { client, server } = await load('linux');
    expect(expectNotSent(resultOf(await client.exit()))).toBeGreaterThan(200);
    server.signal('SIGINT');
  });

  async function load(kind: string): Promise<{ client: Program; server: Program }> {
    const server = await far.serve('udp-server', '40124', '--transport', kind);
    return { client: near.start('udp-client', FAR, '40124', ...paced(kind)), server };
  }
});
