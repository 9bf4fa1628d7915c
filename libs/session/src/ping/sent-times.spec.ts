import { type Instant, instant, type Span, span } from '@pathgauge/units';
import fc from 'fast-check';
import { SentTimes } from './sent-times';

const START = instant(5000);
const at = (index: number): Instant => instant(START + 100 * index);
const due = (index: number): Span => span(100 * index);

const timesOf = (unsettled: number, initial: number, hasSchedule = true): SentTimes => {
  const times = new SentTimes(instant(0), { unsettled, initial }, hasSchedule);
  times.begin(START);
  return times;
};

describe('SentTimes', () => {
  it('tells how far from their time probes left, and how long they queued', () => {
    const times = timesOf(8, 2);
    for (const index of [0, 1, 2]) times.send(index, due(index));
    expect(times.dueAt(2)).toBe(at(2));
    times.queue(0, instant(5010));
    times.leave(0, instant(5017));
    // Not queued as far as is known, or stamped the wrong way round.
    times.leave(1, at(1));
    times.queue(2, instant(5300));
    times.leave(2, instant(5299));
    times.settle(0, instant(5017));
    times.settle(1, instant(5095));
    expect(times.hostQueueing()).toMatchObject({ count: 1, minNs: 7 });
    expect(times.sendError()).toMatchObject({ count: 2, minNs: -5, maxNs: 17 });
  });

  it('tells of no error where there is no schedule', () => {
    const times = timesOf(8, 8, false);
    times.send(0, span(0));
    times.settle(0, instant(6000));
    expect(times.sendError()).toBeUndefined();
  });

  it('begins when the first probe is due', () => {
    const times = new SentTimes(instant(7), { unsettled: 4, initial: 4 }, true);
    expect(times.start).toBe(7);
    times.begin(START);
    expect(times.start).toBe(START);
  });

  it('knows the latest probes, whether there was room for them at once or not, and says nothing wrong of earlier ones', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.constantFrom(1, 2, 8, 32), (count, initial) => {
        const times = timesOf(32, initial);
        for (let index = 0; index < count; index++) {
          times.send(index, due(index));
          times.queue(index, at(index));
        }
        for (let index = 0; index < count; index++) {
          times.leave(index, instant(at(index) + 3));
          times.settle(index, instant(at(index) + 4));
        }
        const known = Math.min(count, 32);
        expect(times.hostQueueing()).toMatchObject({ count: known, minNs: 3, maxNs: 3 });
        expect(times.sendError()).toMatchObject({ count: known, minNs: 4, maxNs: 4 });
      }),
    );
  });
});
