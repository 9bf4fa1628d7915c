import { documentOf, type Exit, expectOneLine, type Program, type Result } from './harness';
import { Host, whereHosts } from './hosts';
import { linuxWorks } from './linux-works';

const TRANSPORTS = linuxWorks ? (['linux', 'portable'] as const) : (['portable'] as const);
const PORT = '40127';
const ECHO_PORT = '40128';

/** Of the far host: the first of each kind is what the system answers from by itself. */
const ON_LINK = ['10.206.0.2', '10.206.0.3', 'fd06::2', 'fd06::3'];
/** On `lo`, as of a service that moves between hosts. */
const VIRTUAL = ['192.0.2.66', '2001:db8:6::66'];

/** The client's result, of a run in which all that was sent came back or arrived, though a busy host sends less. */
function complete(exit: Exit): Result {
  const { code, stderr } = exit;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const result = documentOf(exit);
  const { sent, received } = result.probes ?? {};
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
    // On the other link near is fe80::c, and fe80::a, which is near on this one, is somebody else.
    near.address('v1', 'fe80::c/64');
    twin.address('v0', 'fe80::a/64');
  });

  /** The number of an interface. */
  const numberOf = (host: Host, device: string): number =>
    (JSON.parse(host.ip('-j', 'link', 'show', device)) as { ifindex: number }[])[0]?.ifindex as number;

  const client = (host: Host, ...args: readonly string[]): Promise<Exit> => host.start('udp-client', ...args).exit();
  const probed = async (address: string, port: string, ...args: readonly string[]): Promise<Result> =>
    complete(await client(near, address, port, '-c', '3', '-i', '10ms', '--timeout', '1s', '--json', ...args));
  const loaded = async (host: Host, address: string, ...args: readonly string[]): Promise<Result> =>
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
      for (const port of [PORT, ECHO_PORT]) {
        const asked = [...ON_LINK, ...VIRTUAL, 'fe80::b%v0'];
        const results = await Promise.all(asked.map((address) => probed(address, port, ...use)));
        expect(results.map(({ peer }) => peer.address)).toEqual(asked);
        const protocol = port === PORT ? 'stamp' : 'echo';
        expect(new Set(results.map(({ peer }) => peer.protocol))).toEqual(new Set([protocol]));
      }
    });

    it('streams of load come from the address that was asked for them, and go there', async () => {
      await serving(far, PORT);
      const [, second, , second6] = ON_LINK as [string, string, string, string];
      for (const reverse of [[], ['-R']]) {
        await Promise.all([second, second6, ...VIRTUAL].map((address) => loaded(near, address, ...use, ...reverse)));
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
      for (const exit of exits) expect(documentOf(exit).probes?.received).toBeGreaterThan(0);
    });

    it('a link-local address may be written with the name or the number of its interface', async () => {
      await serving(far, PORT);
      const number = numberOf(near, 'v0');
      for (const address of [`fe80::b%${number}`, 'FE80:0::0B%v0']) {
        const results = await Promise.all([
          probed(address, PORT, ...use),
          loaded(near, address, ...use, '--bind', `fe80::a%${number}`),
          loaded(near, address, ...use, '--bind', 'fe80::a%v0', '-R'),
        ]);
        for (const { peer, owd } of results) {
          expect(peer).toMatchObject({ host: address, address: 'fe80::b%v0' });
          expect(owd?.basis).not.toBe('same-clock');
        }
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
      for (const { owd } of [probes, load, documentOf(exit)]) expect(owd?.basis).not.toBe('same-clock');
    });

    it('an interface that is not there is said in one line, whoever names it', async () => {
      const commands = (['udp-client', 'tcp-client'] as const).flatMap((runner) => [
        near.start(runner, 'fe80::b%no-such', PORT, ...use),
        near.start(runner, '-a', 'fe80::b%99', ...use),
        near.start(runner, 'fe80::b%v0', PORT, '--bind', 'fe80::a%no-such', ...use),
      ]);
      const servers = (['udp-server', 'tcp-server'] as const).map((runner) =>
        near.start(runner, PORT, '-a', 'fe80::a%no-such', ...use),
      );
      for (const each of [...commands, ...servers]) expectOneLine(await each.exit(), 1, /no interface (no-such|99) /);
      expectOneLine(await client(near, 'fe80::b', PORT, ...use), 1, /fe80::b needs the interface that it is on/);
    });

    it('a twin of an own link-local address is another host, whose clock and port are its own', async () => {
      await serving(twin, PORT);
      const asked = `fe80::a%${numberOf(near, 'v1')}`;
      const [probes, up, own] = await Promise.all([
        probed(asked, PORT, ...use),
        loaded(near, asked, ...use),
        probed('fe80::a%v0', PORT, ...use).catch((error) => error),
      ]);
      for (const { owd } of [probes, up]) expect(owd?.basis).not.toBe('same-clock');
      expect(own).toBeInstanceOf(Error);

      const server = await serving(near, PORT, '--json');
      const [ownProbes, down] = await Promise.all([
        probed('fe80::a%v0', PORT, ...use),
        loaded(twin, 'fe80::c%v0', ...use, '-R'),
      ]);
      expect(ownProbes.owd?.basis).toBe('same-clock');
      expect(down.owd?.basis).not.toBe('same-clock');
      await server.printed(/"kind":"load".*\n/);
      expect(JSON.parse(server.stdout.trim().split('\n').at(-1) as string)).not.toMatchObject({
        owd: { basis: 'same-clock' },
      });
    });
  });
});
