import type { Result, ServerEvent } from '@pathgauge/result';
import { collect } from '@pathgauge/testing';
import type { Transport } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { ECHO, ServeScene, TCP_SERVER } from '../test/serve-scene';
import { usualLoad } from '../test/usual-load';
import { load } from './load/load';
import type { LoadOptions } from './load/plan/load-options';

const SERVERS = { tcp: TCP_SERVER, udp: {} } as const;

const LOAD: LoadOptions = {
  ...usualLoad('10.0.0.2', 862),
  protocol: 'udp',
  length: 200,
  spacing: milliseconds(100),
  duration: seconds(1),
};

let scene: ServeScene;
beforeEach(() => {
  scene = new ServeScene();
});

describe('serve on a name', () => {
  const [ONE, OTHER, FOREIGN] = ['10.0.0.2', '10.0.0.3', '10.0.0.4'] as const;

  /** A server whose host has the first two. */
  const host = (...named: readonly string[]): Transport => {
    const transport = scene.network.host(ONE);
    scene.network.readdress(ONE, ONE, OTHER);
    scene.network.names.set('server.example', named);
    return transport;
  };

  it.each([862, 0])('listens on all of its addresses, UDP and TCP, on one port (%p)', async (port) => {
    const answered: string[] = [];
    const connected: string[] = [];
    const [listening, ...rest] = await scene.during(
      { address: 'server.example', port, serves: ECHO },
      async () => {
        const client = scene.network.host('10.0.0.1');
        const at = [...scene.network.sockets.values()][0]?.local.port as number;
        for (const address of [ONE, OTHER]) {
          const socket = await client.connectDatagrams({ address, port: at }, {});
          socket.onBatch((batch) => answered.push(batch.source(0).address));
          socket.send(Uint8Array.of(1));
          const stream = await scene.time.settle(client.connectStream({ address, port: at }, { timeoutMs: 1000 }));
          connected.push(stream.remote.address);
          stream.destroy();
        }
      },
      host(ONE, OTHER),
    );
    expect(connected).toStrictEqual([ONE, OTHER]);
    expect(answered.sort()).toStrictEqual([ONE, OTHER]);
    const sockets = listening?.type === 'listening' ? listening.sockets : [];
    expect(sockets.map(({ address, serves }) => `${address} ${serves}`)).toStrictEqual([
      `${ONE} echo`,
      `${OTHER} echo`,
      `${ONE} udp-load`,
      `${OTHER} udp-load`,
    ]);
    expect(new Set(sockets.map((socket) => socket.port)).size).toBe(1);
    expect(rest).toMatchObject([{ type: 'stopped', totals: { connectionsIgnored: 2 } }]);
    // Everything is closed, on each of them.
    expect([...scene.network.sockets.keys()].filter((key) => !key.startsWith('10.0.0.1:'))).toStrictEqual([]);
    expect(scene.network.listeners.size).toBe(0);
  });

  it.each(['tcp', 'udp'] as const)('says at which of its addresses it cannot listen: %s', async (protocol) => {
    const events = await scene.during(
      { address: 'server.example', ...SERVERS[protocol] },
      async () => {},
      host(ONE, FOREIGN),
    );
    expect(events[0]).toMatchObject({ type: 'listening', sockets: expect.arrayContaining([]) });
    const { sockets } = events[0] as Extract<ServerEvent, { type: 'listening' }>;
    expect(new Set(sockets.map(({ address }) => address))).toStrictEqual(new Set([ONE]));
    expect(events[1]).toMatchObject({
      type: 'notice',
      code: 'not-listening',
      message: expect.stringContaining(FOREIGN),
      cause: 'EADDRNOTAVAIL',
    });
    expect(events).toHaveLength(3);
  });

  it.each(['tcp', 'udp'] as const)('fails where it can listen at none, and names them: %s', async (protocol) => {
    const transport = host(FOREIGN, '10.0.0.5');
    await expect(
      scene.during({ address: 'server.example', ...SERVERS[protocol] }, async () => {}, transport),
    ).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
      message: expect.stringMatching(/10\.0\.0\.4.*; .*10\.0\.0\.5/),
      errors: [{ message: expect.stringContaining(FOREIGN) }, { message: expect.stringContaining('10.0.0.5') }],
    });
  });

  it('serves a UDP load at each', async () => {
    for (const address of [ONE, OTHER]) {
      scene = new ServeScene();
      let result: Result | undefined;
      await scene.during(
        { address: 'server.example' },
        async () => {
          const wanted = { ...LOAD, host: address };
          scene.network.names.set(address, [address]);
          const client = scene.network.host('10.0.0.1');
          const events = await scene.time.settle(collect(load(wanted, client, new AbortController().signal)));
          const last = events.at(-1);
          result = last?.type === 'summary' ? last.result : undefined;
        },
        host(ONE, OTHER),
      );
      expect(result).toMatchObject({ complete: true, peer: { address }, datagrams: { sent: 10, received: 10 } });
    }
  });
});
