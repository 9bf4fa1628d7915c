import type { Endpoint } from '@pathgauge/transport';
import fc from 'fast-check';
import { LoopGuard, MAX_REPEATS } from './loop-guard';

const OWN = 7000;
const SOURCE: Endpoint = { address: '192.0.2.7', port: 40_000 };
const numbered = (i: number): Uint8Array => Uint8Array.of(i >>> 24, i >>> 16, i >>> 8, i);

describe('LoopGuard', () => {
  it.each([
    [0, 'service-port'],
    // echo, chargen, DNS, NTP, STAMP
    [7, 'service-port'],
    [19, 'service-port'],
    [53, 'service-port'],
    [123, 'service-port'],
    [862, 'service-port'],
    [1023, 'service-port'],
    [1024, undefined],
    [OWN, 'service-port'],
    [65_535, undefined],
  ])('of a source at port %d: %p', (port, sign) => {
    expect(new LoopGuard(OWN).signOf(numbered(1), { ...SOURCE, port })).toBe(sign);
  });

  it('ends what goes round and round, however much of it there is', () => {
    const guard = new LoopGuard(OWN);
    // Hundreds of them share a slot with another, and take turns.
    let round = Array.from({ length: 5_000 }, (_, i) => numbered(i));
    let passes = 0;
    for (let turn = 0; round.length > 0 && turn < 2_000; turn++) {
      passes += round.length;
      round = round.filter((bytes) => guard.signOf(bytes, SOURCE) === undefined);
    }
    expect(round).toHaveLength(0);
    expect(passes / 5_000).toBeLessThan(200);
  });

  it('ends one datagram after a known number of times, in copies as well', () => {
    for (const copies of [1, 5]) {
      const guard = new LoopGuard(OWN);
      let alive = copies;
      let passes = 0;
      while (alive > 0 && passes < 1_000) {
        for (let i = alive; i > 0; i--) {
          if (guard.signOf(numbered(1), SOURCE) === undefined) passes++;
          else alive--;
        }
      }
      expect(passes).toBe(copies * MAX_REPEATS);
    }
  });

  it('passes every probe of a client that sends each once, and what the path doubles', () => {
    const guard = new LoopGuard(OWN);
    let dropped = 0;
    for (let i = 0; i < 100_000; i++) {
      for (let copy = 0; copy < (i % 10 === 0 ? 2 : 1); copy++) {
        if (guard.signOf(numbered(i), SOURCE) !== undefined) dropped++;
      }
    }
    expect(dropped).toBe(0);
  });

  it('tells clients apart that send the same', () => {
    const guard = new LoopGuard(OWN);
    const signs = new Set<unknown>();
    for (let port = 8_000; port < 30_000; port++) signs.add(guard.signOf(numbered(1), { ...SOURCE, port }));
    expect([...signs]).toStrictEqual([undefined]);
  });

  it('never throws, whatever comes', () => {
    const guard = new LoopGuard(OWN);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, address) => {
        expect([undefined, 'repeat']).toContain(guard.signOf(bytes, { address, port: 5000 }));
      }),
    );
  });
});
