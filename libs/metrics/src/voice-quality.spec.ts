import fc from 'fast-check';
import { type Codec, G711, meanOpinionScore, rFactor, type VoicePath } from './voice-quality';

const CLEAN: VoicePath = { delayNs: 0, lossRatio: 0, burstRatio: 1 };
const rating = (path: Partial<VoicePath>, codec = G711): number => rFactor({ ...CLEAN, ...path }, codec);
const ms = (milliseconds: number): number => milliseconds * 1e6;

/** A common simplification of G.107's delay impairment (Cole and Rosenbluth 2001), not the one that is used here. */
const simpleDelayImpairment = (d: number): number => 0.024 * d + (d > 177.3 ? 0.11 * (d - 177.3) : 0);

const delays = fc.double({ min: -1e9, max: 2e9, noNaN: true });
const ratios = fc.double({ min: 0, max: 1, noNaN: true });
const burstRatios = fc.double({ min: 1, max: 20, noNaN: true });
const paths = fc.record({ delayNs: delays, lossRatio: ratios, burstRatio: burstRatios });

describe('rFactor', () => {
  it('is 93.2 without delay and loss: all of G.107 at its defaults', () => {
    expect(rating({})).toBe(93.2);
    expect(meanOpinionScore(93.2)).toBeCloseTo(4.41, 2);
  });

  it('gives MOS 3.83 for 150 ms and 1 % random loss with G.711', () => {
    // x = log2(1.5) = 0.58496: Idd = 25 (1.0066 - 3 * 1.000009 + 2) = 0.1644; Ie-eff = 95 / (1 + 4.3) = 17.9245.
    const r = rating({ delayNs: ms(150), lossRatio: 0.01 });
    expect(r).toBeCloseTo(93.2 - 0.1644 - 17.9245, 2);
    expect(meanOpinionScore(r)).toBeCloseTo(3.83, 2);
  });

  it('does not use the common simplification, which gives MOS 3.67 there', () => {
    const loss = rating({ lossRatio: 0.01 });
    expect(meanOpinionScore(loss - simpleDelayImpairment(150))).toBeCloseTo(3.67, 2);
  });

  it.each([-5, 0, 1, 50, 99.999, 100])('takes nothing for a delay of %d ms', (delay) => {
    expect(rating({ delayNs: ms(delay) })).toBe(93.2);
  });

  it.each([
    // x = 1: 25 (2^(1/6) - 3 (1 + 3^-6)^(1/6) + 2) = 25 (1.1224620 - 3 * 1.0002285 + 2).
    [200, 3.0444],
    // x = 2: 25 (65^(1/6) - 3 (1 + 64/729)^(1/6) + 2) = 25 (2.0051814 - 3 * 1.0141266 + 2).
    [400, 24.07],
    // x = 3: 25 (730^(1/6) - 3 * 2^(1/6) + 2) = 25 (3.0006857 - 3 * 1.1224620 + 2).
    [800, 40.8325],
  ])('takes for %d ms what G.107 section 7.4 gives: %d', (delay, idd) => {
    expect(93.2 - rating({ delayNs: ms(delay) })).toBeCloseTo(idd, 2);
  });

  it.each([
    // Ie-eff = 95 Ppl / (Ppl / BurstR + 4.3).
    [0.01, 1, 17.9245],
    [0.01, 2, 19.7917],
    [0.05, 1, 51.0753],
    [0.05, 2, 69.8529],
    [0.2, 1, 78.1893],
    [1, 1, 91.0834],
  ])('takes for a loss of %d in bursts of ratio %d what section 7.5 gives: %d', (lossRatio, burstRatio, impairment) => {
    expect(93.2 - rating({ lossRatio, burstRatio })).toBeCloseTo(impairment, 3);
  });

  it('knows a codec by its Ie and Bpl', () => {
    // G.729A with VAD, G.113 appendix I: Ie 11, Bpl 19. At 2 %: 11 + 84 * 2 / 21 = 19.
    const g729: Codec = { name: 'G.729A', impairment: 11, lossRobustness: 19 };
    expect(rating({}, g729)).toBeCloseTo(82.2, 9);
    expect(rating({ lossRatio: 0.02 }, g729)).toBeCloseTo(74.2, 9);
  });

  it('never rises with delay, loss or longer bursts', () => {
    fc.assert(
      fc.property(paths, paths, (a, b) => {
        const best: VoicePath = {
          delayNs: Math.min(a.delayNs, b.delayNs),
          lossRatio: Math.min(a.lossRatio, b.lossRatio),
          burstRatio: Math.min(a.burstRatio, b.burstRatio),
        };
        const r = rFactor(a, G711);
        expect(r).toBeLessThanOrEqual(rFactor(best, G711) + 1e-9);
        expect(r).toBeLessThanOrEqual(93.2);
        expect(Number.isFinite(r)).toBe(true);
      }),
    );
  });

  it('takes delay and loss apart: their impairments add up', () => {
    fc.assert(
      fc.property(paths, (path) => {
        const apart = rating({ delayNs: path.delayNs }) + rFactor({ ...path, delayNs: 0 }, G711) - 93.2;
        expect(rFactor(path, G711)).toBeCloseTo(apart, 9);
      }),
    );
  });
});

describe('meanOpinionScore', () => {
  it.each([
    // G.107 annex B: 1 + 0.035 R + R (R - 60) (100 - R) 7e-6.
    [50, 2.575],
    [60, 3.1],
    [70, 3.597],
    [80, 4.024],
    [90, 4.339],
    [99.9999, 4.5],
  ])('of R = %d is %d', (r, mos) => {
    expect(meanOpinionScore(r)).toBeCloseTo(mos, 4);
  });

  it.each([
    [0, 1],
    [-50, 1],
    [Number.NEGATIVE_INFINITY, 1],
    [100, 4.5],
    [150, 4.5],
  ])('of R = %d is the limit %d', (r, mos) => {
    expect(meanOpinionScore(r)).toBe(mos);
  });

  it('stays within 1 and 4.5, and never falls with R', () => {
    const all = fc.double({ min: -200, max: 200, noNaN: true });
    fc.assert(
      fc.property(all, all, (a, b) => {
        const [low, high] = [meanOpinionScore(Math.min(a, b)), meanOpinionScore(Math.max(a, b))];
        expect(low).toBeGreaterThanOrEqual(1);
        expect(high).toBeLessThanOrEqual(4.5);
        expect(low).toBeLessThanOrEqual(high + 1e-12);
      }),
    );
  });
});
