import { decodeErrorEstimate, type ErrorEstimate } from '@pathgauge/protocol';
import type { WallAnchor } from '@pathgauge/units';
import { clockClaim, errorEstimateOf } from './clock-claim';

const own = (errorNs: number, synchronisedToNs?: number): WallAnchor => ({
  seconds: 1_700_000_000,
  nanoseconds: 0,
  errorNs,
  synchronisedToNs,
});
const peer = (errorNs: number, synchronised = false): ErrorEstimate => ({ synchronised, format: 'ntp', errorNs });

describe('clockClaim on one host', () => {
  it.each<[string, WallAnchor, ErrorEstimate | undefined, number]>([
    ['knows how well each of the two reads the clock', own(100), peer(250), 350],
    ['knows nothing of a peer that has told nothing', own(100), undefined, 100],
    // 5 ms from true time is as far for both: what counts is how well the clock is read.
    ['takes a peer that speaks of true time to read as it does itself', own(100), peer(5e6, true), 200],
    ['does not add its own distance to true time', own(100, 5e6), peer(5e6, true), 200],
    ['and not to a peer that speaks of its reading alone', own(100, 5e6), peer(250), 350],
  ])('%s', (_, anchor, estimate, errorNs) => {
    expect(clockClaim(true, anchor, estimate)).toStrictEqual({ basis: 'same-clock', errorNs });
  });
});

describe('clockClaim between two hosts', () => {
  it('adds both distances to true time, and the own reading', () => {
    expect(clockClaim(false, own(100, 2e6), peer(3e6, true))).toStrictEqual({
      basis: 'synchronised',
      errorNs: 100 + 2e6 + 3e6,
    });
  });

  it('takes no peer to be better than 10 us', () => {
    const errors = [1, 9_999, 10_000, 10_001].map((ns) => clockClaim(false, own(100, 0), peer(ns, true))?.errorNs);
    expect(errors).toStrictEqual([10_100, 10_100, 10_100, 10_101]);
  });

  it.each<[string, WallAnchor, ErrorEstimate | undefined]>([
    ['its own clock is not', own(100), peer(250, true)],
    ["the peer's clock is not", own(100, 2e6), peer(250, false)],
    ['the peer has told nothing', own(100, 2e6), undefined],
    ['neither is', own(100), peer(250)],
  ])('claims nothing unless both are synchronised: %s', (_, anchor, estimate) => {
    expect(clockClaim(false, anchor, estimate)).toBeUndefined();
  });
});

describe('errorEstimateOf', () => {
  it.each<[WallAnchor, boolean, number]>([
    [own(3000), false, 3000],
    // To true time it is the distance and how well the clock is read.
    [own(3000, 2e6), true, 2_003_000],
    [own(3000, 0), true, 3000],
  ])('tells the other end: %#', (anchor, synchronised, errorNs) => {
    const estimate = decodeErrorEstimate(errorEstimateOf(anchor, 'ntp'));
    expect(estimate).toMatchObject({ synchronised, format: 'ntp' });
    // Rounded up, to a multiplier of eight bits.
    expect(estimate?.errorNs).toBeGreaterThanOrEqual(errorNs);
    expect(estimate?.errorNs).toBeLessThan(errorNs * 1.01);
  });
});
