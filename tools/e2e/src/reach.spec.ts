import { loadOf, type PingResult, pingOf, runOf } from './documents';
import { type Exit, expectOneLine, type Program, pause } from './harness';
import { Host, whereHosts } from './hosts';
import { TRANSPORTS } from './linux-works';

/** Names stand for the second of these; the first swallows everything, and is the one that the resolver likes best. */
const FAR = { 4: '10.207.0.2', 6: 'fd07::2' } as const;
const DEAD = { 4: '10.207.0.9', 6: 'fd07::9' } as const;
const NEAR = { 4: '10.207.0.8', 6: 'fd07::8' } as const;
const MOVED = { 4: '10.207.0.7', 6: 'fd07::7' } as const;
const FAMILIES = [4, 6] as const;
const BITS = { 4: '/24', 6: '/64' } as const;
const PORT = 40_207;

const ALL = TRANSPORTS.flatMap((kind) => FAMILIES.map((family) => ({ kind, family })));
type Each = (typeof ALL)[number];

whereHosts(describe)('a path between two hosts', () => {
  let near: Host;
  let far: Host;

  beforeAll(() => {
    near = Host.make('near');
    far = Host.make('far');
    near.link('v0', far, 'v0');
    for (const family of FAMILIES) {
      near.address('v0', `${NEAR[family]}${BITS[family]}`);
      far.address('v0', `${FAR[family]}${BITS[family]}`);
      // What comes for it is not for that host, which passes nothing on.
      near.neighbour('v0', DEAD[family], far, 'v0');
    }
    near.names(
      ...['127.0.0.1 localhost', '::1 localhost', '127.0.0.1 refused', '127.0.0.2 refused'],
      ...FAMILIES.flatMap((family) => [`${DEAD[family]} named${family}`, `${FAR[family]} named${family}`]),
    );
  });

  /** Gives the near host other addresses. */
  function readdress(from: typeof NEAR | typeof MOVED, to: typeof NEAR | typeof MOVED): void {
    for (const family of FAMILIES) {
      near.ip('address', 'del', `${from[family]}${BITS[family]}`, 'dev', 'v0');
      near.address('v0', `${to[family]}${BITS[family]}`);
    }
  }

  /** Runs a client of each kind at the same time; `meanwhile` begins when all of them have. */
  async function runAll<T>(
    each: readonly T[],
    begin: (which: T) => Program,
    meanwhile: () => void | Promise<void> = () => {},
  ): Promise<readonly (readonly [T, Exit])[]> {
    const programs = each.map((which) => [which, begin(which)] as const);
    await Promise.all(programs.map(([, program]) => program.printed(/"type":"start"/)));
    await pause(600);
    await meanwhile();
    return Promise.all(programs.map(async ([which, program]) => [which, await program.exit()] as const));
  }

  const codesOf = ({ notices }: PingResult): string[] => notices.map(({ code }) => code);
  const probe = (target: (family: 4 | 6) => string, ...args: readonly string[]) => {
    return ({ kind, family }: Each): Program =>
      near.start('udp-client', target(family), PORT, '--transport', kind, '--json-stream', ...args);
  };

  it('is probed at the address of a name that answers, and there from number 0', async () => {
    await far.serve('udp-server', PORT);
    const ends = await runAll(
      ALL,
      probe((family) => `named${family}`, '-c', '20', '-i', '20ms'),
    );
    for (const [{ family }, exit] of ends) {
      const result = pingOf(exit);
      expect(exit.code).toBe(0);
      expect(result.peer).toMatchObject({ host: `named${family}`, address: FAR[family], protocol: 'stamp' });
      // None of the trial is in it, and the reflector has counted for this run alone.
      expect(result.probes).toMatchObject({ lost: 0, lostUp: 0, lostDown: 0, duplicates: 0 });
      expect(result.notices).toMatchObject([
        { code: 'address-left-aside', message: expect.stringContaining(`${DEAD[family]} (no reply)`), count: 1 },
      ]);
    }
  });

  it('takes a load to the address of a name that answers, over TCP and UDP', async () => {
    await far.serve('udp-server', PORT);
    await far.serve('tcp-server', PORT + 1);
    const each = ALL.flatMap((which) => (['udp', 'tcp'] as const).map((protocol) => ({ ...which, protocol })));
    const ends = await runAll(each, ({ kind, family, protocol }) => {
      const args = ['-t', '1', '--transport', kind, '--json-stream'];
      return protocol === 'udp'
        ? near.start('udp-client', `named${family}`, PORT, '-b', '1M', ...args)
        : near.start('tcp-client', `named${family}`, PORT + 1, '-i', '10ms', ...args);
    });
    for (const [{ family }, exit] of ends) {
      expect({ code: exit.code, stderr: exit.stderr }).toMatchObject({ code: 0 });
      expect(runOf(exit).peer).toMatchObject({ host: `named${family}`, address: FAR[family] });
    }
  });

  it('that answers at no address of a name is lost, and the error names them', async () => {
    const client = near.start('udp-client', 'refused', PORT, '-c', '2', '-i', '20ms', '--timeout', '100ms', '-q');
    const exit = await client.exit();
    expectOneLine(exit, 1, /refused: 127\.0\.0\.[12] \(connection refused\), 127\.0\.0\.[12] \(connection refused\)/);
    expect(exit.stdout).toMatch(/lost 2 \(100 % loss\)/);
  });

  it.each(TRANSPORTS)('is served at all addresses of a name: %s', async (kind) => {
    const server = await near.serve('udp-server', PORT, '-a', 'localhost', '--transport', kind);
    expect(server.stdout).toMatch(/listening on \S+ and \S+ port \d+: UDP probes/);
    for (const address of ['127.0.0.1', '::1']) {
      const exit = await near.start('udp-client', address, PORT, '-c', '2', '-i', '10ms', '--json').exit();
      expect(pingOf(exit).probes).toMatchObject({ received: 2 });
      const load = await near.start('udp-client', address, PORT, '-b', '1M', '-t', '0.1', '--json').exit();
      expect(load.code).toBe(0);
    }
  });

  it('is measured on when the own address changes, and the run says so', async () => {
    await far.serve('udp-server', PORT);
    const probes = probe((family) => FAR[family], '-i', '20ms', '-t', '3.5', '--timeout', '1s');
    const ends = await runAll(ALL, probes, () => readdress(NEAR, MOVED));
    readdress(MOVED, NEAR);
    for (const [{ family }, exit] of ends) {
      const result = pingOf(exit);
      expect({ code: exit.code, codes: codesOf(result) }).toEqual({
        code: 0,
        codes: expect.arrayContaining(['address-changed']),
      });
      const [notice] = result.notices.filter(({ code }) => code === 'address-changed');
      expect(notice?.message).toContain(`${MOVED[family]} now, ${NEAR[family]} before`);
      const counts = result.probes as Record<string, number | null> & { readonly lost: number };
      // In which direction nobody knows: the reflector counts for another session since.
      if (counts.lost > 0) {
        const open = counts.lost - (counts['late'] as number);
        expect(counts).toMatchObject({
          lostUp: null,
          lostDown: null,
          lostUpRange: [0, open],
          lostDownRange: [0, open],
        });
      }
      // IPv4 is refused at once; with IPv6 it takes a second and more to see that nothing comes back.
      const outcomes = exit.stdout.match(/"outcome":"(received|lost)"/g) ?? [];
      expect(outcomes.at(-1)).toBe('"outcome":"received"');
    }
  });

  it('without a route is neither sent to nor lost, and measured on when the route is back', async () => {
    await far.serve('udp-server', PORT);
    const routes = [
      ['-4', '10.207.0.0/24'],
      ['-6', 'fd07::/64'],
    ] as const;
    const route = (what: 'add' | 'del'): void => {
      for (const [family, to] of routes) near.ip(family, 'route', what, to, 'dev', 'v0');
    };
    const probes = probe((family) => FAR[family], '-i', '20ms', '-t', '2.5', '--timeout', '500ms');
    const ends = await runAll(ALL, probes, async () => {
      route('del');
      await pause(500);
      route('add');
    });
    for (const [, exit] of ends) {
      const result = pingOf(exit);
      expect(exit.code).toBe(0);
      expect(result).toMatchObject({ complete: false, reason: 'not everything was sent' });
      const { notSent, lost } = result.probes as { readonly notSent: number; readonly lost: number };
      expect(notSent).toBeGreaterThanOrEqual(10);
      expect(lost).toBeLessThanOrEqual(2);
      const [notice] = result.notices;
      expect(notice).toMatchObject({ code: 'ENETUNREACH', message: expect.stringContaining('network unreachable') });
      // What the system learnt later of one that had left is said in the same words, once.
      expect(notice?.count).toBeLessThanOrEqual(notSent + result.icmp.length);
      const outcomes = exit.stdout.match(/"outcome":"(received|lost)"/g) ?? [];
      expect(outcomes.at(-1)).toBe('"outcome":"received"');
    }
  });

  it('ends a load soon when the own address is gone, and says why', async () => {
    await far.serve('udp-server', PORT);
    await far.serve('tcp-server', PORT + 1);
    const each = TRANSPORTS.flatMap((kind) => (['udp', 'tcp'] as const).map((protocol) => ({ kind, protocol })));
    const begun = Date.now();
    const ends = await runAll(
      each,
      ({ kind, protocol }) => {
        const args = ['-t', '60', '--transport', kind, '--json-stream'];
        return protocol === 'udp'
          ? near.start('udp-client', FAR[4], PORT, '-b', '1M', ...args)
          : near.start('tcp-client', FAR[4], PORT + 1, '-i', '10ms', ...args);
      },
      () => readdress(NEAR, MOVED),
    );
    readdress(MOVED, NEAR);
    for (const [{ protocol }, exit] of ends) {
      expectOneLine(exit, 1, new RegExp(`${protocol}-client: incomplete: the own address ${NEAR[4]} is gone`));
      expect(loadOf(exit)).toMatchObject({ complete: false });
    }
    // Measured: 3 s.
    expect(Date.now() - begun).toBeLessThan(30_000);
  });
});
