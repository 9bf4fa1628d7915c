import type { NoticeEvent, PingResult, ProbeCounts, ProbeEvent, SessionEvent } from '@pathgauge/result';
import { type ClockSetting, collect, FakeNetwork, type Fate, VirtualTime } from '@pathgauge/testing';
import type { DatagramSocket, Transport } from '@pathgauge/transport';
import { milliseconds, type Span, seconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { usualProbes } from '../../test/usual-probes';
import { Reflector } from '../reflect/reflector';
import { ping } from './ping';
import type { PingOptions } from './ping-options';

const SERVER = '10.0.0.2';
const PORT = 862;
const ms = milliseconds;

const OPTIONS: PingOptions = usualProbes(SERVER, PORT);

type Serve = (server: Transport) => Promise<DatagramSocket | undefined>;

const reflect: Serve = async (server) => {
  const reflector = new Reflector(server.clock, () => {});
  const socket = await server.bindDatagrams({ bind: { port: PORT } });
  socket.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) {
      if (reflector.reflect(batch.payload(i), batch.source(i), batch.arrival(i))) batch.reply(i, batch.payload(i));
    }
  });
  return socket;
};

const echo: Serve = async (server) => {
  const socket = await server.bindDatagrams({ bind: { port: PORT } });
  socket.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) batch.reply(i, batch.payload(i));
  });
  return socket;
};

interface Scene {
  /** What becomes of the request of each probe, and of its reply. */
  readonly up?: (probe: number) => Fate;
  readonly down?: (probe: number) => Fate;
  readonly serve?: Serve;
  readonly clock?: Partial<ClockSetting>;
  /** Something that happens on the way. */
  readonly meanwhile?: (time: VirtualTime, abort: AbortController, network: FakeNetwork) => void;
}

/** Runs a whole session on virtual time. */
async function run(options: Partial<PingOptions> = {}, scene: Scene = {}) {
  const time = new VirtualTime();
  const restore = time.install();
  try {
    const network = new FakeNetwork(time);
    const client = network.host('10.0.0.1');
    const server = network.host(SERVER, scene.clock);
    const probes = { up: 0, down: 0 };
    network.fateOf = ({ to }) => {
      const direction = to.address === SERVER ? 'up' : 'down';
      return scene[direction]?.(probes[direction]++) ?? [ms(1)];
    };
    await (scene.serve ?? reflect)(server);
    const abort = new AbortController();
    scene.meanwhile?.(time, abort, network);
    const begin = time.now();
    const events = await time.settle(collect(ping({ ...OPTIONS, ...options }, client, abort.signal)));
    return { ...sorted(events), events, tookNs: time.now() - begin };
  } finally {
    restore();
  }
}

function sorted(events: SessionEvent[]) {
  const [first, last] = [events[0], events.at(-1)];
  if (first?.type !== 'start' || last?.type !== 'summary' || last.result.kind !== 'ping')
    throw new Error('a session begins and ends in order');
  expect(events.filter(({ type }) => type === 'start' || type === 'summary')).toHaveLength(2);
  const probes = events.filter((event): event is ProbeEvent => event.type === 'probe');
  return {
    start: first,
    probes,
    outcomes: probes.map(({ sequence, outcome }) => `${sequence} ${outcome}`),
    notices: events.filter((event): event is NoticeEvent => event.type === 'notice'),
    result: last.result,
    counts: last.result.probes as ProbeCounts,
  };
}

/** What holds of every session, whatever happened on the way. */
function expectConsistent(result: PingResult, probes: readonly ProbeEvent[]): void {
  const counts = result.probes as ProbeCounts;
  const of = (outcome: ProbeEvent['outcome']) => probes.filter((probe) => probe.outcome === outcome);
  expect(counts.sent).toBe(counts.received + counts.lost);
  expect(of('received')).toHaveLength(counts.received);
  expect(of('lost')).toHaveLength(counts.lost);
  expect(of('late')).toHaveLength(counts.late as number);
  expect(of('duplicate')).toHaveLength(counts.duplicates as number);
  expect(probes.filter(({ reordered }) => reordered)).toHaveLength(counts.reordered as number);
  expect(counts.lossRatio).toBe(counts.lost / counts.sent);
  expect(result.rtt?.count ?? 0).toBe(counts.received);
}

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
        setTimeout(() => {
          reflector.reflect(payload, source, arrival);
          socket.send(payload, source);
        }, 30);
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

describe('ping that is interrupted', () => {
  const abortAfter = (delay: Span) => (time: VirtualTime, abort: AbortController) =>
    void time.schedule(delay, () => abort.abort());

  it('ends with its summary; a reply under way is waited for', async () => {
    // Aborted at 250 ms; probe 2 left at 200 ms and its reply comes at 301 ms.
    const { counts, result, outcomes } = await run({}, { meanwhile: abortAfter(ms(250)), up: () => [ms(100)] });
    expect(counts).toMatchObject({ sent: 3, received: 3, lost: 0 });
    expect(result).toMatchObject({ complete: false, reason: 'interrupted' });
    expect(outcomes).toHaveLength(3);
    expect(result.durationNs).toBe(301e6);
  });

  it('while only closing probes are unanswered ends at once, and is complete', async () => {
    // Ten probes are answered by 902 ms; nothing that is sent later is.
    const { counts, result, tookNs } = await run(
      {},
      { meanwhile: abortAfter(ms(1000)), up: (probe) => (probe < 10 ? [ms(1)] : []) },
    );
    expect(counts).toMatchObject({ sent: 10, received: 10 });
    expect(result).toMatchObject({ complete: true, reason: undefined });
    expect(tookNs).toBe(1000e6);
  });

  it('waits no longer than half a second for what does not come', async () => {
    const { counts, result, probes, tookNs } = await run(
      { timeout: seconds(2) },
      { meanwhile: abortAfter(ms(250)), up: (probe) => (probe === 1 ? [] : [ms(1)]) },
    );
    expect(counts).toMatchObject({ sent: 3, received: 2, lost: 1 });
    expectConsistent(result, probes);
    // And then one more round trip, of the closing probe.
    expect(tookNs).toBe(752e6);
  });

  it('ends at once when nothing is under way', async () => {
    const { counts, tookNs } = await run({}, { meanwhile: abortAfter(ms(250)) });
    expect(counts).toMatchObject({ sent: 3, received: 3 });
    // One more round trip, of the closing probe.
    expect(tookNs).toBe(252e6);
  });

  it('has a summary even when interrupted before it began', async () => {
    const { counts, result } = await run({}, { meanwhile: (_, abort) => abort.abort() });
    expect(result).toMatchObject({ complete: false, reason: 'interrupted' });
    expect(counts.sent).toBeLessThanOrEqual(1);
  });

  it('at interval 0 ends too', async () => {
    const { result, counts } = await run(
      { interval: span(0), count: undefined, timeout: seconds(2) },
      { meanwhile: abortAfter(ms(99)), up: () => [ms(10)], down: () => [ms(10)] },
    );
    expect(result.reason).toBe('interrupted');
    expect(counts).toMatchObject({ sent: 5, received: 5, lost: 0 });
  });
});

it('closes its socket when the consumer leaves', async () => {
  const time = new VirtualTime();
  const restore = time.install();
  try {
    const network = new FakeNetwork(time);
    const client = network.host('10.0.0.1');
    await reflect(network.host(SERVER));
    const leave = async (): Promise<void> => {
      for await (const { type } of ping(OPTIONS, client, new AbortController().signal)) if (type === 'probe') break;
    };
    await time.settle(leave());
    expect([...network.sockets.keys()]).toStrictEqual([`${SERVER}:${PORT}`]);
  } finally {
    restore();
  }
});
