import fc from 'fast-check';
import { ArrivalJitter } from './arrival-jitter';

/** RFC 3550 section 6.4.1 over a list in order of arrival; a new part begins where it says so. */
function jitterOf(transits: readonly { readonly transitNs: number; readonly part: number }[]): number | undefined {
  let jitter: number | undefined;
  transits.slice(1).forEach(({ transitNs, part }, i) => {
    const before = transits[i] as (typeof transits)[number];
    if (before.part === part) jitter = (jitter ?? 0) + (Math.abs(transitNs - before.transitNs) - (jitter ?? 0)) / 16;
  });
  return jitter;
}

describe('ArrivalJitter', () => {
  it('compares in order of arrival, by hand', () => {
    const jitter = new ArrivalJitter();
    // Sent in the order 30, 10, 20; they arrived as 10, 20, 30: 10/16 = 0.625, then 0.625 + (10 - 0.625)/16.
    jitter.record(2, 30);
    expect(jitter.snapshot()).toBeUndefined();
    jitter.record(0, 10);
    jitter.record(1, 20);
    expect(jitter.snapshot()).toBe(0.625 + 9.375 / 16);
  });

  it('is that of the order of arrival, for any order of telling, with parts and packets of unknown transit time', () => {
    const packet = fc.record({
      transitNs: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -1000, max: 1000 }) }, fc.constant(Number.NaN)),
      key: fc.nat(1000),
      step: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.constant(1)),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 300, size: 'max' }), (packets) => {
        let part = 0;
        const told = packets.map(({ transitNs, key, step }) => ({ transitNs, key, step, part: (part += step) }));
        const arrived = [...told].sort((a, b) => a.key - b.key);
        const jitter = new ArrivalJitter();
        for (const each of told) {
          if (each.step > 0) jitter.interrupt();
          jitter.record(arrived.indexOf(each), each.transitNs);
        }
        expect(jitter.snapshot()).toBe(jitterOf(arrived.filter(({ transitNs }) => !Number.isNaN(transitNs))));
      }),
    );
  });

  it('does not wait for a rank once too many would have to', () => {
    const jitter = new ArrivalJitter(4);
    // Rank 0 is missing; 1 to 4 do not fit behind it, so it is given up, and comes too late.
    for (const [rank, transitNs] of [
      [1, 10],
      [2, 26],
      [3, 26],
      [4, 26],
      [0, 999],
    ] as const) {
      jitter.record(rank, transitNs);
    }
    // 16/16, then twice 0: 1, 15/16, 225/256.
    expect(jitter.snapshot()).toBe(225 / 256);
    // Far beyond all that has room.
    jitter.record(1e9, 26);
    jitter.finish();
    expect(jitter.snapshot()).toBe(3375 / 4096);
  });

  it('waits for nothing at the end', () => {
    const jitter = new ArrivalJitter();
    jitter.record(1, 10);
    jitter.record(3, 26);
    expect(jitter.snapshot()).toBeUndefined();
    jitter.finish();
    expect(jitter.snapshot()).toBe(1);
  });
});
