import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { after, type Instant, milliseconds, type Span, seconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { IntervalClock } from './interval-clock';

/** A clock of intervals of a second, and what it has told: [start, end] in ms. */
const setUp = (interval: Span = seconds(1)) => {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const told: [startMs: number, endMs: number][] = [];
  const settled: number[] = [];
  const begin = time.now();
  const host = { clock, coarseTimer: () => new VirtualTimer(time, clock) };
  const intervals: IntervalClock = new IntervalClock(host, interval, {
    onInterval: ({ startNs, endNs }) => told.push([startNs / 1e6, endNs / 1e6]),
    onSettled: () => settled.push((time.now() - begin) / 1e6),
  });
  const at = (ms: number): Instant => after(begin, milliseconds(ms));
  return { time, intervals, told, settled, begin, at };
};

describe('IntervalClock', () => {
  it('closes an interval when something passes behind its end, and ends it where it ends', () => {
    const { intervals, told, at } = setUp();
    intervals.start(at(0));
    intervals.pass(at(999.9));
    expect([told, intervals.hasClosed]).toStrictEqual([[], false]);
    intervals.pass(at(1000));
    expect([told, intervals.hasClosed]).toStrictEqual([[[0, 1000]], true]);
    intervals.pass(at(3400));
    expect(told).toStrictEqual([
      [0, 1000],
      [1000, 2000],
      [2000, 3000],
    ]);
  });

  it('closes it by itself 5 ms later where nothing passes', async () => {
    const { time, intervals, told, at } = setUp();
    intervals.start(at(0));
    await time.advance(milliseconds(1004.9));
    expect(told).toStrictEqual([]);
    await time.advance(milliseconds(0.2));
    expect(told).toStrictEqual([[0, 1000]]);
    await time.advance(seconds(2));
    expect(told.at(-1)).toStrictEqual([2000, 3000]);
  });

  it('counts a load that is received from its first arrival', () => {
    const { intervals, told, at } = setUp();
    intervals.start(at(0));
    intervals.passArrival(at(300), true);
    expect(intervals.begin).toBe(at(300));
    intervals.passArrival(at(1299), false);
    expect(told).toStrictEqual([]);
    intervals.passArrival(at(1300), false);
    expect(told).toStrictEqual([[0, 1000]]);
  });

  it('counts from the beginning when an interval was closed before anything arrived', () => {
    const { intervals, told, at } = setUp();
    intervals.start(at(0));
    intervals.pass(at(1005));
    intervals.passArrival(at(1300), true);
    intervals.passArrival(at(2000), false);
    expect(told).toStrictEqual([
      [0, 1000],
      [1000, 2000],
    ]);
  });

  it('tells nothing of what passes before the load begins', async () => {
    const { time, intervals, told, at } = setUp();
    intervals.passArrival(at(0), true);
    await time.advance(seconds(9));
    expect([told, intervals.isStarted]).toStrictEqual([[], false]);
  });

  it('tells nothing more when it is held but the last, which may be empty or shorter than others', async () => {
    const { time, intervals, told, at } = setUp();
    intervals.start(at(0));
    intervals.pass(at(1000));
    intervals.hold();
    intervals.pass(at(5000));
    await time.advance(seconds(5));
    expect(told).toHaveLength(1);
    expect(intervals.last(at(1400))).toStrictEqual({ startNs: 1e9, endNs: 1.4e9 });
    expect(intervals.last(at(900))).toStrictEqual({ startNs: 1e9, endNs: 1e9 });
  });

  it('begins anew with the first arrival also when it is held: the last interval begins there', () => {
    const { intervals, told, at } = setUp();
    intervals.start(at(0));
    intervals.hold();
    intervals.passArrival(at(300), true);
    intervals.pass(at(5000));
    expect(intervals.last(at(700))).toStrictEqual({ startNs: 0, endNs: 400e6 });
    expect(told).toStrictEqual([]);
  });

  it('can be held by whoever is told of an interval: those behind it are not told', () => {
    const { time, at } = setUp();
    const clock = new VirtualClock(time);
    const ends: number[] = [];
    const host = { clock, coarseTimer: () => new VirtualTimer(time, clock) };
    const intervals: IntervalClock = new IntervalClock(host, seconds(1), {
      onInterval: ({ endNs }) => {
        ends.push(endNs);
        if (endNs >= 2e9) intervals.hold();
      },
      onSettled: () => {},
    });
    intervals.start(at(0));
    intervals.pass(at(9000));
    expect(ends).toStrictEqual([1e9, 2e9]);
  });

  it('says when what follows an interval is a tenth of one, also where nothing passes', async () => {
    const { time, intervals, settled, at } = setUp();
    intervals.start(at(0));
    await time.advance(milliseconds(1099));
    expect(settled).toStrictEqual([]);
    await time.advance(milliseconds(7));
    expect(settled).toHaveLength(1);
    intervals.pass(at(2050));
    expect(settled).toHaveLength(1);
    intervals.pass(at(2100));
    expect(settled).toHaveLength(2);
  });

  it('says nothing of the kind of an interval that waits for the end', async () => {
    const { time, intervals, settled, told, at } = setUp();
    intervals.start(at(0));
    intervals.pass(at(1000));
    intervals.holdLatest();
    await time.advance(milliseconds(1990));
    expect(settled).toStrictEqual([]);
    await time.advance(milliseconds(200));
    // The next one is settled as any.
    expect([told.length, settled.length]).toStrictEqual([2, 1]);
  });

  it('begins ahead, and says when: with the first that passes from then on, or by itself', async () => {
    for (const passes of [true, false]) {
      const { time, intervals, told, at } = setUp();
      const onBegin = jest.fn();
      intervals.start(at(500), onBegin);
      intervals.passArrival(at(499), true);
      await time.advance(milliseconds(499));
      expect(onBegin).not.toHaveBeenCalled();
      if (passes) intervals.passArrival(at(500), false);
      else await time.advance(milliseconds(7));
      expect(onBegin).toHaveBeenCalledTimes(1);
      intervals.pass(at(1499));
      expect(told).toStrictEqual([]);
      intervals.pass(at(1500));
      expect([told, onBegin.mock.calls.length]).toStrictEqual([[[0, 1000]], 1]);
    }
  });

  it('never begins what is held before', async () => {
    const { time, intervals, told, at } = setUp();
    const onBegin = jest.fn();
    intervals.start(at(500), onBegin);
    intervals.hold();
    await time.advance(seconds(5));
    expect([told, onBegin.mock.calls]).toStrictEqual([[], []]);
    expect(intervals.last(at(400))).toStrictEqual({ startNs: 0, endNs: 0 });
  });

  it('leaves no gap and no overlap, whatever passes when', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.nat(400)), (intervalNs, steps) => {
        const { intervals, told, begin } = setUp(span(intervalNs));
        intervals.start(begin);
        let now = begin;
        for (const step of steps) intervals.pass((now = after(now, span(step))));
        const last = now - begin;
        // Every boundary up to now, and each interval begins where the one before it ended.
        expect(told).toHaveLength(Math.floor(last / intervalNs));
        for (const [i, [start, end]] of told.entries()) {
          expect([Math.round(start * 1e6), Math.round(end * 1e6)]).toStrictEqual([
            i * intervalNs,
            (i + 1) * intervalNs,
          ]);
        }
      }),
    );
  });
});
