import type { LossBursts } from '@pathgauge/result';
import fc from 'fast-check';
import { LossBurstCounter } from './loss-bursts';

const LIMIT = 1024;

const counterOf = (packets: Iterable<boolean>): LossBurstCounter => {
  const counter = new LossBurstCounter();
  for (const lost of packets) counter.record(lost);
  return counter;
};

/** `x` lost, `.` arrived. */
const packetsOf = (line: string): boolean[] => [...line].map((packet) => packet === 'x');

/** Run lengths, from the line as a whole. */
function referenceOf(packets: readonly boolean[]): LossBursts {
  const line = packets.map((lost) => (lost ? 'x' : '.')).join('');
  const runs = (line.match(/x+/g) ?? []).map((run) => run.length);
  const lengths: Record<string, number> = {};
  for (const run of runs) {
    const key = run > LIMIT ? '1025+' : String(run);
    lengths[key] = (lengths[key] ?? 0) + 1;
  }
  return { count: runs.length, longest: Math.max(0, ...runs), lengths };
}

describe('LossBurstCounter', () => {
  it.each<[string, LossBursts]>([
    ['', { count: 0, longest: 0, lengths: {} }],
    ['....', { count: 0, longest: 0, lengths: {} }],
    ['x', { count: 1, longest: 1, lengths: { 1: 1 } }],
    // RFC 3357's example: packets 2, 5, 7, 9 and 10 of ten are lost, which are the loss periods 1, 2, 3, 4 and 4.
    ['.x..x.x.xx', { count: 4, longest: 2, lengths: { 1: 3, 2: 1 } }],
    ['xxx.', { count: 1, longest: 3, lengths: { 3: 1 } }],
    // 3, 1, 3, and 2 that still goes on.
    ['xxx..x.xxx.xx', { count: 4, longest: 3, lengths: { 1: 1, 2: 1, 3: 2 } }],
  ])('"%s"', (line, expected) => {
    expect(counterOf(packetsOf(line)).snapshot()).toStrictEqual(expected);
  });

  it('agrees with the run lengths of the whole, at any moment', () => {
    const runs = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 12 })), { maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(runs, fc.nat(), (lengths, at) => {
        const packets = lengths.flatMap(([lost, length]) => Array<boolean>(length).fill(lost));
        const first = packets.slice(0, at % (packets.length + 1));
        const counter = counterOf(first);
        expect(counter.snapshot()).toStrictEqual(referenceOf(first));
        for (const lost of packets.slice(first.length)) counter.record(lost);
        expect(counter.snapshot()).toStrictEqual(referenceOf(packets));
      }),
      { numRuns: 200 },
    );
  });

  it.each([true, false])('tells lengths up to 1024, and those above together; ended: %p', (ended) => {
    const lengths = [LIMIT, LIMIT - 1, LIMIT + 1, 5000, LIMIT];
    const packets = lengths.flatMap((length) => [false, ...Array<boolean>(length).fill(true)]);
    expect(counterOf(ended ? [...packets, false] : packets).snapshot()).toStrictEqual({
      count: 5,
      longest: 5000,
      lengths: { 1023: 1, 1024: 2, '1025+': 2 },
    });
    const [longest, limit] = [Array<boolean>(LIMIT + 1).fill(true), Array<boolean>(LIMIT).fill(true)];
    expect(counterOf(ended ? [...longest, false] : longest).snapshot().lengths).toStrictEqual({ '1025+': 1 });
    expect(counterOf(ended ? [...limit, false] : limit).snapshot().lengths).toStrictEqual({ 1024: 1 });
  });

  it('many losses at once are the same as one by one', () => {
    const steps = fc.array(fc.oneof(fc.boolean(), fc.nat(1500)), { maxLength: 30 });
    fc.assert(
      fc.property(steps, (each) => {
        const counter = new LossBurstCounter();
        for (const step of each) {
          if (typeof step === 'number') counter.lose(step);
          else counter.record(step);
        }
        const packets = each.flatMap((step) => (typeof step === 'number' ? Array<boolean>(step).fill(true) : [step]));
        expect(counter.snapshot()).toStrictEqual(referenceOf(packets));
      }),
    );
  });

  it('goes on from a snapshot with all the runs in it, however long', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1500 }), { maxLength: 9 }), (runs) => {
        const counter = new LossBurstCounter();
        for (const run of runs) {
          counter.lose(run);
          counter.record(false);
        }
        const snapshot = counter.snapshot();
        expect(LossBurstCounter.from(snapshot).snapshot()).toStrictEqual(snapshot);
      }),
    );
  });

  it('does not change a snapshot already taken', () => {
    const counter = counterOf(packetsOf('x.xx'));
    const before = counter.snapshot();
    for (const lost of packetsOf('xx.x.')) counter.record(lost);
    expect(before).toStrictEqual({ count: 2, longest: 2, lengths: { 1: 1, 2: 1 } });
  });
});
