import { encodeStreamOpening } from '@pathgauge/protocol';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { Endpoint, Role, Transport } from '@pathgauge/transport';
import { milliseconds } from '@pathgauge/units';
import { openingKey } from '../load/awaited-openings';
import type { ProbeData, ProbeOrder, ProbeWord } from './probe-role';
import { answerProbes, type Probes } from './probes';

const SERVER = { address: '10.0.0.2', port: 862 };
const DATA: ProbeData = { ...SERVER, answers: 'stamp' };
const TOKEN = new Uint8Array(16).fill(1);

function setUp() {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  network.crossing = milliseconds(1);
  const heard = { sessions: [] as Endpoint[], openings: [] as Endpoint[], failures: [] as Error[] };
  const listener = {
    onSession: (source: Endpoint) => void heard.sessions.push(source),
    onIgnored: () => {},
    // The first opens a stream.
    onOpening: (source: Endpoint) => heard.openings.push(source) === 1,
    onFailed: (error: Error) => void heard.failures.push(error),
  };
  const server = network.host(SERVER.address);
  return {
    time,
    network,
    heard,
    server,
    begin: (transport: Transport = server): Promise<Probes> => time.settle(answerProbes(DATA, transport, listener)),
    deliver: async (payload: Uint8Array, from = 5000): Promise<void> => {
      network.carry({ address: '10.0.0.1', port: from }, SERVER, payload, () => {});
      await time.advance(milliseconds(5));
    },
  };
}

/** The same transport, whose role does something else instead. */
const withRole = (transport: Transport, run: Role<ProbeData, ProbeOrder, ProbeWord>['run']): Transport => ({
  ...transport,
  start: (_, data) => transport.start({ name: 'instead', run } as never, data) as never,
});

describe('what a server sees of the role that answers probes', () => {
  it('is where it listens, and last what it has done', async () => {
    const { begin, deliver, heard, time } = setUp();
    const probes = await begin();
    expect(probes.local).toStrictEqual(SERVER);
    expect(probes.bound.local).toStrictEqual(SERVER);
    const request = new Uint8Array(44);
    request[13] = 1;
    await deliver(request);
    expect(heard.sessions).toStrictEqual([{ address: '10.0.0.1', port: 5000 }]);
    expect(await time.settle(probes.close())).toMatchObject({ probeSessions: 1, probesAnswered: 1 });
  });

  it('is told to everybody who asks at one time', async () => {
    const { begin, time } = setUp();
    const probes = await begin();
    const both = await time.settle(Promise.all([probes.totals(), probes.totals()]));
    expect(both).toMatchObject([{ probesAnswered: 0 }, { probesAnswered: 0 }]);
    await time.settle(probes.close());
    // Nobody is left to answer; the last word stands.
    expect(await time.settle(probes.totals())).toMatchObject({ probesAnswered: 0 });
  });

  it('counts openings that open nothing among what was ignored', async () => {
    const { begin, deliver, heard, time } = setUp();
    const probes = await begin();
    await time.settle(probes.awaitOpenings(openingKey(TOKEN), 1));
    for (const port of [1, 2, 3]) await deliver(encodeStreamOpening(TOKEN), port);
    expect(heard.openings.map(({ port }) => port)).toStrictEqual([1, 2, 3]);
    expect(await time.settle(probes.totals())).toMatchObject({ datagramsIgnored: 2, ignored: { opening: 2 } });
    await deliver(encodeStreamOpening(TOKEN), 4);
    expect(await time.settle(probes.totals())).toMatchObject({ datagramsIgnored: 3 });
    await time.settle(probes.awaitOpenings(openingKey(TOKEN), 0));
    await deliver(encodeStreamOpening(TOKEN), 5);
    expect(heard.openings).toHaveLength(4);
    expect(await time.settle(probes.close())).toMatchObject({ datagramsIgnored: 4, ignored: { opening: 4 } });
  });

  it('is why it cannot listen', async () => {
    const { begin, server, heard } = setUp();
    await server.bindDatagrams({ bind: SERVER });
    await expect(begin()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(heard.failures).toStrictEqual([]);
  });

  it('is an end before it listens, too', async () => {
    const { begin, server } = setUp();
    await expect(begin(withRole(server, async () => {}))).rejects.toThrow('the role that answers probes has ended');
  });

  it('is that it fails later, of which the server hears', async () => {
    const { begin, server, heard, time } = setUp();
    const failing = withRole(server, async (side) => {
      const { bound } = await side.transport.bindDatagrams({ bind: SERVER });
      side.post({ word: 'listening', bound });
      await side.run(new Promise<void>((resolve) => side.transport.soon(resolve)));
      throw Object.assign(new Error('out of memory'), { code: 'ENOMEM' });
    });
    const probes = await begin(failing);
    await time.advance(milliseconds(10));
    expect(heard.failures).toMatchObject([{ code: 'ENOMEM', message: 'out of memory' }]);
    expect(await time.settle(probes.close())).toMatchObject({ probesAnswered: 0 });
  });
});
