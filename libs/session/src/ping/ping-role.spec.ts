import type { PingResult, SessionEvent } from '@pathgauge/result';
import { collect, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { type Transport, TransportError } from '@pathgauge/transport';
import { milliseconds, type Span, seconds } from '@pathgauge/units';
import { usualProbes } from '../../test/usual-probes';
import type { Bell } from '../interruption';
import { PROBES } from '../reflect/probe-role';
import { ping } from './ping';

const SERVER = '10.0.0.2';
const PORT = 862;
const OPTIONS = usualProbes(SERVER, PORT);

/** A client, and a server that answers, whose messages take so long. */
async function setUp(crossing: Span) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  network.host(SERVER).start(PROBES, { address: undefined, port: PORT, answers: 'stamp' });
  await time.advance(milliseconds(1));
  network.crossing = crossing;
  return { time, network, client: network.host('10.0.0.1'), abort: new AbortController() };
}

function resultOf(events: readonly SessionEvent[]): PingResult {
  const last = events.at(-1);
  if (last?.type !== 'summary' || last.result.kind !== 'ping') throw new Error('a session ends with its summary');
  return last.result;
}

describe('the role of a ping', () => {
  it.each([0, 0.05, 3, 40])('measures the same, in the same order, whatever its messages take: %p ms', async (ms) => {
    const { time, client, abort } = await setUp(milliseconds(ms));
    const events = await time.settle(collect(ping(OPTIONS, client, abort.signal)));
    expect(events[0]?.type).toBe('start');
    const probes = events.flatMap((event) => (event.type === 'probe' ? [event] : []));
    expect(probes.map(({ sequence, rttNs }) => [sequence, rttNs])).toStrictEqual(
      Array.from({ length: 10 }, (_, i) => [i, 2e6]),
    );
    expect(resultOf(events)).toMatchObject({ complete: true, probes: { sent: 10, received: 10 }, rtt: { minNs: 2e6 } });
  });

  it('goes on until it hears of an interruption, and tells all that it has', async () => {
    const { time, client, abort } = await setUp(milliseconds(20));
    // It begins 20 ms late; probe 3 leaves at 320 ms, the order comes at 330 ms.
    time.schedule(milliseconds(310), () => abort.abort());
    const result = resultOf(await time.settle(collect(ping(OPTIONS, client, abort.signal))));
    expect(result).toMatchObject({ complete: false, reason: 'interrupted', probes: { sent: 4, received: 4 } });
  });

  it('tells the figures so far when the bell rings', async () => {
    const { time, client, abort } = await setUp(milliseconds(1));
    let ring = (): void => {};
    const bell: Bell = {
      onRing(handler) {
        ring = handler;
        return () => {};
      },
    };
    time.schedule(milliseconds(250), () => ring());
    const events = await time.settle(collect(ping(OPTIONS, client, abort.signal, bell)));
    const told = events.filter(({ type }) => type === 'interim');
    expect(told).toMatchObject([{ of: 'ping', counts: { sent: 3, received: 3 } }]);
  });

  it('ends when the consumer leaves, and closes its socket', async () => {
    const { time, network, client, abort } = await setUp(milliseconds(5));
    const leave = async (): Promise<void> => {
      for await (const { type } of ping(OPTIONS, client, abort.signal)) if (type === 'probe') break;
    };
    await time.settle(leave());
    expect([...network.sockets.keys()]).toStrictEqual([`${SERVER}:${PORT}`]);
  });

  describe('that waits for a name server', () => {
    const slow = (client: Transport, time: VirtualTime, answer: () => readonly string[]): Transport => ({
      ...client,
      resolve: () => new Promise((resolve) => void time.schedule(seconds(3), () => resolve(answer()))),
    });

    it('is not waited for by who interrupts; it opens nothing and sends nothing when the answer comes', async () => {
      const { time, network, client, abort } = await setUp(milliseconds(1));
      time.schedule(milliseconds(100), () => abort.abort());
      const run = collect(
        ping(
          OPTIONS,
          slow(client, time, () => [SERVER]),
          abort.signal,
        ),
      );
      const begin = time.now();
      await expect(time.settle(run)).rejects.toMatchObject({ code: 'EINTR' });
      expect(time.now() - begin).toBe(100e6);
      const sent = jest.fn(() => []);
      network.fateOf = sent;
      await time.advance(seconds(10));
      expect(sent).not.toHaveBeenCalled();
      expect([...network.sockets.keys()]).toStrictEqual([`${SERVER}:${PORT}`]);
    });
  });

  it('fails with the code and the words of what it failed of', async () => {
    const { time, client, abort } = await setUp(milliseconds(1));
    const nobody = { ...OPTIONS, host: 'nobody.example' };
    const failure: unknown = await time.settle(collect(ping(nobody, client, abort.signal)).catch((error) => error));
    expect(failure).toBeInstanceOf(TransportError);
    expect(failure).toMatchObject({ code: 'ENOTFOUND', message: 'cannot find nobody.example: unknown host' });
  });
});
