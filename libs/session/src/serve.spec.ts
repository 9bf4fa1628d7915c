import type { ServerEvent } from '@pathgauge/result';
import { collect } from '@pathgauge/testing';
import { type Transport, TransportError } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { ECHO, OPTIONS, ServeScene, TCP_SERVER } from '../test/serve-scene';
import type { PortHandover } from './port-handover';
import { type Services, serve } from './serve';

let scene: ServeScene;
beforeEach(() => {
  scene = new ServeScene();
});

const totals = (events: readonly ServerEvent[]) => {
  const last = events.at(-1);
  return last?.type === 'stopped' ? last.totals : undefined;
};

describe('serve', () => {
  it('serves UDP on both protocols of one port, and stops', async () => {
    const events = await scene.during({}, async () => {});
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
    expect(scene.network.sockets.size + scene.network.listeners.size).toBe(0);
  });

  it('still reflects when its TCP port is taken, and says so', async () => {
    await scene.network.host('10.0.0.2').listen({ port: 862 }, () => {});
    const events = await scene.during({}, async () => {});
    expect(events[0]).toMatchObject({ type: 'listening', sockets: [{ serves: 'probes' }] });
    expect(events[1]).toStrictEqual({
      type: 'notice',
      code: 'udp-load-off',
      message: 'UDP load tests off: TCP port in use',
    });
  });

  it('picks another port when the TCP port of the one the system picked is taken', async () => {
    const host = scene.network.host('10.0.0.2');
    const tried: number[] = [];
    const transport: Transport = {
      ...host,
      listen(options, onConnection) {
        tried.push(options.port);
        const inUse = new TransportError('EADDRINUSE', 'in use');
        return tried.length < 3 ? Promise.reject(inUse) : host.listen(options, onConnection);
      },
    };
    const [listening] = await scene.during(
      { port: 0 },
      async () => expect(scene.network.sockets.size).toBe(1),
      transport,
    );
    expect(new Set(tried).size).toBe(3);
    expect(listening).toMatchObject({ sockets: [{ port: tried[2] }, { port: tried[2], serves: 'udp-load' }] });
  });

  describe('beside another server of the user', () => {
    it('gives its TCP port to a tcp-server that asks for it, and says so', async () => {
      const offers: [port: number, onAsked: () => void][] = [];
      const endOffer = jest.fn();
      const handover: PortHandover = {
        offer(...offer) {
          offers.push(offer);
          return endOffer;
        },
        ask: async () => {},
      };
      const serving = async (): Promise<void> => {
        expect(scene.network.listeners.size).toBe(1);
        offers[0]?.[1]();
        expect(scene.network.listeners.size).toBe(0);
      };
      const events = await scene.during({}, serving, undefined, handover);
      expect(offers.map(([port]) => port)).toStrictEqual([862]);
      expect(endOffer).toHaveBeenCalled();
      expect(events[1]).toStrictEqual({
        type: 'notice',
        code: 'udp-load-off',
        message: 'UDP load tests off: a tcp-server has taken the TCP port',
      });
    });

    it('asks for the TCP port that it needs, and has it when it is given', async () => {
      const host = scene.network.host('10.0.0.2');
      const other = await host.listen({ port: 862 }, () => {});
      const asked: number[] = [];
      const handover: PortHandover = {
        offer: () => () => {},
        async ask(port) {
          asked.push(port);
          other.close();
        },
      };
      const [listening] = await scene.during(TCP_SERVER, async () => {}, host, handover);
      expect(asked).toStrictEqual([862]);
      expect(listening).toMatchObject({ sockets: [{ port: 862, serves: 'tcp-load' }] });
    });

    it('offers no TCP port that it needs itself, and asks for none that it can do without', async () => {
      const handover: PortHandover = { offer: jest.fn(() => () => {}), ask: jest.fn(async () => {}) };
      const all: Services = { probes: 'stamp', udpLoad: true, tcpLoad: true };
      await scene.during({ serves: all }, async () => {}, undefined, handover);
      expect(handover.offer).not.toHaveBeenCalled();
      await scene.network.host('10.0.0.2').listen({ port: 862 }, () => {});
      await scene.during({}, async () => {}, undefined, handover);
      expect(handover.ask).not.toHaveBeenCalled();
    });
  });

  it('cannot begin on a port in use', async () => {
    await scene.network.host('10.0.0.2').listen({ port: 862 }, () => {});
    await expect(scene.during(TCP_SERVER, async () => {})).rejects.toMatchObject({
      code: 'tcp-port-in-use',
      message: 'cannot listen on TCP port 862: it is in use',
    });
  });

  it.each([
    [true, 1],
    [false, 0],
  ])('answers what is no probe only as an echo server (%p)', async (echo, answers) => {
    const heard = jest.fn();
    const events = await scene.during({ serves: echo ? ECHO : OPTIONS.serves }, async () => {
      const client = await scene.network.host('10.0.0.1').connectDatagrams({ address: '10.0.0.2', port: 862 }, {});
      client.onBatch((batch) => heard([...batch.payload(0)]));
      client.send(Uint8Array.of(1, 2, 3));
    });
    expect(heard).toHaveBeenCalledTimes(answers);
    if (echo) expect(heard).toHaveBeenCalledWith([1, 2, 3]);
    expect(totals(events)).toMatchObject({ datagramsIgnored: 1 - answers, probesAnswered: 0 });
  });

  it('tells of a hundred strangers a minute at the most, and that there were more', async () => {
    const events = await scene.during({}, async () => {
      const client = await scene.network.host('10.0.0.1').connectDatagrams({ address: '10.0.0.2', port: 862 }, {});
      for (let minute = 0; minute < 2; minute++) {
        for (let i = 1; i <= 150; i++) {
          const request = new Uint8Array(44);
          // An Error Estimate, and the SSID of a session of its own.
          request.set([0, 1, minute, i], 12);
          client.send(request);
        }
        await scene.time.advance(seconds(60));
      }
    });
    const told = events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
    expect(told).toHaveLength(202);
    expect(told.filter((message) => message === 'and many more within this minute')).toHaveLength(2);
    expect(totals(events)).toMatchObject({ probeSessions: 300, probesAnswered: 300 });
  });

  it('counts connections that do not speak the protocol, and hangs up on them', async () => {
    const closed = jest.fn();
    const events = await scene.during(TCP_SERVER, async () => {
      const client = scene.network.host('10.0.0.1');
      const stream = await scene.time.settle(
        client.connectStream({ address: '10.0.0.2', port: 862 }, { timeoutMs: 1000 }),
      );
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
    const transport: Transport = { ...scene.network.host('10.0.0.2'), hasRoomForRole: () => lettingIn-- > 0 };
    const events = await scene.during(
      TCP_SERVER,
      async () => {
        for (let i = 0; i < 2; i++) {
          const client = scene.network.host('10.0.0.1');
          const peer = { address: '10.0.0.2', port: 862 };
          const stream = await scene.time.settle(client.connectStream(peer, { timeoutMs: 1000 }));
          const bytes: number[] = [];
          heard.push(bytes);
          stream.onData((chunk) => bytes.push(...chunk));
          // A cookie, and parameters of no length.
          stream.write(Uint8Array.of(...Array(36).fill(0x61), 0, 0, 0, 0, 0));
          await scene.time.advance(seconds(1));
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
    const events = collect(serve(OPTIONS, scene.network.host('10.0.0.2'), abort.signal, bell));
    await scene.time.advance(milliseconds(1));
    ring();
    await scene.time.advance(milliseconds(1));
    abort.abort();
    expect((await scene.time.settle(events)).map(({ type }) => type)).toStrictEqual(['listening', 'totals', 'stopped']);
  });

  it('does not wait for ever for a connection that says nothing', async () => {
    const closed = jest.fn();
    const events = await scene.during(TCP_SERVER, async () => {
      const client = scene.network.host('10.0.0.1');
      const stream = await scene.time.settle(
        client.connectStream({ address: '10.0.0.2', port: 862 }, { timeoutMs: 1000 }),
      );
      stream.onClose(closed);
      await scene.time.advance(seconds(9));
      expect(closed).not.toHaveBeenCalled();
      await scene.time.advance(seconds(2));
    });
    expect(closed).toHaveBeenCalledTimes(1);
    expect(totals(events)).toMatchObject({ connectionsIgnored: 1 });
  });
});
