import type { ProbeEvent, SessionEvent } from '@pathgauge/result';
import { instant, WallMap } from '@pathgauge/units';
import { ProbeEvents } from './probe-events';

const START = instant(1e9);
const wall = new WallMap({ seconds: 1_700_000_000, nanoseconds: 0, errorNs: 0, synchronisedToNs: undefined });
const LINE = { bytes: 64, rttNs: 1000, reordered: false };

/** Probes every `intervalNs`, answered at once; their one-way delays become known when the events ask for it. */
const runOf = (count: number, intervalNs: number) => {
  const told: ProbeEvent[] = [];
  const waited: number[] = [];
  let known = 0;
  let now = 0;
  const settle = (): void => {
    for (; known < now; known++) events.oneWayKnown(known, 600, 400);
  };
  const events: ProbeEvents = new ProbeEvents(
    { roundTrips: false, probes: true, oneWayDelay: true },
    { wall, start: () => START },
    (event: SessionEvent) => {
      if (event.type !== 'probe') return;
      told.push(event);
      waited.push(now * intervalNs - event.sentNs);
    },
    settle,
  );
  for (; now < count; now++) {
    const sentAt = instant(START + now * intervalNs);
    events.sent(now);
    events.answered(now, sentAt, LINE);
    const exchange = { index: now, rank: now, sentAt, arrivedAt: sentAt + 1000, upNs: 600, downNs: 400 };
    events.roundTripKnown(exchange, 1000, []);
  }
  const toldBeforeTheEnd = told.length;
  settle();
  return { told, waited, toldBeforeTheEnd };
};

describe('ProbeEvents', () => {
  it('tell all of a short run at its end, in order', () => {
    const { told, toldBeforeTheEnd } = runOf(100, 20e6);
    expect(toldBeforeTheEnd).toBe(0);
    expect(told.map(({ sequence }) => sequence)).toStrictEqual([...Array(100).keys()]);
    expect(told[0]).toStrictEqual({
      type: 'probe',
      sequence: 0,
      outcome: 'received',
      sentAt: '2023-11-14T22:13:21.000000000Z',
      sentNs: 0,
      bytes: 64,
      rttNs: 1000,
      upNs: 600,
      downNs: 400,
      reordered: false,
      cause: undefined,
      userStamps: [],
    });
  });

  it('tell a probe of a long run when it has waited for four seconds, or half of the run', () => {
    const { told, waited } = runOf(50_000, 20e6);
    expect(told).toHaveLength(50_000);
    waited.forEach((ns, sequence) => {
      const sentNs = sequence * 20e6;
      expect(ns).toBeLessThanOrEqual(Math.max(4e9 + 20e6, sentNs + 20e6));
    });
    expect(waited[0]).toBe(4e9);
  });

  it('hold no more than so many, however quickly they come', () => {
    const { told, toldBeforeTheEnd } = runOf(100_000, 1e3);
    expect(told).toHaveLength(100_000);
    expect(100_000 - toldBeforeTheEnd).toBeLessThanOrEqual(16_384);
  });
});
