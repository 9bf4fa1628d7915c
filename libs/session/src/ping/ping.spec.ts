import type { PingResult } from '@pathgauge/result';
import type { Fate } from '@pathgauge/testing';
import { after, seconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { echo, expectConsistent, ms, PORT, run, SERVER, type Serve } from '../../test/ping-scene';
import { Reflector } from '../reflect/reflector';

describe('ping', () => {
  it('measures a path on which nothing happens', async () => {
    // Up 3 ms, down 1 ms, the server's clock ahead by 5 s.
    const { start, outcomes, probes, result, notices } = await run(
      {},
      { up: () => [ms(3)], down: () => [ms(1)], clock: { aheadNs: 5e9 } },
    );
    expect(outcomes).toStrictEqual(Array.from({ length: 10 }, (_, i) => `${i} received`));
    expect(probes.every(({ rttNs, bytes, reordered }) => rttNs === 4e6 && bytes === 64 && !reordered)).toBe(true);
    expect(probes.map(({ sentNs }) => sentNs)).toStrictEqual(Array.from({ length: 10 }, (_, i) => i * 1e8));
    expect(notices).toStrictEqual([]);
    expect(start).toMatchObject({
      runner: 'udp-client',
      kind: 'ping',
      peer: { host: SERVER, port: PORT, protocol: undefined },
    });
    expect(result).toMatchObject({
      complete: true,
      reason: undefined,
      durationNs: 9e8 + 4e6,
      peer: { host: SERVER, address: SERVER, port: PORT, protocol: 'stamp' },
      probes: { sent: 10, received: 10, lost: 0, late: 0, duplicates: 0, reordered: 0, lossRatio: 0 },
      rtt: { count: 10, minNs: 4e6, maxNs: 4e6, meanNs: 4e6 },
      jitter: { upNs: 0, downNs: 0, rttNs: 0 },
      sendErrorNs: { count: 10, minNs: 0, maxNs: 0 },
      settings: {
        lengthBytes: 64,
        intervalNs: 1e8,
        count: 10,
        durationNs: undefined,
        timeoutNs: 5e8,
      },
      // 5 s - 1 ms <= offset <= 5 s + 3 ms: the middle is 1 ms too much.
      owd: { basis: 'bounds', up: { minNs: 2e6 }, down: { minNs: 2e6 }, clock: { offsetNs: 5e9 + 1e6 } },
    });
  });

  it('tells apart what is lost, late, doubled and overtaken', async () => {
    const up: Readonly<Record<number, Fate>> = {
      1: [],
      2: [ms(600)],
      3: [ms(1), ms(2)],
      5: [ms(250)],
    };
    const { outcomes, probes, result, counts } = await run({}, { up: (probe) => up[probe] ?? [ms(1)] });
    const but = (outcome: string) => outcomes.filter((each) => !each.endsWith(outcome));
    // Probe 2 leaves at 200 ms and is answered at 801 ms, probe 5 at 500 and 751 ms.
    expect(but('lost')).toStrictEqual([
      '0 received',
      '2 late',
      '3 received',
      '3 duplicate',
      '4 received',
      '5 received',
      '6 received',
      '7 received',
      '8 received',
      '9 received',
    ]);
    expect(but('received')).toStrictEqual(['1 lost', '2 lost', '2 late', '3 duplicate']);
    expect(probes.find(({ sequence }) => sequence === 5)).toMatchObject({ reordered: true, rttNs: 251e6 });
    expect(probes.find(({ outcome }) => outcome === 'lost')).toMatchObject({
      bytes: undefined,
      rttNs: undefined,
      sentNs: 1e8,
    });
    expectConsistent(result, probes);
    expect(counts).toMatchObject({
      sent: 10,
      received: 8,
      lost: 2,
      late: 1,
      duplicates: 1,
      reordered: 1,
      lossRatio: 0.2,
    });
  });

  it('adds up for every fate of every datagram', async () => {
    const fate = fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 3 });
    const fates = fc.array(fc.tuple(fate, fate, fate, fate), { minLength: 8, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fates, async (all) => {
        const byMs = (list: readonly number[] | undefined): Fate => (list ?? []).map((each) => ms(each));
        let replies = 0;
        const { result, probes, counts } = await run(
          { count: 8 },
          { up: (probe) => byMs(all[probe]?.[0]), down: () => byMs(all[replies % 8]?.[1 + (replies++ % 3)]) },
        );
        expectConsistent(result, probes);
        expect(counts.sent).toBe(8);
        expect(result.complete).toBe(true);
        const settled = probes.filter(({ outcome }) => outcome === 'received' || outcome === 'lost');
        expect(settled.map(({ sequence }) => sequence).sort()).toStrictEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      }),
      { numRuns: 60 },
    );
  });

  it('sends for a time, or until the first of time and count', async () => {
    expect((await run({ count: undefined, duration: seconds(1) })).counts.sent).toBe(10);
    expect((await run({ count: undefined, duration: ms(1050) })).counts.sent).toBe(11);
    expect((await run({ count: 3, duration: seconds(1) })).counts.sent).toBe(3);
    expect((await run({ count: 30, duration: seconds(1) })).counts.sent).toBe(10);
  });

  it('sends the next probe when the reply is in, at interval 0', async () => {
    const { counts, result } = await run({ interval: span(0), count: 20 });
    expect(counts).toMatchObject({ sent: 20, received: 20 });
    expect(result.durationNs).toBe(20 * 2e6);
    expect(result.sendErrorNs).toBeUndefined();
  });

  it('goes on after the timeout where the reply is lost, at interval 0', async () => {
    const { counts, probes, result } = await run(
      { interval: span(0), count: 5 },
      { up: (probe) => (probe === 2 ? [] : [ms(1)]) },
    );
    expect(counts).toMatchObject({ sent: 5, received: 4, lost: 1 });
    expectConsistent(result, probes);
  });

  it('ends after its time at interval 0', async () => {
    // A round trip takes 2 ms.
    expect((await run({ interval: span(0), count: undefined, duration: ms(100) })).counts.sent).toBe(50);
  });

  it('has round trips and no one-way figures from an echo server', async () => {
    const { result, counts } = await run({}, { serve: echo, down: () => [ms(4)] });
    expect(result.peer.protocol).toBe('echo');
    expect(counts.received).toBe(10);
    expect(result.rtt).toMatchObject({ minNs: 5e6 });
    expect(result.owd).toBeUndefined();
    expect(result.jitter).toStrictEqual({ upNs: undefined, downNs: undefined, rttNs: 0 });
  });

  it('takes the time that a reply waited at the server out of the round trip', async () => {
    const slow: Serve = async (server) => {
      const reflector = new Reflector(server.clock, () => {});
      const socket = await server.bindDatagrams({ bind: { port: PORT } });
      socket.onBatch((batch) => {
        const [payload, source, arrival] = [batch.payload(0), batch.source(0), batch.arrival(0)];
        server.coarseTimer().set(after(server.clock.now(), ms(30)), () => {
          reflector.reflect(payload, source, arrival);
          socket.send(payload, source);
        });
      });
      return socket;
    };
    const { result, probes } = await run({}, { serve: slow, clock: { aheadNs: -1e9 } });
    expect(result.rtt).toMatchObject({ count: 10, minNs: 2e6, maxNs: 2e6 });
    expect(probes[0]?.rttNs).toBe(2e6);
    expect(result.owd).toMatchObject({ up: { minNs: 1e6, maxNs: 1e6 }, down: { minNs: 1e6, maxNs: 1e6 } });
  });

  it('leaves out what is switched off', async () => {
    const { result } = await run({ metrics: { throughput: true, jitter: false, oneWayDelay: false } });
    expect(result).toMatchObject({ jitter: undefined, owd: undefined, rtt: { count: 10 } });
  });

  it('tells no probes where they are not wanted, and counts them all the same', async () => {
    const { probes, counts } = await run({ probeEvents: false }, { up: (probe) => (probe === 2 ? [] : [ms(1)]) });
    expect(probes).toStrictEqual([]);
    expect(counts).toMatchObject({ sent: 10, received: 9, lost: 1 });
  });
});

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]] as [number, number];
  return (lower + upper) / 2;
};

describe('the events of ping', () => {
  const jittery = (probe: number): Fate => [span(1e6 + ((probe * 7919) % 1000) * 1e3)];
  const clock = { aheadNs: 3_000_000, skewPpm: 20 };

  it('tell of each probe what the summary is made of, to the nanosecond, with its wall time', async () => {
    const { probes, result } = await run({ count: 400, interval: ms(20) }, { up: jittery, down: jittery, clock });
    const { up, down } = result.owd as NonNullable<PingResult['owd']>;
    const of = (key: 'rttNs' | 'upNs' | 'downNs') => median(probes.map((probe) => probe[key] as number));
    expect(of('rttNs')).toBe(result.rtt?.medianNs);
    expect(of('upNs')).toBe(up?.medianNs);
    expect(of('downNs')).toBe(down?.medianNs);
    for (const { upNs, downNs, rttNs } of probes) expect((upNs ?? 0) + (downNs ?? 0)).toBe(rttNs);
    // Virtual time begins a second after 22:13:20; 5 ms later the run does, and each probe 20 ms after the last.
    expect(probes[0]?.sentAt).toBe('2023-11-14T22:13:21.005000000Z');
    expect(probes[399]).toMatchObject({ sequence: 399, sentNs: 7.98e9, sentAt: '2023-11-14T22:13:28.985000000Z' });
    expect(probes[0]?.userStamps).toStrictEqual(['sent', 'received', 'replied']);
  });

  it('tell a probe once, in order of sending, whatever overtakes it', async () => {
    const { probes } = await run({ count: 100, interval: ms(10) }, { up: (probe) => [ms(1 + ((probe * 37) % 90))] });
    expect(probes.map(({ sequence }) => sequence)).toStrictEqual([...Array(100).keys()]);
  });

  it('have no one-way delays where they are switched off or nobody can know them', async () => {
    const off = await run({ metrics: { throughput: true, jitter: true, oneWayDelay: false } });
    const unknown = await run({}, { serve: echo });
    for (const { probes } of [off, unknown]) {
      expect(probes).toHaveLength(10);
      for (const probe of probes) expect(probe).toMatchObject({ rttNs: 2e6, upNs: undefined, downNs: undefined });
    }
  });

  it('tell round trips at once, and again when they are final', async () => {
    const seen: string[] = [];
    const { events } = await run({ count: 3, probeEvents: false, roundTripEvents: true });
    for (const event of events) {
      if (event.type === 'round-trip') seen.push(`${event.sequence} ${event.isFinal ? 'final' : 'at once'}`);
    }
    // With the next reply it is known whether there is a Follow-up for the one before.
    expect(seen).toStrictEqual(['0 at once', '0 final', '1 at once', '1 final', '2 at once', '2 final']);
  });

  it('do not wait for what an outage holds back', async () => {
    const { events } = await run(
      { count: 30, probeEvents: false, roundTripEvents: true, timeout: ms(200) },
      { up: (probe) => (probe > 3 ? [] : [ms(1)]) },
    );
    const place = (sequence: number) =>
      events.findIndex((event) => event.type === 'round-trip' && event.isFinal && event.sequence === sequence);
    expect(place(3)).toBeGreaterThan(0);
    const order = events.flatMap((event) => (event.type === 'round-trip' && event.isFinal ? [event.sequence] : []));
    expect(order).toStrictEqual([...Array(30).keys()]);
  });
});
