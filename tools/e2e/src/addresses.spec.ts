import { countedIn, documentsIn, loadOf, pingOf, type RunResult, runOf } from './documents';
import { type Exit, expectOneLine, type Program, serve, start, whereProgram } from './harness';
import { Host, whereHosts } from './hosts';
import { TRANSPORTS } from './linux-works';

const PORT = '40127';
const ECHO_PORT = '40128';

/** Of the far host: the first of each kind is what the system answers from by itself. */
const ON_LINK = ['10.206.0.2', '10.206.0.3', 'fd06::2', 'fd06::3'];
/** Of networks that the far host receives as a whole: no interface has these addresses. */
const WHOLE = ['198.51.100.70', '2001:db8:7::70'];
/** On `lo`, as of a service that moves between hosts. */
const VIRTUAL = ['192.0.2.66', '2001:db8:6::66'];

/** Asks each of the addresses on a socket that hears it alone, with a STAMP request; prints those that answered within 3 s. */
const ASK = `
const [port, ...addresses] = process.argv.slice(1);
const request = Buffer.alloc(44);
request.writeUInt32BE(3_900_000_000, 4);
request.writeUInt16BE(0x8001, 12);
const answered = new Set();
for (const address of addresses) {
  const socket = require('node:dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', () => answered.add(address));
  socket.on('error', () => {});
  // Again and again: the first one may wait for a neighbour who is slow to answer.
  const ask = () => answered.has(address) || socket.send(request);
  socket.connect(Number(port), address, () => setInterval(ask, 200) && ask());
}
const begin = Date.now();
setInterval(() => {
  if (answered.size < addresses.length && Date.now() < begin + 10_000) return;
  process.stdout.write(JSON.stringify(addresses.filter((address) => answered.has(address))));
  process.exit();
}, 20);
`;

/** The client's result, of a run in which all that was sent came back or arrived, though a busy host sends less. */
function complete(exit: Exit): RunResult {
  const { code, stderr } = exit;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const result = runOf(exit);
  const { sent, received } = countedIn(result);
  expect([null, 'not everything was sent']).toContain(result.reason);
  expect(sent).toBeGreaterThan(0);
  expect(received).toBe(sent);
  return result;
}

whereHosts(describe)('between hosts with several addresses', () => {
  let near: Host;
  let far: Host;
  let twin: Host;

  beforeAll(() => {
    near = Host.make('near');
    far = Host.make('far');
    twin = Host.make('twin');
    near.link('v0', far, 'v0');
    near.link('v1', twin, 'v0');
    for (const host of [near, far, twin]) host.sysctl('net.ipv6.conf.v0.accept_dad=0');
    near.address('v0', '10.206.0.1/24', 'fd06::1/64', 'fe80::a/64');
    far.address('v0', ...ON_LINK.map((address) => `${address}/${address.includes(':') ? 64 : 24}`), 'fe80::b/64');
    far.address('lo', ...VIRTUAL.map((address) => `${address}/${address.includes(':') ? 128 : 32}`));
    near.ip('route', 'add', '192.0.2.66', 'via', '10.206.0.2');
    near.ip('-6', 'route', 'add', '2001:db8:6::66', 'via', 'fd06::2');
    for (const [network, via] of [
      ['198.51.100.64/28', '10.206.0.2'],
      ['2001:db8:7::/64', 'fd06::2'],
    ] as const) {
      far.ip('route', 'add', 'local', network, 'dev', 'lo');
      near.ip('route', 'add', network, 'via', via);
    }
    // On the other link near is fe80::c, and fe80::a, which is near on this one, is somebody else.
    near.address('v1', 'fe80::c/64');
    twin.address('v0', 'fe80::a/64');
  });

  /** The number of an interface. */
  const numberOf = (host: Host, device: string): number =>
    (JSON.parse(host.ip('-j', 'link', 'show', device)) as { ifindex: number }[])[0]?.ifindex as number;

  const client = (host: Host, ...args: readonly string[]): Promise<Exit> => host.start('udp-client', ...args).exit();
  const probed = async (address: string, port: string, ...args: readonly string[]): Promise<RunResult> =>
    complete(await client(near, address, port, '-c', '3', '-i', '10ms', '--timeout', '1s', '--json', ...args));
  const loaded = async (host: Host, address: string, ...args: readonly string[]): Promise<RunResult> =>
    complete(await client(host, address, PORT, '-b', '2M', '-t', '300ms', '--json', ...args));

  describe.each(TRANSPORTS)('over the %s transport', (kind) => {
    const use = ['--transport', kind] as const;
    const started: Program[] = [];

    const serving = async (host: Host, port: string, ...args: readonly string[]): Promise<Program> => {
      const server = await host.serve('udp-server', port, ...use, ...args);
      started.push(server);
      return server;
    };
    afterEach(async () => {
      await Promise.all(started.splice(0).map((server) => server.interrupt()));
    });

    it('probes are answered from the address that they were sent to, and so are echoes', async () => {
      const server = await serving(far, PORT);
      await serving(far, ECHO_PORT, '--echo');
      await server.printed(/listening on all addresses port 40127: UDP probes/);
      const asked = [...ON_LINK, ...VIRTUAL, 'fe80::b%v0', ...(kind === 'linux' ? WHOLE : [])];
      for (const port of [PORT, ECHO_PORT]) {
        expect(JSON.parse(near.run(process.execPath, '-e', ASK, port, ...asked))).toEqual(asked);
      }
      const { peer } = await probed('10.206.0.3', ECHO_PORT, ...use);
      expect(peer).toMatchObject({ address: '10.206.0.3', protocol: 'echo' });
    });

    it('streams of load come from the address that was asked for them, and go there', async () => {
      await serving(far, PORT);
      const [virtual, virtual6, whole, whole6] = [...VIRTUAL, ...WHOLE] as [string, string, string, string];
      const runs = [['10.206.0.3'], ['fd06::3', '-R'], [virtual, '-R'], [virtual6]] as [string, ...string[]][];
      if (kind === 'linux') runs.push([whole], [whole6, '-R']);
      await Promise.all(runs.map(([address, ...reverse]) => loaded(near, address, ...use, ...reverse)));
    });

    whereProgram('iperf3', it)('so do those of an iperf3 client', async () => {
      await serving(far, PORT);
      for (const [address, ...reverse] of [['10.206.0.3'], ['fd06::3', '-R']] as [string, ...string[]][]) {
        const args = ['-u', '-c', address, '-p', PORT, '-b', '1M', '-t', '1', '-J', ...reverse];
        const { code, stdout } = await near.spawn('iperf3', ...args).exit();
        expect(code).toBe(0);
        const { end } = JSON.parse(stdout) as { end: { sum: { packets: number; lost_packets: number } } };
        expect(end.sum.packets).toBeGreaterThan(10);
        expect(end.sum.lost_packets).toBe(0);
      }
    });

    it('an address that is new is answered from within two seconds', async () => {
      await serving(far, PORT);
      const added = ['10.206.0.9/24', 'fd06::9/64'];
      far.address('v0', ...added);
      const asked = added.map((address) => address.split('/')[0] as string);
      const schedule = ['-c', '12', '-i', '200ms', '--timeout', '1s', '--json'];
      const exits = await Promise.all(asked.map((address) => client(near, address, PORT, ...schedule, ...use)));
      for (const address of added) far.ip('address', 'del', address, 'dev', 'v0');
      for (const exit of exits) expect(pingOf(exit).probes?.received).toBeGreaterThan(0);
    });

    it('a link-local address may be written with the name or the number of its interface', async () => {
      await serving(far, PORT);
      const number = numberOf(near, 'v0');
      const results = await Promise.all([
        probed('FE80:0::0B%v0', PORT, ...use),
        loaded(near, `fe80::b%${number}`, ...use, '--bind', 'fe80::a%v0'),
        loaded(near, 'fe80::b%v0', ...use, '--bind', `FE80::A%${number}`, '-R'),
      ]);
      for (const { peer, owd } of results) {
        expect(peer.address).toBe('fe80::b%v0');
        expect(owd?.basis).not.toBe('same-clock');
      }
    });

    it('servers listen on a link-local address, by name and by number', async () => {
      const udp = await serving(far, PORT, '-a', `FE80::B%${numberOf(far, 'v0')}`);
      await udp.printed(/listening on fe80::b%v0 port 40127: UDP probes/);
      await udp.printed(/listening on fe80::b%v0 port 40127: UDP load/);
      started.push(await far.serve('tcp-server', ECHO_PORT, ...use, '-a', 'fe80::b%v0'));
      const tcp = near.start('tcp-client', `fe80::b%${numberOf(near, 'v0')}`, ECHO_PORT, ...use, '-t', '0.3', '--json');
      const [probes, load, exit] = await Promise.all([
        probed('fe80::b%v0', PORT, ...use),
        loaded(near, 'fe80::b%v0', ...use),
        tcp.exit(),
      ]);
      expect({ code: exit.code, stderr: exit.stderr }).toEqual({ code: 0, stderr: '' });
      for (const { owd } of [probes, load, loadOf(exit)]) expect(owd?.basis).not.toBe('same-clock');
    });

    it('an interface that is not there is said in one line, whoever names it', async () => {
      const commands = [
        near.start('udp-client', 'fe80::b%no-such', PORT, ...use),
        near.start('tcp-client', '-a', 'fe80::b%99', ...use),
        near.start('udp-client', 'fe80::b%v0', PORT, '-b', '1M', '--bind', 'fe80::a%no-such', ...use),
        near.start('udp-server', PORT, '-a', 'fe80::a%no-such', ...use),
        near.start('tcp-server', PORT, '-a', 'fe80::a%99', ...use),
      ];
      for (const each of commands) expectOneLine(await each.exit(), 1, /no interface (no-such|99) /);
      expectOneLine(await client(near, 'fe80::b', PORT, ...use), 1, /fe80::b needs the interface that it is on/);
    });

    it('a twin of an own link-local address is another host, whose clock and port are its own', async () => {
      await serving(twin, PORT);
      const asked = `fe80::a%${numberOf(near, 'v1')}`;
      const away = await Promise.all([probed(asked, PORT, ...use), loaded(near, asked, ...use)]);
      for (const { owd } of away) expect(owd?.basis).not.toBe('same-clock');

      const server = await serving(near, PORT, '--json');
      const [ownProbes, down] = await Promise.all([
        probed('fe80::a%v0', PORT, ...use),
        loaded(twin, 'fe80::c%v0', ...use, '-R'),
      ]);
      expect(ownProbes.owd?.basis).toBe('same-clock');
      expect(down.owd?.basis).not.toBe('same-clock');
      await server.printed(/"kind":"load".*\n/);
      expect(documentsIn(server.stdout).at(-1)).not.toMatchObject({ owd: { basis: 'same-clock' } });
    });
  });
});

describe.each(TRANSPORTS)('a UDP port that a server of the %s transport has', (kind) => {
  it.each(TRANSPORTS)('is in use for another one of the %s transport', async (other) => {
    const { port } = await serve('udp-server', '--transport', kind);
    for (const own of [[], ['-a', '127.0.0.1']]) {
      const second = start('udp-server', port, '--transport', other, ...own);
      expectOneLine(await second.exit(), 1, /cannot listen on UDP port \d+.*: the port is already in use/);
    }
  });
});
