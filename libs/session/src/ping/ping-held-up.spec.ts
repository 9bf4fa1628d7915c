import type { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { type Span, seconds, span } from '@pathgauge/units';
import { expectConsistent, ms, run, type Scene } from '../../test/ping-scene';

describe('ping on a host that is held up', () => {
  const holdAfter = (at: Span, by: Span) => (time: VirtualTime, _: AbortController, network: FakeNetwork) =>
    void time.schedule(at, () => network.clockOf('10.0.0.1')?.hold(by));

  type Meanwhile = NonNullable<Scene['meanwhile']>;
  const holdOften: Meanwhile = (time, _, network) => {
    for (const at of [100, 400, 700, 1000]) {
      time.schedule(ms(at), () => network.clockOf('10.0.0.1')?.hold(ms(90)));
    }
  };
  const stampedByKernel =
    (meanwhile: Meanwhile): Meanwhile =>
    (time, abort, network) => {
      meanwhile(time, abort, network);
      time.schedule(ms(1), () => {
        for (const socket of network.sockets.values()) socket.stampsBy = 'kernel';
      });
    };

  it('makes up for nothing, and says what was not sent', async () => {
    // The run begins at 5 ms. Held from 1 s to 3.5 s: what is due at 1.005 s, 1.025 s, ... is not sent, but for the last.
    const { counts, result, probes } = await run(
      { count: 250, interval: ms(20) },
      { meanwhile: holdAfter(seconds(1), ms(2500)) },
    );
    // Due between 1.000 and 3.500: 1.005 + 20 n for n = 0 to 124, of which the last, at 3.485, is sent.
    expect(counts).toMatchObject({ sent: 126, received: 126, lost: 0, notSent: 124 });
    expect(result).toMatchObject({ complete: false, reason: 'not everything was sent' });
    expect(result.hostStalls?.count).toBe(1);
    expect(result.hostStalls?.longestNs).toBeGreaterThan(2450e6);
    expect(result.hostStalls?.longestNs).toBeLessThanOrEqual(2500e6);
    const sent = probes.map(({ sentNs }) => sentNs);
    // After it one late probe, and the next when it is due.
    expect(sent.filter((at) => at > 990e6 && at < 3520e6)).toStrictEqual([expect.closeTo(3495e6, -4), 3500e6]);
    // No number is left out.
    expect(probes.map(({ sequence }) => sequence)).toStrictEqual([...Array(126).keys()]);
  });

  it('counts what was due until the end of its time', async () => {
    const { counts, result } = await run(
      { count: undefined, duration: seconds(2), interval: ms(100) },
      { meanwhile: holdAfter(seconds(1), seconds(3)) },
    );
    expect(counts).toMatchObject({ sent: 10, received: 10, notSent: 10 });
    expect(result.complete).toBe(false);
  });

  it('sends a probe late that nothing else was due behind', async () => {
    const { counts, result } = await run(
      { interval: seconds(1), count: 3 },
      { meanwhile: holdAfter(ms(900), ms(400)) },
    );
    expect(counts).toMatchObject({ sent: 3, received: 3, notSent: 0 });
    expect(result).toMatchObject({ complete: true, hostStalls: { count: 1 } });
    expect(result.sendErrorNs?.maxNs).toBeGreaterThan(290e6);
  });

  it('loses no reply that came in time, however late it was read', async () => {
    // Replies come after 2 ms and are waited for 60; the host is held for 90 ms four times.
    const { counts, result, probes } = await run(
      { interval: ms(20), count: 100, timeout: ms(60) },
      { meanwhile: stampedByKernel(holdOften) },
    );
    expect(counts).toMatchObject({ lost: 0, late: 0 });
    expect(counts.sent + (counts.notSent ?? 0)).toBe(100);
    expect(result.rtt?.maxNs).toBe(2e6);
    expectConsistent(result, probes);
  });

  it('gives a program that stamps late the benefit of the doubt', async () => {
    const { counts } = await run(
      { interval: ms(20), count: 100, timeout: ms(60) },
      { up: () => [ms(30)], meanwhile: holdOften },
    );
    expect(counts).toMatchObject({ lost: 0, late: 0 });
  });

  it('still loses what comes too late, whenever it is read', async () => {
    const { counts } = await run(
      { interval: ms(20), count: 20, timeout: ms(60) },
      { meanwhile: stampedByKernel(holdAfter(ms(100), ms(200))), up: (probe) => [ms(probe === 4 ? 70 : 1)] },
    );
    expect(counts).toMatchObject({ lost: 1, late: 1 });
  });

  it('sees a stall while each probe follows the last', async () => {
    const { result } = await run({ interval: span(0), count: 100 }, { meanwhile: holdAfter(ms(100), seconds(1)) });
    expect(result).toMatchObject({ complete: true, hostStalls: { count: 1 }, probes: { sent: 100, notSent: 0 } });
  });
});
