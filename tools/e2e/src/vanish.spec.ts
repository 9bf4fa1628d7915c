import { afterTest, type Program, pause, until, whereProgram } from './harness';
import { Host, whereHosts } from './hosts';
import { TRANSPORTS } from './linux-works';

const NEAR = '10.206.0.1';
const FAR = '10.206.0.2';
const ROUTE = ['10.206.0.0/24', 'dev', 'v0'];
// Measured: quiet 1.0 to 1.3 s after a Pathgauge had vanished, 2.2 s after a plain iperf3 client had.
const MAX_QUIET_MS = 15_000;
/** Less is what TCP says now and then. */
const QUIET_BYTES = 4_000;
const LOAD = ['-b', '5M', '-t', '60', '--report-interval', '0.2'];

/** Nothing is told of a host's end, as when its power fails: without a route it sends nothing, and swallows what comes. */
const vanish = (host: Host, ...programs: readonly Program[]): void => {
  host.ip('route', 'del', ...ROUTE);
  afterTest(() => host.ip('route', 'add', ...ROUTE));
  for (const program of programs) program.signal('SIGKILL');
};

function sentBy(host: Host): number {
  const [link] = JSON.parse(host.ip('-s', '-j', 'link', 'show', 'v0')) as { stats64: { tx: { bytes: number } } }[];
  return link?.stats64.tx.bytes as number;
}

/** Waits until a host sends no load any more. */
async function untilQuiet(host: Host): Promise<void> {
  const begin = Date.now();
  for (let before = sentBy(host); ; ) {
    await pause(300);
    const now = sentBy(host);
    if (now - before < QUIET_BYTES) return;
    if (Date.now() - begin > MAX_QUIET_MS) throw new Error(`still sends ${((now - before) * 8) / 0.3e6} Mbit/s`);
    before = now;
  }
}

const running = (program: Program): Promise<unknown> => program.printed(/^ +\d\.\d+-\d.*\n +\d/m);

whereHosts(describe)('load does not outlive the one it is for', () => {
  let near: Host;
  let far: Host;
  let servers: readonly Program[];

  beforeAll(() => {
    near = Host.make('here');
    far = Host.make('there');
    near.link('v0', far, 'v0');
    near.address('v0', `${NEAR}/24`);
    far.address('v0', `${FAR}/24`);
  });

  beforeEach(async () => {
    servers = await Promise.all(TRANSPORTS.map((kind, i) => far.serve('udp-server', 40_200 + i, '--transport', kind)));
  });

  const clients = (...options: readonly string[]): Program[] =>
    TRANSPORTS.map((kind, i) => near.start('udp-client', FAR, 40_200 + i, ...LOAD, '--transport', kind, ...options));

  it('when a client has vanished', async () => {
    const all = clients('-R');
    await Promise.all(all.map(running));
    vanish(near, ...all);
    await untilQuiet(far);
  });

  whereProgram('iperf3', it)('when a plain iperf3 client has vanished', async () => {
    const all = TRANSPORTS.map((_, i) =>
      near.spawn('iperf3', '-c', FAR, '-p', String(40_200 + i), '-u', '-R', '-b', '5M', '-t', '60', '--forceflush'),
    );
    await Promise.all(all.map((each) => each.printed(/sec.*bits\/sec/)));
    vanish(near, ...all);
    await untilQuiet(far);
  });

  it('while a client is suspended, and goes on when it is back', async () => {
    const all = clients('-R');
    await Promise.all(all.map(running));
    for (const client of all) client.signal('SIGSTOP');
    await untilQuiet(far);
    const before = sentBy(far);
    for (const client of all) client.signal('SIGCONT');
    // 2 x 5 Mbit/s.
    await until('load that goes on', () => sentBy(far) - before >= 100_000);
  });

  it('when a server has vanished, which the client says', async () => {
    const streams = await Promise.all(
      TRANSPORTS.map((kind, i) => far.serve('tcp-server', 40_210 + i, '--transport', kind)),
    );
    const receiving = TRANSPORTS.map((kind, i) =>
      near.start('tcp-client', FAR, 40_210 + i, ...LOAD, '-R', '--transport', kind),
    );
    const all = clients();
    await Promise.all([...all, ...receiving].map(running));
    vanish(far, ...servers, ...streams);
    await untilQuiet(near);
    for (const client of all) {
      const exit = await client.exit();
      expect([exit.code, exit.stderr]).toEqual([
        1,
        expect.stringMatching(/^udp-client: incomplete: 10\.206\.0\.2:\d+ said nothing for 10 s$/m),
      ]);
      expect(exit.stdout + exit.stderr).toMatch(/nothing was heard of 10\.206\.0\.2:\d+ for a second/);
      expect(exit.stdout).toMatch(/^not sent \d+ of /m);
    }
    for (const client of receiving) {
      const { code, stderr } = await client.exit();
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/incomplete: 10\.206\.0\.2:\d+ said nothing for 10 s$/m),
      ]);
    }
  });
});
