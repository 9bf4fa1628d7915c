import type { Schedule } from '@pathgauge/result';
import { milliseconds, type Span, seconds, span } from '@pathgauge/units';
import { ProbePlan } from './probe-plan';

const ms = milliseconds;
const EVEN: Schedule = { kind: 'even', burst: 1 };

const plan = (options: { count?: number; duration?: Span; interval?: Span; schedule?: Schedule }) =>
  new ProbePlan({ count: undefined, duration: undefined, interval: ms(20), schedule: EVEN, ...options }, () => 0.5);

const takeAll = (of: ProbePlan): number => {
  let taken = 0;
  for (; !of.isOver; taken++) of.take();
  return taken;
};

describe('ProbePlan', () => {
  it.each([
    ['a count', { count: 7 }, 7],
    ['a time', { duration: seconds(1) }, 50],
    ['a time that is no multiple of the interval', { duration: ms(1001) }, 51],
    ['the first of both', { count: 7, duration: seconds(1) }, 7],
    ['bursts in a time', { duration: ms(100), schedule: { kind: 'burst', burst: 4 } }, 20],
    ['a time shorter than the interval', { duration: ms(1) }, 1],
  ] as const)('has as many probes as %s says', (_, options, expected) => {
    const whole = plan(options);
    expect(takeAll(whole)).toBe(expected);
    expect(whole.notSent).toBe(0);
  });

  it('has nothing to send when it is stopped, and nothing was held up', () => {
    const stopped = plan({ count: 7 });
    stopped.take();
    stopped.stop();
    expect(stopped.isOver).toBe(true);
    expect(stopped.notSent).toBe(0);
  });

  it('accounts for each probe of a count, sent or not', () => {
    const held = plan({ count: 100 });
    held.take();
    held.passOver(ms(1001));
    // Due at 20, 40, ..., 980 ms.
    expect(held.notSent).toBe(49);
    expect(held.due).toBe(ms(1000));
    held.refuse();
    expect(1 + 49 + takeAll(held)).toBe(100);
    expect(held.notSent).toBe(50);
    // Not more than there are: the last is sent, however late.
    for (const schedule of [EVEN, { kind: 'poisson', burst: 1 }, { kind: 'burst', burst: 2 }] as const) {
      const last = plan({ count: 3, schedule });
      last.passOver(seconds(60));
      expect(last.notSent).toBe(2);
      expect(takeAll(last)).toBe(1);
    }
  });

  it('ends with its time, and gives up what was due within it', () => {
    const late = plan({ duration: seconds(1), count: 60 });
    late.take();
    expect(late.endInTime(ms(999))).toBe(false);
    expect(late.endInTime(seconds(1))).toBe(true);
    expect(late.isOver).toBe(true);
    expect(late.notSent).toBe(49);
  });

  it('has no schedule to fall behind where each probe follows the last', () => {
    const chain = plan({ duration: seconds(1), interval: span(0) });
    chain.take();
    expect(chain.endInTime(seconds(5))).toBe(true);
    expect(chain.notSent).toBe(0);
  });
});
