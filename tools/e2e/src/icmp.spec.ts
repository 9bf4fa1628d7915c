import { countedIn, eventsOf, loadOf, pingOf, type RunResult, runOf } from './documents';
import { type Exit, expectOneLine, where } from './harness';
import { Host, whereHosts } from './hosts';
import { linuxWorks } from './linux-works';

const PORT = 40_125;
const REFUSING = ['unreachable', 'prohibit', 'blackhole'] as const;
const PROBES = ['-c', '3', '-i', '20ms', '--timeout', '250ms'];
const PACED = ['-b', '5M', '-t', '0.3'];
const FASTEST = ['--max', '-t', '0.3'];

/** Takes 28 bytes of headers to 1500 over IPv4, and 48 over IPv6: they fit the first link, not the second. */
const NETS = {
  4: {
    name: 'IPv4',
    ways: [PROBES, PACED, FASTEST],
    near: '10.207.1.2',
    router: '10.207.1.1',
    routerBehind: '10.207.2.1',
    far: '10.207.2.2',
    length: 1472,
    fits: 1372,
    mss: 1348, // 1400 less 20 of IP, 20 of TCP and 12 of its timestamps.
    unreachable: ['host unreachable', 3, 1],
    prohibited: ['administratively prohibited', 3, 13],
    tooBig: [3, 4],
    exceeded: [11, 0],
    closed: [3, 3],
    refusing: [1, 2, 3].map((i) => ({ to: `10.207.9.${i}`, from: `10.207.1.1${i}` })),
  },
  6: {
    name: 'IPv6',
    ways: [PROBES, FASTEST],
    near: 'fd07:1::2',
    router: 'fd07:1::1',
    routerBehind: 'fd07:2::1',
    far: 'fd07:2::2',
    length: 1452,
    fits: 1352,
    mss: 1328, // 1400 less 40 of IP, 20 of TCP and 12 of its timestamps.
    unreachable: ['no route to the destination', 1, 0],
    prohibited: ['administratively prohibited', 1, 1],
    tooBig: [2, 0],
    exceeded: [3, 0],
    closed: [1, 4],
    refusing: [1, 2, 3].map((i) => ({ to: `fd07:9::${i}`, from: `fd07:1::1${i}` })),
  },
} as const;
const linuxIt = where(linuxWorks, 'only the linux transport hears of it', it);

whereHosts(describe)('through a router whose second link is narrower', () => {
  let near: Host;
  let router: Host;
  let far: Host;

  beforeAll(async () => {
    [near, router, far] = [Host.make('icmp-near'), Host.make('icmp-router'), Host.make('icmp-far')];
    near.link('v0', router, 'v0');
    router.link('v1', far, 'v0');
    router.ip('link', 'set', 'v1', 'mtu', '1400');
    far.ip('link', 'set', 'v0', 'mtu', '1400');
    // Every datagram is told of, not one a second.
    router.sysctl('net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0');
    router.sysctl('net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
    for (const version of [4, 6] as const) {
      const { near: nearAddress, router: gateway, routerBehind, far: farAddress, refusing } = NETS[version];
      const bits = version === 4 ? 24 : 64;
      near.address('v0', `${nearAddress}/${bits}`, ...refusing.map(({ from }) => `${from}/${bits}`));
      router.address('v0', `${gateway}/${bits}`);
      router.address('v1', `${routerBehind}/${bits}`);
      far.address('v0', `${farAddress}/${bits}`);
      near.ip(`-${version}`, 'route', 'add', 'default', 'via', gateway);
      far.ip(`-${version}`, 'route', 'add', 'default', 'via', routerBehind);
      for (const [i, kind] of REFUSING.entries())
        router.ip(`-${version}`, 'route', 'add', kind, refusing[i]?.to as string);
    }
  });

  /** Nobody remembers what fits. */
  const forget = (): void => {
    for (const host of [near, far]) for (const version of ['-4', '-6']) host.ip(version, 'route', 'flush', 'cache');
  };

  /** The document of a client, and how it ended. */
  async function measure(...args: readonly (string | number)[]): Promise<Exit & { readonly result: RunResult }> {
    const exit = await near.start('udp-client', ...args, '--json').exit();
    return { ...exit, result: runOf(exit) };
  }

  describe.each([NETS[4], NETS[6]])('over $name', (net) => {
    const { far: host, length, fits, router: gateway, tooBig } = net;
    const doesNotFit = `datagrams of ${length} bytes do not fit: the path takes ${fits} (1400 with headers), says ${gateway}`;
    const cut = `${doesNotFit}; later ones go in fragments`;
    const [type, code] = tooBig;
    const told = { direction: 'up', type, code, from: gateway, mtuBytes: 1400 };
    const onLinux = [host, PORT, '-l', length, '--transport', 'linux'];

    linuxIt(
      'the first datagram is too big, the router says so, and what fits; the rest is cut, and all know it',
      async () => {
        await far.serve('udp-server', PORT);
        for (const args of net.ways) {
          forget();
          const { code: exit, result } = await measure(...onLinux, ...args);
          expect(exit).toBe(0);
          expect(result.icmp).toMatchObject([{ ...told, text: cut }]);
          expect(result.pathMtu).toStrictEqual({ up: { bytes: 1400, payloadBytes: fits, from: gateway }, down: null });
          expect(countedIn(result).received).toBeGreaterThan(0);
          expect(countedIn(result).lost).toBeGreaterThanOrEqual(1);
          expect(result.settings).toMatchObject({ dontFragment: false });
        }
        // The system remembers it now.
        const exit = await near.start('udp-client', ...onLinux, ...PROBES).exit();
        expect(exit.code).toBe(0);
        expect(exit.stdout).toContain(
          `datagrams of ${length} bytes went in fragments: the path takes ${fits} (1400 with headers), says the sending system`,
        );
        expect(exit.stdout).toMatch(/, lost 0 /);
      },
    );

    linuxIt('of those that must not be cut none arrives, and all know why; what just fits arrives', async () => {
      await far.serve('udp-server', PORT);
      // Waits for five seconds: it does so beside all others, and once.
      const short = net.ways.includes(PACED) ? near.start('udp-client', host, PORT, '--ttl', 1, ...PACED) : undefined;
      for (const args of net.ways) {
        const { code: exit, stderr, result } = await measure(...onLinux, '--dont-fragment', ...args);
        expect([exit, stderr]).toStrictEqual([1, `udp-client: ${doesNotFit}\n`]);
        const { sent, received, lost } = countedIn(result);
        // They leave this host, whatever it remembers of the path: it is the router that drops them.
        expect([received, lost]).toStrictEqual([0, sent]);
        expect(sent).toBeGreaterThan(0);
        expect(result.icmp).toMatchObject([{ ...told, text: doesNotFit }]);
        if (args === PROBES) expect(result.icmp).toMatchObject([{ count: sent }]);
        expect(result.pathMtu?.up).toStrictEqual({ bytes: 1400, payloadBytes: fits, from: gateway });
      }
      const { code: exit, result } = await measure(host, PORT, '-l', fits, '--dont-fragment', ...PROBES);
      expect(exit).toBe(0);
      expect(result).toMatchObject({ icmp: [], probes: { lost: 0 }, settings: { dontFragment: true } });
      // A load that cannot begin says where it ended.
      if (short === undefined) return;
      expectOneLine(await short.exit(), 1, new RegExp(`^udp-client: TTL exceeded at ${gateway}$`, 'm'));
    });

    linuxIt('what a server sends in vain the client is told of, whoever did not take it', async () => {
      const [farServer, nearServer] = await Promise.all([
        far.serve('udp-server', PORT),
        near.serve('udp-server', PORT),
      ]);
      const reverse = ['--dont-fragment', ...PACED, '-R', '--json'];
      const [narrow, wide] = await Promise.all([
        near.start('udp-client', host, PORT, '-l', fits + 1, ...reverse).exit(),
        far.start('udp-client', net.near, PORT, '-l', length, ...reverse).exit(),
      ]);
      // Its own link does not take it.
      const what = `datagrams of ${fits + 1} bytes do not fit:`;
      const takes = `takes ${fits} (1400 with headers)`;
      expect([narrow.code, narrow.stderr]).toStrictEqual([
        1,
        `udp-client: ${what} the path ${takes}, says the sending system\n`,
      ]);
      const refused = loadOf(narrow);
      expect(refused).toMatchObject({ complete: false, datagrams: { sent: 0 } });
      expect(refused.reason).toMatch(/^datagrams of \d+ bytes do not fit: the path takes \d+ \(1400 with headers\)/);
      expect(refused.datagrams?.notSent).toBeGreaterThan(0);
      expect(refused.pathMtu).toMatchObject({ up: null, down: { bytes: 1400, from: null } });
      await farServer.printed(/not sent/);
      expect(farServer.stdout).toContain(`note: ${what} this host's link ${takes}`);
      // A router does not.
      expect([wide.code, wide.stderr]).toStrictEqual([1, `udp-client: ${doesNotFit}\n`]);
      const lost = loadOf(wide);
      expect(lost.icmp).toMatchObject([{ ...told, direction: 'down', text: doesNotFit }]);
      expect(lost.pathMtu?.down).toStrictEqual({ bytes: 1400, payloadBytes: fits, from: gateway });
      await nearServer.printed(/lost down/);
      expect(nearServer.stdout).toContain(`note: ${doesNotFit}`);
    });

    linuxIt('a TTL of 1, routes that refuse and a closed port are told with who says so', async () => {
      const linux = [...PROBES, '--transport', 'linux'];
      const [short, closed, unreachable, prohibited, silent] = await Promise.all([
        near.start('udp-client', host, PORT, '--ttl', 1, ...linux, '--json-stream').exit(),
        measure(host, PORT, ...linux),
        ...net.refusing.map(({ to, from }) => measure(to, PORT, '--bind', from, ...linux)),
      ]);
      const ends = `TTL exceeded at ${gateway}`;
      expect([short.code, short.stderr]).toStrictEqual([1, `udp-client: ${ends}\n`]);
      expect(eventsOf(short.stdout, 'notice')).toMatchObject([{ message: ends }]);
      const causes = eventsOf(short.stdout, 'probe').map(({ cause }) => cause);
      const { icmp, probes } = pingOf(short);
      // On a busy host some are not sent: nothing is made up for.
      expect(causes).toStrictEqual(Array(Number(probes?.sent)).fill(ends));
      const [exceeded, transit] = net.exceeded;
      const entry = {
        direction: 'up',
        text: ends,
        type: exceeded,
        code: transit,
        from: gateway,
        mtuBytes: null,
        count: probes?.sent,
      };
      expect(icmp).toMatchObject([entry]);

      for (const [exit, [text, kind, detail]] of [
        [unreachable, net.unreachable],
        [prohibited, net.prohibited],
      ] as const) {
        const says = `${text}, says ${gateway}`;
        expect([exit?.code, exit?.stderr]).toStrictEqual([1, `udp-client: ${says}\n`]);
        expect(exit?.result.icmp).toMatchObject([
          {
            text: says,
            type: kind,
            code: detail,
            from: gateway,
            count: exit === undefined ? 0 : countedIn(exit.result).sent,
          },
        ]);
      }
      expect(silent?.stderr).toMatch(/^udp-client: no reply from .*\n$/);
      expect(silent?.result.icmp).toStrictEqual([]);

      expect(closed.stderr).toMatch(/answers that nobody listens on that UDP port/);
      expect(closed.result.icmp).toMatchObject([
        { type: net.closed[0], code: net.closed[1], from: host, count: countedIn(closed.result).sent },
      ]);
    });

    it('Node tells less: no address is invented', async () => {
      await far.serve('udp-server', PORT, '--transport', 'portable');
      forget();
      const portable = [...PROBES, '--transport', 'portable'];
      const [large, closed, short] = await Promise.all([
        measure(host, PORT, '-l', length, ...portable),
        measure(host, PORT + 1, ...portable),
        measure(host, PORT, '--ttl', 1, ...portable),
      ]);
      expect(large.result.icmp).toMatchObject([
        {
          text: `datagrams of ${length} bytes do not fit the path; later ones go in fragments`,
          from: null,
          type: null,
        },
      ]);
      expect(large.result).toMatchObject({ pathMtu: null, probes: { lost: 1 } });
      expect(closed.stderr).toMatch(/answers that nobody listens on that UDP port/);
      expect(closed.result.icmp).toMatchObject([{ from: null, type: null, code: null }]);
      expect([short.stderr, short.result.icmp]).toStrictEqual([
        `udp-client: no reply from ${host.includes(':') ? `[${host}]` : host}:${PORT}\n`,
        [],
      ]);
    });

    linuxIt('the segment size of TCP is told by the end that sends, to both', async () => {
      const server = await far.serve('tcp-server', PORT + 2);
      for (const direction of [[], ['-R']]) {
        const args = [host, PORT + 2, '--max', '-t', '0.3', '--json', ...direction];
        const result = loadOf(await near.start('tcp-client', ...args).exit());
        expect(result.streams?.[0]).toMatchObject({ mssBytes: net.mss });
        expect(result).toMatchObject({ icmp: [], settings: { dontFragment: null } });
      }
      await server.printed(/MSS \d+ bytes[\s\S]*MSS/);
    });
  });
});
