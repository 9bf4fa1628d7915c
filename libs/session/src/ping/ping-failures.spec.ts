import type { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { span } from '@pathgauge/units';
import { expectConsistent, ms, PORT, run, SERVER, type Serve } from '../../test/ping-scene';

describe('ping whose own system refuses', () => {
  const refusal = Object.assign(new Error('network is unreachable'), { code: 'ENETUNREACH' });
  /** From 195 to 495 ms the system sends nothing: probes 2, 3 and 4 of those every 100 ms. */
  const refuse =
    (isPrompt: boolean) =>
    (time: VirtualTime, _: AbortController, network: FakeNetwork): void => {
      const set = (value: Error | undefined) => () => {
        for (const [name, socket] of network.sockets) {
          if (name.startsWith(`${SERVER}:`)) continue;
          socket.isPrompt = isPrompt;
          socket.refusal = value;
        }
      };
      time.schedule(ms(195), set(refusal));
      time.schedule(ms(495), set(undefined));
    };

  it.each([true, false])('counts what was not sent as neither sent nor lost, told at once: %s', async (isPrompt) => {
    const { counts, result, probes, notices } = await run({}, { meanwhile: refuse(isPrompt) });
    expect(counts).toMatchObject({ sent: 7, received: 7, lost: 0, lostUp: 0, lostDown: 0, notSent: 3 });
    expect(result).toMatchObject({ complete: false, reason: 'not everything was sent', hostStalls: { count: 0 } });
    expect(result.lossBursts?.count).toBe(0);
    expect(probes.map(({ sequence }) => sequence)).toStrictEqual([0, 1, 5, 6, 7, 8, 9]);
    expect(notices.map(({ code }) => code)).toStrictEqual(['ENETUNREACH']);
    expectConsistent(result, probes);
  });

  it.each([true, false])('ends all the same when the last are refused, told at once: %s', async (isPrompt) => {
    const { counts } = await run({ count: 4 }, { meanwhile: refuse(isPrompt) });
    expect(counts).toMatchObject({ sent: 2, received: 2, notSent: 2 });
  });

  it.each([true, false])('does not spin where each probe follows the last, told at once: %s', async (isPrompt) => {
    const { counts } = await run(
      { interval: span(0), count: undefined, duration: ms(600) },
      { meanwhile: refuse(isPrompt) },
    );
    // 300 ms of refusals, asked again every 20 ms; the other 300 ms a round trip every 2.
    expect(counts.notSent).toBeGreaterThanOrEqual(14);
    expect(counts.notSent).toBeLessThanOrEqual(16);
    expect(counts.lost).toBe(0);
    expect(counts.sent).toBeGreaterThan(140);
  });
});

describe('ping without an answer', () => {
  it('loses every probe, and has no figures', async () => {
    const { counts, result, probes } = await run({ count: 3 }, { up: () => [] });
    expect(counts).toMatchObject({ sent: 3, received: 0, lost: 3, lossRatio: 1 });
    expect(result).toMatchObject({ complete: true, rtt: undefined, owd: undefined, peer: { protocol: undefined } });
    expectConsistent(result, probes);
    // The last probe leaves at 200 ms and is waited for 500 ms.
    expect(result.durationNs).toBeGreaterThanOrEqual(700e6);
    expect(result.durationNs).toBeLessThan(800e6);
  });

  it('says once that nobody listens', async () => {
    const { notices, counts } = await run({ count: 3 }, { serve: async () => undefined });
    expect(notices.map(({ code }) => code)).toStrictEqual(['ECONNREFUSED']);
    expect(notices[0]?.message).toBe('10.0.0.2:862 answers that nobody listens on that UDP port');
    expect(counts).toMatchObject({ sent: 3, lost: 3 });
  });

  it('cannot begin with an unknown host', async () => {
    await expect(run({ host: 'nowhere' })).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('ping and strangers', () => {
  it('counts what answers no probe of its own, and nothing else', async () => {
    const serve: Serve = async (server) => {
      const socket = await server.bindDatagrams({ bind: { port: PORT } });
      socket.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++)
          batch.reply(
            i,
            batch.payload(i).map((byte) => byte ^ 0x55),
          );
      });
      return socket;
    };
    const { counts, notices } = await run({ count: 3 }, { serve });
    expect(counts).toMatchObject({ sent: 3, received: 0, lost: 3, duplicates: 0, late: 0 });
    expect(notices).toMatchObject([
      { code: 'not-stamp', message: expect.stringMatching(/^10\.0\.0\.2:\d+ answers, but not with STAMP/) },
    ]);
  });
});
