import type { Result, ServerEvent } from '@pathgauge/result';
import { collect, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { type Transport, TransportError } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { load } from './load/load-client';
import type { LoadOptions } from './load/load-options';
import { ALL_METRICS } from './metric-switches';
import { type ServeOptions, serve } from './serve';

const OPTIONS: ServeOptions = {
  protocol: 'udp',
  address: undefined,
  port: 862,
  metrics: ALL_METRICS,
  reportInterval: seconds(1),
  echo: false,
  once: false,
};

const LOAD: LoadOptions = {
  protocol: 'udp',
  host: '10.0.0.2',
  port: 862,
  family: undefined,
  bind: undefined,
  ttl: undefined,
  dscp: undefined,
  dontFragment: false,
  length: 200,
  spacing: milliseconds(100),
  duration: seconds(1),
  reverse: false,
  reportInterval: seconds(1),
  metrics: ALL_METRICS,
};

let time: VirtualTime;
let network: FakeNetwork;
let restore: () => void;
beforeEach(() => {
  time = new VirtualTime();
  network = new FakeNetwork(time);
  restore = time.install();
});
afterEach(() => restore());

/** A server for as long as `act` takes. */
async function during(
  options: Partial<ServeOptions>,
  act: () => Promise<void>,
  transport: Transport = network.host('10.0.0.2'),
): Promise<ServerEvent[]> {
  const abort = new AbortController();
  const events = collect(serve({ ...OPTIONS, ...options }, transport, abort.signal));
  await time.advance(milliseconds(1));
  await act();
  await time.advance(seconds(1));
  abort.abort();
  return time.settle(events);
}

const totals = (events: readonly ServerEvent[]) => {
  const last = events.at(-1);
  return last?.type === 'stopped' ? last.totals : undefined;
};

describe('serve', () => {
  it('serves UDP on both protocols of one port, and stops', async () => {
    const events = await during({}, async () => {});
    expect(events).toStrictEqual([
      {
        type: 'listening',
        runner: 'udp-server',
        sockets: [
          { address: '10.0.0.2', port: 862, serves: 'probes' },
          { address: '10.0.0.2', port: 862, serves: 'udp-load' },
        ],
      },
      {
        type: 'stopped',
        totals: {
          tests: 0,
          probeSessions: 0,
          probesAnswered: 0,
          datagramsIgnored: 0,
          ignored: {},
          connectionsIgnored: 0,
        },
      },
    ]);
    expect(network.sockets.size + network.listeners.size).toBe(0);
  });

  it('still reflects when its TCP port is taken, and says so', async () => {
    await network.host('10.0.0.2').listen({ port: 862 }, () => {});
    const events = await during({}, async () => {});
    expect(events[0]).toMatchObject({ type: 'listening', sockets: [{ serves: 'probes' }] });
    expect(events[1]).toStrictEqual({
      type: 'notice',
      code: 'udp-load-off',
      message: 'UDP load tests off: TCP port in use',
    });
  });

  it('picks another port when the TCP port of the one the system picked is taken', async () => {
    const host = network.host('10.0.0.2');
    const tried: number[] = [];
    const transport: Transport = {
      ...host,
      listen(options, onConnection) {
        tried.push(options.port);
        const inUse = new TransportError('EADDRINUSE', 'in use');
        return tried.length < 3 ? Promise.reject(inUse) : host.listen(options, onConnection);
      },
    };
    const [listening] = await during({ port: 0 }, async () => expect(network.sockets.size).toBe(1), transport);
    expect(new Set(tried).size).toBe(3);
    expect(listening).toMatchObject({ sockets: [{ port: tried[2] }, { port: tried[2], serves: 'udp-load' }] });
  });

  describe('on a name', () => {
    const [ONE, OTHER, FOREIGN] = ['10.0.0.2', '10.0.0.3', '10.0.0.4'] as const;

    /** A server whose host has the first two. */
    const host = (...named: readonly string[]): Transport => {
      const transport = network.host(ONE);
      network.readdress(ONE, ONE, OTHER);
      network.names.set('server.example', named);
      return transport;
    };

    it.each([862, 0])('listens on all of its addresses, UDP and TCP, on one port (%p)', async (port) => {
      const answered: string[] = [];
      const connected: string[] = [];
      const [listening, ...rest] = await during(
        { address: 'server.example', port, echo: true },
        async () => {
          const client = network.host('10.0.0.1');
          const at = [...network.sockets.values()][0]?.local.port as number;
          for (const address of [ONE, OTHER]) {
            const socket = await client.connectDatagrams({ address, port: at }, {});
            socket.onBatch((batch) => answered.push(batch.source(0).address));
            socket.send(Uint8Array.of(1));
            const stream = await time.settle(client.connectStream({ address, port: at }, { timeoutMs: 1000 }));
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
      expect([...network.sockets.keys()].filter((key) => !key.startsWith('10.0.0.1:'))).toStrictEqual([]);
      expect(network.listeners.size).toBe(0);
    });

    it.each(['tcp', 'udp'] as const)('says at which of its addresses it cannot listen: %s', async (protocol) => {
      const events = await during({ address: 'server.example', protocol }, async () => {}, host(ONE, FOREIGN));
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
      await expect(during({ address: 'server.example', protocol }, async () => {}, transport)).rejects.toMatchObject({
        code: 'EADDRNOTAVAIL',
        message: expect.stringMatching(/10\.0\.0\.4.*; .*10\.0\.0\.5/),
        errors: [{ message: expect.stringContaining(FOREIGN) }, { message: expect.stringContaining('10.0.0.5') }],
      });
    });

    it('serves a UDP load at each', async () => {
      for (const address of [ONE, OTHER]) {
        time = new VirtualTime();
        network = new FakeNetwork(time);
        restore();
        restore = time.install();
        let result: Result | undefined;
        await during(
          { address: 'server.example' },
          async () => {
            const wanted = { ...LOAD, host: address };
            network.names.set(address, [address]);
            const client = network.host('10.0.0.1');
            const events = await time.settle(collect(load(wanted, client, new AbortController().signal)));
            const last = events.at(-1);
            result = last?.type === 'summary' ? last.result : undefined;
          },
          host(ONE, OTHER),
        );
        expect(result).toMatchObject({ complete: true, peer: { address }, datagrams: { sent: 10, received: 10 } });
      }
    });
  });

  it('cannot begin on a port in use', async () => {
    await network.host('10.0.0.2').listen({ port: 862 }, () => {});
    await expect(during({ protocol: 'tcp' }, async () => {})).rejects.toMatchObject({
      code: 'tcp-port-in-use',
      message: 'cannot listen on TCP port 862: it is in use',
    });
  });

  it.each([
    [true, 1],
    [false, 0],
  ])('answers what is no probe only as an echo server (%p)', async (echo, answers) => {
    const heard = jest.fn();
    const events = await during({ echo }, async () => {
      const client = await network.host('10.0.0.1').connectDatagrams({ address: '10.0.0.2', port: 862 }, {});
      client.onBatch((batch) => heard([...batch.payload(0)]));
      client.send(Uint8Array.of(1, 2, 3));
    });
    expect(heard).toHaveBeenCalledTimes(answers);
    if (echo) expect(heard).toHaveBeenCalledWith([1, 2, 3]);
    expect(totals(events)).toMatchObject({ datagramsIgnored: 1 - answers, probesAnswered: 0 });
  });

  it('tells of a hundred strangers a minute at the most, and that there were more', async () => {
    const events = await during({}, async () => {
      const client = await network.host('10.0.0.1').connectDatagrams({ address: '10.0.0.2', port: 862 }, {});
      for (let minute = 0; minute < 2; minute++) {
        for (let i = 1; i <= 150; i++) {
          const request = new Uint8Array(44);
          // An Error Estimate, and the SSID of a session of its own.
          request.set([0, 1, minute, i], 12);
          client.send(request);
        }
        await time.advance(seconds(60));
      }
    });
    const told = events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
    expect(told).toHaveLength(202);
    expect(told.filter((message) => message === 'and many more within this minute')).toHaveLength(2);
    expect(totals(events)).toMatchObject({ probeSessions: 300, probesAnswered: 300 });
  });

  it('counts connections that do not speak the protocol, and hangs up on them', async () => {
    const closed = jest.fn();
    const events = await during({ protocol: 'tcp' }, async () => {
      const client = network.host('10.0.0.1');
      const stream = await time.settle(client.connectStream({ address: '10.0.0.2', port: 862 }, { timeoutMs: 1000 }));
      stream.onClose(closed);
      stream.write(new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'));
    });
    expect(closed).toHaveBeenCalledTimes(1);
    expect(totals(events)).toMatchObject({ connectionsIgnored: 1, tests: 0 });
  });

  const SAID = 'too many open files: clients are told that the server is busy; ulimit -n sets the limit';

  it.each([
    // The states of the protocol: PARAM_EXCHANGE is 9, ACCESS_DENIED 255.
    ['has no descriptors for another test', 0, [255]],
    ['has none left when a test has been let in', 1, [9, 255]],
  ])('tells clients that it is busy when it %s, and says so once', async (_, lettingIn, expected) => {
    const heard: number[][] = [];
    const transport: Transport = { ...network.host('10.0.0.2'), hasDescriptors: () => lettingIn-- > 0 };
    const events = await during(
      { protocol: 'tcp' },
      async () => {
        for (let i = 0; i < 2; i++) {
          const client = network.host('10.0.0.1');
          const peer = { address: '10.0.0.2', port: 862 };
          const stream = await time.settle(client.connectStream(peer, { timeoutMs: 1000 }));
          const bytes: number[] = [];
          heard.push(bytes);
          stream.onData((chunk) => bytes.push(...chunk));
          // A cookie, and parameters of no length.
          stream.write(Uint8Array.of(...Array(36).fill(0x61), 0, 0, 0, 0, 0));
          await time.advance(seconds(1));
        }
      },
      transport,
    );
    expect(heard).toStrictEqual([expected, [255]]);
    const said = events.filter((event) => event.type === 'notice' && event.code === 'too-many-files');
    expect(said).toStrictEqual([{ type: 'notice', code: 'too-many-files', message: SAID }]);
  });

  it('tells the totals so far to whoever asks', async () => {
    let ring = (): void => {};
    const bell = {
      onRing(handler: () => void) {
        ring = handler;
        return () => {};
      },
    };
    const abort = new AbortController();
    const events = collect(serve(OPTIONS, network.host('10.0.0.2'), abort.signal, bell));
    await time.advance(milliseconds(1));
    ring();
    await time.advance(milliseconds(1));
    abort.abort();
    expect((await time.settle(events)).map(({ type }) => type)).toStrictEqual(['listening', 'totals', 'stopped']);
  });

  it('does not wait for ever for a connection that says nothing', async () => {
    const closed = jest.fn();
    const events = await during({ protocol: 'tcp' }, async () => {
      const client = network.host('10.0.0.1');
      const stream = await time.settle(client.connectStream({ address: '10.0.0.2', port: 862 }, { timeoutMs: 1000 }));
      stream.onClose(closed);
      await time.advance(seconds(9));
      expect(closed).not.toHaveBeenCalled();
      await time.advance(seconds(2));
    });
    expect(closed).toHaveBeenCalledTimes(1);
    expect(totals(events)).toMatchObject({ connectionsIgnored: 1 });
  });
});
