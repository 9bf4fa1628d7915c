import type { ClockKnowledge } from '@pathgauge/metrics';
import { CLOCK_PACKET_BYTES, STATE } from '@pathgauge/protocol';
import { connectedStreams, VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { milliseconds, type Span, seconds } from '@pathgauge/units';
import fc from 'fast-check';
import { ClockAnswerer, ClockAsker } from './clock-exchange';
import { ControlChannel } from './control-channel';
import { SessionClock } from './session-clock';

interface Path {
  readonly aheadNs: number;
  readonly upNs: number;
  readonly downNs: number;
  readonly bootedNs: number;
}

/** A client that asks and a server that answers, each with its own clock. */
function connect(time: VirtualTime, { aheadNs, upNs, downNs, bootedNs }: Path, sameHost = false) {
  const clientClock = new VirtualClock(time, { aheadNs: 0, bootedNs: 17, errorNs: 300 });
  const serverClock = new VirtualClock(time, { aheadNs, bootedNs, errorNs: 500 });
  const [near, far] = connectedStreams(
    time,
    { endpoint: { address: '10.0.0.1', port: 1 }, clock: clientClock, delay: upNs as Span },
    { endpoint: { address: '10.0.0.2', port: 2 }, clock: serverClock, delay: downNs as Span },
  );
  const client = new SessionClock(clientClock, sameHost);
  const server = new SessionClock(serverClock, sameHost);
  const channel = new ControlChannel(near, {
    clock: clientClock,
    coarseTimer: () => new VirtualTimer(time, clientClock),
  });
  const asker = new ClockAsker(channel, client);
  const answerer = new ClockAnswerer(server);
  const requests: Uint8Array[] = [];
  far.onData((chunk, arrival) => {
    requests.push(chunk);
    expect(chunk[0]).toBe(STATE.clockRequest);
    far.write(Uint8Array.of(STATE.clockReply, ...(answerer.answer(chunk.subarray(1), arrival) as Uint8Array)));
  });
  const listen = async (): Promise<never> => {
    for (;;) {
      await channel.state();
      asker.onReply(await channel.bytes(CLOCK_PACKET_BYTES), channel.arrival);
    }
  };
  void listen();
  return { client, server, asker, answerer, requests };
}

describe('clock exchanges', () => {
  it('give both ends the same bounds, which hold the true offset', async () => {
    const paths = fc.record(
      {
        aheadNs: fc.integer({ min: -1e14, max: 1e14 }),
        upNs: fc.integer({ min: 1, max: 1e9 }),
        downNs: fc.integer({ min: 1, max: 1e9 }),
        bootedNs: fc.nat(2e9),
      },
      { noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(paths, fc.integer({ min: 2, max: 6 }), async (path, count) => {
        const time = new VirtualTime();
        const { client, server, asker, requests } = connect(time, path);
        await time.settle(asker.exchange(count));
        // A clock may drift by 1 % within the one round trip, and timestamps are whole nanoseconds.
        const slack = 0.01 * (path.upNs + path.downNs) + 2;
        for (const session of [client, server]) {
          const { offsetNs, lowNs, highNs } = session.snapshot() as ClockKnowledge;
          expect(Math.abs(offsetNs + lowNs - (path.aheadNs - path.downNs))).toBeLessThanOrEqual(slack);
          expect(Math.abs(offsetNs + highNs - (path.aheadNs + path.upNs))).toBeLessThanOrEqual(slack);
          expect(offsetNs + lowNs).toBeLessThanOrEqual(path.aheadNs);
          expect(offsetNs + highNs).toBeGreaterThanOrEqual(path.aheadNs);
        }
        // Of a long way fewer, none of which begins later than 1.5 s after the first: two at the least.
        const within = (ns: number) => Math.min(count, Math.max(2, Math.ceil(ns / (path.upNs + path.downNs))));
        expect(requests.length).toBeGreaterThanOrEqual(within(1.499e9));
        expect(requests.length).toBeLessThanOrEqual(within(1.501e9));
      }),
      { numRuns: 40 },
    );
  });

  it('on one host trust its clock as far as both anchors allow', async () => {
    const time = new VirtualTime();
    const { client, server, asker } = connect(time, { aheadNs: 0, upNs: 5000, downNs: 5000, bootedNs: 0 }, true);
    await time.settle(asker.exchange(2));
    // 300 ns and 500 ns; each other's error comes rounded up to a multiple of some 2^-32 s.
    for (const session of [client, server]) {
      const { basis, offsetNs, lowNs, highNs } = session.snapshot() as ClockKnowledge;
      expect([basis, offsetNs, lowNs]).toStrictEqual(['same-clock', 0, -highNs]);
      expect(highNs).toBeGreaterThanOrEqual(800);
      expect(highNs).toBeLessThan(810);
    }
  });

  it('run on at an interval, one at a time, until stopped', async () => {
    const time = new VirtualTime();
    // A round trip of 250 ms at an interval of 100 ms: asked at 100, 400, 700 ms.
    const { asker, requests } = connect(time, { aheadNs: 0, upNs: 125e6, downNs: 125e6, bootedNs: 0 });
    asker.every(milliseconds(100));
    await time.advance(milliseconds(800));
    expect(requests).toHaveLength(2);
    asker.stop();
    await time.settle(asker.settled());
    await time.advance(seconds(5));
    expect(requests).toHaveLength(3);
  });

  it('pass over a reply that nobody asked for', async () => {
    const time = new VirtualTime();
    const { client, asker } = connect(time, { aheadNs: 0, upNs: 5, downNs: 5, bootedNs: 0 });
    asker.onReply(new Uint8Array(44).fill(1), client.clock.now());
    await time.settle(asker.settled());
    await time.settle(asker.exchange(2));
    expect(client.snapshot()).toMatchObject({ offsetNs: 0, steps: 0 });
  });

  it('end with a request that is corrupt', () => {
    const time = new VirtualTime();
    const { answerer, server } = connect(time, { aheadNs: 0, upNs: 5, downNs: 5, bootedNs: 0 });
    expect(answerer.answer(new Uint8Array(44), server.clock.now())).toBeUndefined();
  });
});
