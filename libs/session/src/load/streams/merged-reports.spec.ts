import fc from 'fast-check';
import { reportOf } from '../../../test/interval-reports';
import { mergedReports, summedReports } from './merged-reports';

describe('two reports that follow each other', () => {
  it('become one of both times, with what was last of each state', () => {
    const earlier = reportOf(0, 1000, { messages: 10, lost: 2, jitterNs: 5, retransmits: 1, rttNs: 7, cwndBytes: 9 });
    const later = reportOf(1, 500, { messages: 4, lost: -1, jitterNs: 6, retransmits: 2, rttNs: 8 });
    expect(mergedReports(earlier, later).interval).toStrictEqual({
      ...earlier.interval,
      startNs: 0,
      endNs: 2e9,
      bytes: 1500,
      // 12 000 bits in 2 s.
      bitsPerSecond: 6000,
      messages: 14,
      lost: 1,
      jitterNs: 6,
      retransmits: 3,
      rttNs: 8,
      cwndBytes: 9,
    });
  });

  it('keep unknown what one of them does not know, and have no rate where none is wanted', () => {
    const none = { bitsPerSecond: undefined, messages: undefined };
    const merged = mergedReports(reportOf(0, 1, { ...none, retransmits: 1 }), reportOf(1, 2, none));
    expect(merged.interval).toMatchObject({ bytes: 3, retransmits: undefined, ...none });
  });
});

describe('reports of several streams', () => {
  it('have the mean of their jitter, and no state of a path', () => {
    const state = { retransmits: 2, rttNs: 7, cwndBytes: 9 };
    const summed = summedReports([
      reportOf(0, 100, { stream: 1, jitterNs: 10, ...state }),
      reportOf(0, 200, { stream: 3, jitterNs: 30, ...state }),
      reportOf(0, 300, { stream: 4, ...state }),
    ]);
    expect(summed.interval).toMatchObject({
      ...{ stream: undefined, bytes: 600, bitsPerSecond: 4800, jitterNs: 20, retransmits: 6 },
      ...{ rttNs: undefined, cwndBytes: undefined },
    });
  });

  it('last from the first beginning to the last end', () => {
    const { interval } = summedReports([
      reportOf(3, 1, { endNs: 3.2e9 }),
      reportOf(3, 1, { startNs: 3.1e9, endNs: 3.5e9 }),
    ]);
    expect([interval.startNs, interval.endNs, interval.bitsPerSecond]).toStrictEqual([3e9, 3.5e9, 32]);
  });
});

it('have the mean transit time of all their messages, also where the clocks are years apart', () => {
  const years = 1e17;
  const withTransit = (transitMeanNs: number | undefined, transits: number) => ({
    ...reportOf(0, 1),
    transitMeanNs,
    transits,
  });
  const merged = summedReports([withTransit(years + 16, 1), withTransit(undefined, 0), withTransit(years + 48, 3)]);
  // (16 + 3 * 48) / 4 = 40: doubles are 16 apart there, so 32 or 48.
  expect(Math.abs((merged.transitMeanNs as number) - years - 40)).toBeLessThanOrEqual(8);
  expect(merged.transits).toBe(4);
});

it('add up to the same, in time and over streams, in whatever order', () => {
  const bytes = fc.array(fc.nat(1e9), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(bytes, ([a = 0, b = 0, c = 0, d = 0]) => {
      const inTime = mergedReports(
        summedReports([reportOf(0, a), reportOf(0, b)]),
        summedReports([reportOf(1, c), reportOf(1, d)]),
      );
      const overStreams = summedReports([
        mergedReports(reportOf(0, b), reportOf(1, d)),
        mergedReports(reportOf(0, a), reportOf(1, c)),
      ]);
      expect(inTime).toStrictEqual(overStreams);
      expect(inTime.interval.bytes).toBe(a + b + c + d);
    }),
  );
});
