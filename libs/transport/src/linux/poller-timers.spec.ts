import { instant } from '@pathgauge/units';
import fc from 'fast-check';
import type { Timer } from '../clock';
import { PollerTimers } from './poller-timers';
import { TURNER } from './source';

const TIMERS = 6;

/** What a test does with one of the timers: `at` null clears it. */
interface Order {
  readonly timer: number;
  readonly at: number | null;
}

interface Step {
  readonly orders: readonly Order[];
  /** So much time passes before what is due is called, of which `lag` may be waited for. */
  readonly passes: number;
  readonly lag: number;
  /** What the handlers that are called do, in the order of their calls. */
  readonly whileCalled: readonly (readonly Order[])[];
}

interface Call {
  readonly timer: number;
  readonly now: number;
}

const isExact = (timer: number): boolean => timer % 2 === 0;

/** How timers are to behave, by looking at all of them each time. */
class Model {
  readonly calls: Call[] = [];
  #pending: { timer: number; at: number; order: number; isNew: boolean }[] = [];
  #isFiring = false;
  #order = 0;

  obey({ timer, at }: Order): void {
    const before = this.#pending.find((each) => each.timer === timer);
    this.#pending = this.#pending.filter((each) => each !== before);
    if (at === null) return;
    this.#pending.push({ timer, at, order: before?.order ?? this.#order++, isNew: this.#isFiring });
  }

  fire(begin: number, lag: number, onCall: () => void): number {
    let now = begin;
    this.#isFiring = true;
    for (;;) {
      const [next] = this.#pending
        .filter(({ timer, at, isNew }) => !isNew && at <= (isExact(timer) ? now + lag : now))
        .sort((a, b) => a.at - b.at || a.order - b.order);
      if (next === undefined) break;
      this.#pending = this.#pending.filter((each) => each !== next);
      now = Math.max(now, next.at);
      this.calls.push({ timer: next.timer, now });
      onCall();
    }
    this.#isFiring = false;
    this.#pending = this.#pending.map((each) => ({ ...each, isNew: false }));
    return now;
  }

  next(exact: boolean): number {
    return Math.min(...this.#pending.filter(({ timer }) => isExact(timer) === exact).map(({ at }) => at));
  }
}

const orders = (maxLength: number): fc.Arbitrary<Order[]> =>
  fc.array(
    fc.record({ timer: fc.nat(TIMERS - 1), at: fc.option(fc.nat(60), { freq: 4 }) }, { noNullPrototype: true }),
    { maxLength },
  );
const step: fc.Arbitrary<Step> = fc.record(
  { orders: orders(5), passes: fc.nat(15), lag: fc.nat(4), whileCalled: fc.array(orders(3), { maxLength: 5 }) },
  { noNullPrototype: true },
);

function timersWith(onCall: (timer: number) => void) {
  const timers = new PollerTimers();
  const all: Timer[] = Array.from({ length: TIMERS }, (_, timer) => timers.timer(isExact(timer), TURNER));
  const obey = ({ timer, at }: Order): void => {
    if (at === null) all[timer]?.clear();
    else all[timer]?.set(instant(at), () => onCall(timer));
  };
  return { timers, obey };
}

describe('PollerTimers', () => {
  it('call what a model calls that looks at all of them, whatever is set and cleared, also by what is called', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const model = new Model();
        const calls: Call[] = [];
        let now = 0;
        let whileCalled: (readonly Order[])[] = [];
        const { timers, obey } = timersWith((timer) => {
          calls.push({ timer, now });
          for (const order of whileCalled.shift() ?? []) obey(order);
        });
        // Each look at the clock takes a bit, as it does.
        const clock = { now: () => ++now };
        for (const { orders: before, passes, lag, whileCalled: nested } of steps) {
          for (const order of before) {
            obey(order);
            model.obey(order);
          }
          const begin = now + passes;
          now = begin;
          whileCalled = [...nested];
          timers.fire(begin, lag, clock);
          const inModel = [...nested];
          const end = model.fire(begin, lag, () => {
            for (const order of inModel.shift() ?? []) model.obey(order);
          });
          expect(calls).toStrictEqual(model.calls);
          expect(now).toBe(end);
          expect([timers.nextExact, timers.nextCoarse]).toStrictEqual([model.next(true), model.next(false)]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('end a turn, though a handler sets its timer anew for an instant that has passed', () => {
    const timers = new PollerTimers();
    const timer = timers.timer(true, TURNER);
    let calls = 0;
    const again = (): void => {
      calls++;
      timer.set(instant(0), again);
    };
    timer.set(instant(0), again);
    for (let turn = 1; turn <= 5; turn++) {
      timers.fire(100, 0, { now: () => 100 });
      expect(calls).toBe(turn);
    }
  });

  it('are due as before when a handler has thrown', () => {
    const timers = new PollerTimers();
    const [failing, other] = [timers.timer(true, TURNER), timers.timer(false, TURNER)];
    const called = jest.fn();
    failing.set(instant(1), () => {
      other.set(instant(3), called);
      throw new Error('of the handler');
    });
    expect(() => timers.fire(2, 0, { now: () => 2 })).toThrow('of the handler');
    expect([timers.nextExact, timers.nextCoarse]).toStrictEqual([Number.POSITIVE_INFINITY, 3]);
    timers.fire(3, 0, { now: () => 3 });
    expect(called).toHaveBeenCalledTimes(1);
  });

  it('are many at little cost: the work for each of 10,000 grows by their logarithm', () => {
    const timers = new PollerTimers();
    let called = 0;
    for (let i = 0; i < 10_000; i++)
      timers.timer(i % 2 === 0, TURNER).set(instant((i * 7_919) % 10_007), () => called++);
    const begin = process.hrtime.bigint();
    for (let now = 0; now < 10_007; now++) timers.fire(now, 0, { now: () => now });
    expect(called).toBe(10_000);
    // Scanning all for each takes seconds.
    expect(Number(process.hrtime.bigint() - begin)).toBeLessThan(1e9);
  });
});
