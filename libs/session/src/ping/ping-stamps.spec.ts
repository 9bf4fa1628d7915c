import type { RoundTripEvent } from '@pathgauge/result';
import { span } from '@pathgauge/units';

import { LEFT, ms, QUEUED, REPLY_LEFT, run, stampsOf } from '../../test/stamped-scene';

describe('a session whose packets the kernel stamps', () => {
  it('measures the path and neither host, and says by whom the stamps are', async () => {
    const { result, probes } = await run();
    expect(result.transport).toMatchObject({
      sendTimestamps: 'kernel',
      receiveTimestamps: 'kernel',
      userStamped: { sent: 0, replied: 0, received: 0 },
    });
    expect(result.probes).toMatchObject({ sent: 10, received: 10 });
    expect(result.rtt).toMatchObject({ count: 10, minNs: 4e6, maxNs: 4e6 });
    expect(new Set(probes.map(({ rttNs }) => rttNs))).toStrictEqual(new Set([4e6]));
    expect(probes.every(({ userStamps }) => userStamps.length === 0)).toBe(true);
    // At once a round trip is told with the T3 that the reply carried: 15 us before it left.
    const { events } = await run({ roundTripEvents: true });
    const roundTrips = events.filter((event): event is RoundTripEvent => event.type === 'round-trip');
    for (const { isFinal, rttNs } of roundTrips) expect(rttNs).toBe(isFinal ? 4e6 : 4e6 + REPLY_LEFT);
    expect(roundTrips).toHaveLength(20);
    expect(result.jitter).toStrictEqual({ upNs: 0, downNs: 0, rttNs: 0 });
  });

  it('has the one-way delays from the stamps, exactly, where the clocks are one', async () => {
    const { result } = await run({}, { sameHost: true });
    expect(result.owd).toMatchObject({
      basis: 'same-clock',
      up: { count: 10, minNs: 3e6, maxNs: 3e6 },
      down: { count: 10, minNs: 1e6, maxNs: 1e6 },
    });
  });

  it('has them whatever the offset of the clocks: both add up to the round trip', async () => {
    const { result } = await run({}, { serverClock: { aheadNs: -3.7e9 } });
    const { up, down, basis } = result.owd ?? {};
    expect(basis).toBe('bounds');
    expect((up?.meanNs ?? 0) + (down?.meanNs ?? 0)).toBeCloseTo(4e6, 0);
  });

  it('shows how long probes waited in the own queue, apart from all delays', async () => {
    const { result } = await run();
    expect(result.hostQueueingNs).toMatchObject({ count: 10, minNs: LEFT - QUEUED, maxNs: LEFT - QUEUED });
    expect((await run({}, { queued: false })).result.hostQueueingNs).toBeUndefined();
  });

  it('learns to begin earlier: the first is late by the way to the kernel, the others are not', async () => {
    const { result } = await run({ count: 40 });
    const error = result.sendErrorNs;
    expect(error).toMatchObject({ count: 40, maxNs: LEFT });
    // Then it goes up and down around the truth by 5 % of 10 us.
    expect(error?.minNs).toBeGreaterThan(-600);
    expect(error?.p95Ns).toBeLessThan(600);
    expect(Math.abs(error?.medianNs ?? Number.NaN)).toBeLessThan(600);
  });

  it('does not learn from probes that waited behind others of their burst', async () => {
    const { result } = await run({ count: 60, schedule: { kind: 'burst', burst: 3 } });
    // Of each burst the first is in time, once that is known, and the others leave 10 and 20 us behind it.
    const error = result.sendErrorNs;
    expect(error).toMatchObject({ count: 60, maxNs: 3 * LEFT });
    expect(error?.minNs).toBeGreaterThan(-600);
    expect(Math.abs((error?.medianNs ?? Number.NaN) - LEFT)).toBeLessThan(600);
    expect(result.hostQueueingNs).toMatchObject({ count: 60, minNs: LEFT - QUEUED, maxNs: 3 * LEFT - QUEUED });
    // Replies follow each other by 10 us, and stamps of them come after 15: only that of a burst's last one is told in time.
    expect(stampsOf(result)).toStrictEqual({ sent: 0, replied: 40, received: 0 });
    expect(result.rtt).toMatchObject({ count: 60, minNs: 4e6, maxNs: 4e6 + REPLY_LEFT });
  });

  it('has no send error, and yet the queueing, at interval 0', async () => {
    const { result } = await run({ interval: span(0), count: 10 });
    expect(result.sendErrorNs).toBeUndefined();
    expect(result.hostQueueingNs).toMatchObject({ count: 10 });
    expect(result.rtt).toMatchObject({ count: 10, minNs: 4e6, maxNs: 4e6 });
    expect(stampsOf(result)).toStrictEqual({ sent: 0, replied: 0, received: 0 });
  });
});

describe('a session in which stamps are missing', () => {
  it('counts probes whose send stamp never came, and measures them from when they were handed over', async () => {
    const { result } = await run({}, { stamped: (probe) => probe !== 3 && probe !== 7 });
    expect(stampsOf(result)).toStrictEqual({ sent: 2, replied: 0, received: 0 });
    expect(result.rtt).toMatchObject({ count: 10, minNs: 4e6, maxNs: 4e6 + LEFT });
    expect(result.hostQueueingNs).toMatchObject({ count: 8 });
  });

  it('counts probes whose send stamp came behind the reply', async () => {
    const { result } = await run({}, { toldAfter: ms(5) });
    expect(stampsOf(result)).toStrictEqual({ sent: 10, replied: 0, received: 0 });
    expect(result.rtt).toMatchObject({ count: 10, minNs: 4e6 + LEFT, maxNs: 4e6 + LEFT });
  });

  it('counts replies whose arrival a program stamped', async () => {
    const { result } = await run({}, { arrivalBy: (reply) => (reply % 5 === 1 ? 'user' : 'kernel') });
    expect(stampsOf(result)).toStrictEqual({ sent: 0, replied: 0, received: 2 });
  });

  it('keeps the T3 of the reply where the server tells no other, and counts each', async () => {
    const { result } = await run({}, { replyStamped: () => false, sameHost: true });
    expect(stampsOf(result)).toStrictEqual({ sent: 0, replied: 10, received: 0 });
    expect(result.rtt).toMatchObject({ minNs: 4e6 + REPLY_LEFT, maxNs: 4e6 + REPLY_LEFT });
    expect(result.owd).toMatchObject({ up: { maxNs: 3e6 }, down: { minNs: 1e6 + REPLY_LEFT } });
  });

  it('counts those alone whose Follow-up was lost, or never was', async () => {
    // The Follow-up of reply 2 was in reply 3, which is lost; that of 6 the server never knew.
    const { result } = await run({}, { downLost: (reply) => reply === 3, replyStamped: (reply) => reply !== 6 });
    expect(result.probes).toMatchObject({ sent: 10, received: 9, lost: 1, lostDown: 1 });
    expect(stampsOf(result)).toStrictEqual({ sent: 0, replied: 2, received: 0 });
    expect(result.rtt).toMatchObject({ count: 9, minNs: 4e6, maxNs: 4e6 + REPLY_LEFT });
  });

  it('learns of the last reply by the closing probe; without an answer to it that one is not exact', async () => {
    expect(stampsOf((await run({ count: 1 })).result)).toMatchObject({ replied: 0 });
    const { result } = await run({ count: 5 }, { downLost: (reply) => reply >= 5 });
    expect(stampsOf(result)).toMatchObject({ replied: 1 });
  });

  it('does not tell before the end', async () => {
    const [start] = (await run({ count: 3 })).events;
    expect(start).toMatchObject({ type: 'start', transport: { sendTimestamps: 'kernel', userStamped: undefined } });
  });
});

describe('a session that marks its probes', () => {
  const EF = { dscp: 46, length: 72 };

  it('tells what arrived at either end, and that it was kept', async () => {
    const { result } = await run(EF, { upClass: 46 << 2, downClass: (46 << 2) | 1 });
    expect(result.marking).toStrictEqual({
      up: { hopLimit: 61, dscp: 46, ecn: 0, remarked: 0 },
      down: { hopLimit: 59, dscp: 46, ecn: 1, remarked: 0 },
    });
    expect(result.settings.dscp).toBe(46);
  });

  it('notices on which way the mark was lost', async () => {
    const up = await run(EF, { upClass: 0, downClass: 46 << 2 });
    expect(up.result.marking).toMatchObject({ up: { dscp: 0, remarked: 10 }, down: { dscp: 46, remarked: 0 } });
    const down = await run(EF, { upClass: 46 << 2, downClass: 8 << 2 });
    expect(down.result.marking).toMatchObject({ up: { dscp: 46, remarked: 0 }, down: { dscp: 8, remarked: 10 } });
  });

  it('does not blame the path where the server does not understand what it was asked', async () => {
    const { result } = await run(EF, { upClass: undefined, downClass: 0 });
    expect(result.marking).toStrictEqual({
      up: { hopLimit: 61, dscp: undefined, ecn: undefined, remarked: undefined },
      down: { hopLimit: 59, dscp: 0, ecn: 0, remarked: undefined },
    });
  });

  it('has no mark to lose where none was set', async () => {
    const { result } = await run({}, { upClass: 0, downClass: 2 });
    expect(result.marking).toStrictEqual({
      up: { hopLimit: 61, dscp: undefined, ecn: undefined, remarked: undefined },
      down: { hopLimit: 59, dscp: 0, ecn: 2, remarked: undefined },
    });
  });
});
