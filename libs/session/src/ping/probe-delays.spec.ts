import type { Exchange } from '@pathgauge/metrics';
import { ProbeDelays } from './probe-delays';

const exchange = (index: number, upNs: number, downNs: number): Exchange => ({
  ...{ index, rank: index, sentAt: index * 1e9, arrivedAt: index * 1e9 + 5e6, upNs, downNs },
});

const setUp = () => {
  const known: (number | undefined)[][] = [];
  const delays = new ProbeDelays(
    { claim: () => ({ basis: 'same-clock', errorNs: 0 }), granularityNs: () => 1 },
    (...one) => known.push(one),
  );
  return { known, delays };
};

describe('ProbeDelays', () => {
  it("takes the server's own time off a round trip, where that is known", () => {
    const { delays } = setUp();
    expect(delays.recordRoundTrip(exchange(0, 1e6, 2e6))).toBe(3e6);
    expect(delays.recordRoundTrip(exchange(1, Number.NaN, Number.NaN))).toBe(5e6);
    expect(delays.rtt()).toMatchObject({ count: 2, minNs: 3e6, maxNs: 5e6 });
    // RFC 3550: a sixteenth of the difference.
    expect(delays.rttJitterNs()).toBe(2e6 / 16);
  });

  it('tells the delays of each direction in order once they are settled, and widens for stamps of programs alone', () => {
    const { known, delays } = setUp();
    delays.recordOneWay(exchange(0, 1e6, 2e6), ['sent']);
    delays.recordOneWay(exchange(1, Number.NaN, Number.NaN), ['sent', 'received']);
    expect(known).toStrictEqual([]);
    delays.settle();
    expect(known).toStrictEqual([[0, 1e6, 2e6]]);
    const oneWay = delays.finish();
    expect(oneWay.owd?.intervalNs.up.low).toBe(0);
    // This program may have held the probe for as long as it was under way, though no longer than it ever paused.
    const { owd } = delays.widened(oneWay, 4e5);
    expect(owd?.intervalNs.up.low).toBe(-4e5);
    expect(Math.abs(owd?.intervalNs.down.low as number)).toBe(0);
    expect(delays.isHopeless).toBe(false);
  });
});
