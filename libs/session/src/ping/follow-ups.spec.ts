import type { Exchange } from '@pathgauge/metrics';
import fc from 'fast-check';
import { FollowUps } from './follow-ups';

const WRAP = 2 ** 32;
const MAX_HELD = 64;

/** A round trip of 1000 ns: 400 up, 600 down, the offset of the clocks left out. */
const probe = (index: number): Exchange => ({
  index,
  rank: index,
  sentAt: index * 1e6,
  arrivedAt: index * 1e6 + 1000,
  upNs: 400,
  downNs: 600,
});

interface Handed {
  readonly index: number;
  readonly downNs: number;
  readonly isExact: boolean;
}

const setUp = (unsettled = 65_536, initial = unsettled) => {
  const handed: Handed[] = [];
  const followUps = new FollowUps(unsettled, initial, ({ index, downNs }, isExact) =>
    handed.push({ index, downNs, isExact }),
  );
  /** The reply to probe `index` says that it left at 5000, and is the last of those that were missing. */
  const answered = (index: number, ownSequence = index): void => {
    followUps.replied(index, ownSequence, 5000);
    followUps.settle(probe(index));
  };
  return { handed, followUps, answered };
};

describe('FollowUps', () => {
  it('puts T3 right: what the reply left later, it was under way for less', () => {
    const { handed, followUps, answered } = setUp();
    answered(0);
    expect(handed).toStrictEqual([]);
    followUps.note(0, 5250);
    expect(handed).toStrictEqual([{ index: 0, downNs: 350, isExact: true }]);
  });

  it('takes nothing of what a reflector that counts anew tells for the replies before', () => {
    const { handed, followUps, answered } = setUp();
    // Probe 0 is held, probe 1 answered but not settled, and of the reply with number 2 is told before it comes.
    answered(0);
    followUps.replied(1, 1, 5000);
    followUps.note(2, 5900);
    followUps.forget();
    expect(handed).toStrictEqual([{ index: 0, downNs: 600, isExact: false }]);
    // Another session's numbers 1 and 2.
    followUps.note(1, 5250);
    followUps.settle(probe(1));
    followUps.replied(2, 2, 5000);
    followUps.settle(probe(2));
    followUps.finish();
    expect(handed.slice(1)).toStrictEqual([
      { index: 1, downNs: 600, isExact: false },
      { index: 2, downNs: 600, isExact: false },
    ]);
  });

  it('leaves everything else of the probe as it was', () => {
    const seen: Exchange[] = [];
    const followUps = new FollowUps(128, 128, (each) => seen.push({ ...each }));
    followUps.replied(3, 8, 5000);
    followUps.settle({ ...probe(3), rank: 7, upNs: -1e15, downNs: 1e15 + 1000 });
    followUps.note(8, 5001);
    expect(seen).toStrictEqual([{ ...probe(3), rank: 7, upNs: -1e15, downNs: 1e15 + 999 }]);
  });

  it('knows what is told before the probe is settled, because one before it is outstanding', () => {
    const { handed, followUps } = setUp();
    followUps.replied(1, 1, 5000);
    followUps.note(1, 5250);
    followUps.settle(probe(0));
    followUps.settle(probe(1));
    expect(handed).toStrictEqual([]);
    followUps.finish();
    expect(handed).toStrictEqual([
      { index: 0, downNs: 600, isExact: false },
      { index: 1, downNs: 350, isExact: true },
    ]);
  });

  it('keeps the T3 that the reply carried where the Follow-up is lost, and says so', () => {
    const { handed, followUps, answered } = setUp();
    for (const index of [0, 1, 2]) answered(index);
    followUps.note(1, 5100);
    expect(handed).toStrictEqual([]);
    followUps.finish();
    expect(handed).toStrictEqual([
      { index: 0, downNs: 600, isExact: false },
      { index: 1, downNs: 500, isExact: true },
      { index: 2, downNs: 600, isExact: false },
    ]);
    followUps.finish();
    expect(handed).toHaveLength(3);
  });

  it('hands on in order of sending, whatever is told first', () => {
    const { handed, followUps, answered } = setUp();
    for (const index of [0, 1, 2]) answered(index);
    followUps.note(2, 5002);
    followUps.note(1, 5001);
    expect(handed).toStrictEqual([]);
    followUps.note(0, 5000);
    expect(handed.map(({ index, downNs }) => [index, downNs])).toStrictEqual([
      [0, 600],
      [1, 599],
      [2, 598],
    ]);
  });

  it('holds 64 at the most: one more, and the first is handed on as it is', () => {
    const { handed, followUps, answered } = setUp();
    for (let index = 0; index < MAX_HELD; index++) answered(index);
    expect(handed).toStrictEqual([]);
    answered(MAX_HELD);
    expect(handed).toStrictEqual([{ index: 0, downNs: 600, isExact: false }]);
    // The next one is known by now, and goes with it.
    followUps.note(1, 5001);
    answered(MAX_HELD + 1);
    expect(handed.slice(1)).toStrictEqual([{ index: 1, downNs: 599, isExact: true }]);
    // What comes too late changes nothing.
    followUps.note(0, 5001);
    expect(handed).toHaveLength(2);
    followUps.finish();
    expect(handed.map(({ index }) => index)).toStrictEqual(Array.from({ length: MAX_HELD + 2 }, (_, i) => i));
  });

  it('forgets nothing while it makes room', () => {
    const { handed, followUps } = setUp(128, 1);
    const own = Array.from({ length: 50 }, (_, i) => (WRAP - 20 + i) % WRAP);
    // Of every third is told before its reply comes, of every third before it is settled, of the others behind all.
    for (const [index, ownSequence] of own.entries()) {
      if (index % 3 === 0) followUps.note(own[index + 12] ?? WRAP, 5100);
      followUps.replied(index, ownSequence, 5000);
      if (index % 3 === 1) followUps.note(ownSequence, 5100);
    }
    for (const index of own.keys()) followUps.settle(probe(index));
    for (const [index, ownSequence] of own.entries()) {
      if (index % 3 === 2 || index < 12) followUps.note(ownSequence, 5100);
    }
    expect(handed).toStrictEqual(own.map((_, index) => ({ index, downNs: 500, isExact: true })));
  });

  it('follows numbers across their wrap', () => {
    const { handed, followUps, answered } = setUp();
    // The reflector's numbers wrap, and those of the probes keep counting.
    const own = [WRAP - 2, WRAP - 1, 0, 1];
    for (const [i, ownSequence] of own.entries()) answered(WRAP - 2 + i, ownSequence);
    for (const ownSequence of own) followUps.note(ownSequence, 5100);
    expect(handed).toStrictEqual(own.map((_, i) => ({ index: WRAP - 2 + i, downNs: 500, isExact: true })));
  });

  it('remembers 1024 replies while a probe before them is outstanding, across the wrap too', () => {
    const { handed, followUps } = setUp(1024);
    const own = Array.from({ length: 1024 }, (_, i) => (WRAP - 400 + i) % WRAP);
    for (const [index, ownSequence] of own.entries()) followUps.replied(index, ownSequence, 5000);
    for (const ownSequence of own) followUps.note(ownSequence, 5100);
    for (const index of own.keys()) followUps.settle(probe(index));
    expect(handed).toStrictEqual(own.map((_, index) => ({ index, downNs: 500, isExact: true })));
  });

  it.each<[string, (followUps: FollowUps) => void]>([
    ['for a number that no reply had', (followUps) => followUps.note(77, 5100)],
    // In the same place of the ring.
    ['for a number 1024 behind', (followUps) => followUps.note(WRAP - 1024, 5100)],
    ['for a number 1024 ahead', (followUps) => followUps.note(1024, 5100)],
    ['of a T3 long before the reply said', (followUps) => followUps.note(0, 5000 - 1001)],
    // 1000 ns of round trip, and 1 us for a clock that counts microseconds.
    ['of a T3 after the reply had arrived', (followUps) => followUps.note(0, 5000 + 2001)],
    ['of a T3 years away', (followUps) => followUps.note(0, 1e17)],
  ])('changes nothing %s', (_, tell) => {
    const { handed, followUps, answered } = setUp(1024);
    answered(0);
    tell(followUps);
    followUps.finish();
    expect(handed).toStrictEqual([{ index: 0, downNs: 600, isExact: false }]);
  });

  it.each([
    [5000 - 1000, 1600],
    [5000, 600],
    [5000 + 2000, -1400],
  ])('takes a T3 of %d, which a clock of microseconds may tell', (transmitNs, downNs) => {
    const { handed, followUps, answered } = setUp();
    answered(0);
    followUps.note(0, transmitNs);
    expect(handed).toStrictEqual([{ index: 0, downNs, isExact: true }]);
  });

  it('believes the first of two, and takes none from the reply to a copy of the probe', () => {
    const { handed, followUps, answered } = setUp();
    answered(0);
    answered(1);
    followUps.note(1, 5100);
    followUps.note(1, 5200);
    // The copy had number 2 at the reflector; nothing was booked for it.
    followUps.note(2, 5300);
    followUps.note(0, 5010);
    followUps.note(0, 5020);
    expect(handed).toStrictEqual([
      { index: 0, downNs: 590, isExact: true },
      { index: 1, downNs: 500, isExact: true },
    ]);
  });

  it('hands on a probe without timestamps as it is', () => {
    const { handed, followUps } = setUp();
    followUps.settle({ ...probe(0), upNs: Number.NaN, downNs: Number.NaN });
    followUps.finish();
    expect(handed).toStrictEqual([{ index: 0, downNs: Number.NaN, isExact: false }]);
  });

  it('hands on each probe once, in order, whichever Follow-ups come and when', () => {
    // How much later each probe's reply left, and how many probes later that is told; undefined: never.
    const told = fc.option(fc.tuple(fc.integer({ min: -3000, max: 4000 }), fc.nat(80)), { nil: undefined });
    fc.assert(
      fc.property(fc.array(told, { maxLength: 200 }), fc.nat(WRAP - 1), fc.boolean(), (all, firstNumber, isQuick) => {
        const { handed, followUps, answered } = isQuick ? setUp() : setUp(128, 16);
        const ownSequence = (index: number) => (firstNumber + index) % WRAP;
        const expected: Handed[] = [];
        const held: number[] = [];
        const known = new Map<number, number>();
        const model = (): void => {
          for (let index = held[0]; index !== undefined; index = held[0]) {
            const later = known.get(index);
            if (later === undefined && held.length <= MAX_HELD) return;
            held.shift();
            const isExact = later !== undefined && later >= -1000 && later <= 2000;
            expected.push({ index, downNs: isExact ? 600 - later : 600, isExact });
          }
        };
        all.forEach((_, index) => {
          held.push(index);
          model();
          answered(index, ownSequence(index));
          expect(handed).toStrictEqual(expected);
          all.forEach((each, about) => {
            if (each === undefined || about + each[1] !== index) return;
            known.set(about, each[0]);
            model();
            followUps.note(ownSequence(about), 5000 + each[0]);
          });
          expect(handed).toStrictEqual(expected);
        });
        followUps.finish();
        expect(handed.map(({ index }) => index)).toStrictEqual(all.map((_, index) => index));
      }),
      { numRuns: 50 },
    );
  });
});
