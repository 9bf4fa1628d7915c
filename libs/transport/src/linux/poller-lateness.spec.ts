import { instant } from '@pathgauge/units';
import fc from 'fast-check';

import { MAX_WAIT, MS, pollerWith, READING, sourceOf, US } from '../../test/linux/poller-scene';

describe('timers', () => {
  it('fire once each, in any order and with any lateness of the system, never before their instant', () => {
    const planned = fc.record({ ahead: fc.integer({ min: -MS, max: 90 * MS }), exact: fc.boolean() });
    const lateness = fc.array(fc.nat(3 * MS), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(planned, { minLength: 1, maxLength: 12 }), lateness, (plan, latenessNs) => {
        const { native, poller, time, turnUntil } = pollerWith();
        let wait = 0;
        native.latenessNs = () => latenessNs[wait++ % latenessNs.length] as number;
        const begin = time();
        const fired: { late: number; exact: boolean }[] = [];
        for (const { ahead, exact } of plan) {
          poller.timer(exact).set(instant(begin + ahead), () => fired.push({ late: time() - begin - ahead, exact }));
        }
        turnUntil(() => fired.length === plan.length);
        for (let i = 0; i < 3; i++) poller.turn(MAX_WAIT);
        expect(fired).toHaveLength(plan.length);
        for (const { late } of fired) expect(late).toBeGreaterThanOrEqual(0);
        // The system's worst, the millisecond of those that need not be exact, and some readings.
        for (const { late } of fired) expect(late).toBeLessThanOrEqual(MS + MS + 3 * MS + 100 * READING);
      }),
    );
  });

  it.each([true, false])('that were replaced or cleared do not fire (exact: %p)', (exact) => {
    const { poller, time, turnUntil } = pollerWith({ latenessNs: 60 * US });
    const forgotten = jest.fn();
    const [replaced, cleared, last] = [poller.timer(exact), poller.timer(exact), poller.timer(exact)];
    const fired: string[] = [];
    replaced.set(instant(time() + MS), forgotten);
    replaced.set(instant(time() + 3 * MS), () => fired.push('replaced'));
    cleared.set(instant(time() + MS), forgotten);
    cleared.clear();
    last.set(instant(time() + 9 * MS), () => fired.push('last'));
    turnUntil(() => fired.length === 2);
    expect(fired).toStrictEqual(['replaced', 'last']);
    expect(forgotten).not.toHaveBeenCalled();
  });

  it('that another clears at the same instant do not fire', () => {
    const { poller, time, turnUntil } = pollerWith();
    const [first, second] = [poller.timer(true), poller.timer(true)];
    const fired: number[] = [];
    first.set(instant(time() + MS), () => {
      fired.push(1);
      second.clear();
    });
    second.set(instant(time() + MS), () => {
      fired.push(2);
      first.clear();
    });
    turnUntil(() => fired.length > 0);
    poller.turn(MS);
    expect(fired).toHaveLength(1);
  });

  it('may be set again by their own call', () => {
    const { poller, time, turnUntil } = pollerWith();
    const timer = poller.timer(true);
    const instants: number[] = [];
    const again = (): void => {
      instants.push(time());
      if (instants.length < 5) timer.set(instant(time() + MS), again);
    };
    timer.set(instant(time()), again);
    turnUntil(() => instants.length === 5);
    instants.slice(1).forEach((at, i) => {
      expect(at - (instants[i] as number)).toBeGreaterThanOrEqual(MS);
    });
  });
});

describe('exact timers', () => {
  it.each([0, 20 * US, 60 * US, 400 * US, 900 * US])(
    'are in time once it is known that the system is %d ns late',
    (latenessNs) => {
      const { latenessOf } = pollerWith({ latenessNs });
      for (let i = 0; i < 3; i++) latenessOf(10 * MS);
      for (let i = 0; i < 40; i++) expect(latenessOf(10 * MS)).toBeLessThanOrEqual(2 * READING);
    },
  );

  it('are late by what the system is late beyond a millisecond', () => {
    const { native, latenessOf } = pollerWith({ latenessNs: 5 * MS });
    for (let i = 0; i < 20; i++) latenessOf(20 * MS);
    native.polls.length = 0;
    const late = latenessOf(20 * MS);
    expect(late).toBeGreaterThan(3.9 * MS);
    expect(late).toBeLessThan(4.1 * MS);
    // Woken up a millisecond early at most.
    expect(native.polls[0]?.waitNs).toBeGreaterThan(18.9 * MS);
  });

  it('cost no more waiting than the system is late, once it is late by less', () => {
    const { native, latenessOf } = pollerWith();
    native.latenessNs = () => 800 * US;
    for (let i = 0; i < 20; i++) latenessOf(10 * MS);
    native.latenessNs = () => 10 * US;
    for (let i = 0; i < 20; i++) latenessOf(10 * MS);
    native.polls.length = 0;
    native.clockReadings = 0;
    expect(latenessOf(10 * MS)).toBeLessThanOrEqual(2 * READING);
    expect(native.polls).toHaveLength(1);
    expect(native.polls[0]?.waitNs).toBeGreaterThan(10 * MS - 11 * US);
    expect(native.clockReadings).toBeLessThan(50);
  });

  it('do not learn from the odd wake-up that is far later than the rest', () => {
    const { native, latenessOf } = pollerWith();
    let wait = 0;
    native.latenessNs = () => (wait++ % 16 < 2 ? 950 * US : 30 * US);
    for (let i = 0; i < 32; i++) latenessOf(10 * MS);
    native.polls.length = 0;
    for (let i = 0; i < 16; i++) latenessOf(10 * MS);
    for (const { waitNs } of native.polls) expect(waitNs).toBeGreaterThan(10 * MS - 40 * US);
  });

  it('do not learn from a wait that something else ended', () => {
    const { native, poller, time, readableFrom, latenessOf } = pollerWith({ latenessNs: 30 * US });
    for (let i = 0; i < 20; i++) latenessOf(10 * MS);
    const source = sourceOf(7, () => native.readableFrom.delete(7));
    poller.add(source);
    for (let i = 0; i < 20; i++) {
      readableFrom(7, time() + 9 * MS);
      latenessOf(10 * MS);
    }
    expect(source.calls).toHaveLength(20);
    native.polls.length = 0;
    latenessOf(10 * MS);
    expect(native.polls[0]?.waitNs).toBeGreaterThan(10 * MS - 40 * US);
    expect(native.polls[0]?.waitNs).toBeLessThan(10 * MS - 20 * US);
  });

  it('that are due first are not held up by one that is due soon after, whichever was set first', () => {
    for (const swapped of [false, true]) {
      const { poller, time, turnUntil } = pollerWith({ latenessNs: 95 * US });
      const late: number[] = [];
      const begin = time();
      const aheads = [10 * MS, 10 * MS + 80 * US];
      for (const ahead of swapped ? aheads.reverse() : aheads) {
        poller.timer(true).set(instant(begin + ahead), () => late.push(time() - begin - ahead));
      }
      turnUntil(() => late.length === 2);
      for (const each of late) expect(each).toBeLessThan(10 * READING);
    }
  });
});

describe('coarse timers', () => {
  it('never spin, and are late by a millisecond and what the system is late at most', () => {
    const { native, latenessOf } = pollerWith({ latenessNs: 60 * US });
    for (const ahead of [0.2 * MS, MS, 7 * MS, 49 * MS]) {
      native.clockReadings = 0;
      native.polls.length = 0;
      const late = latenessOf(ahead, false);
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(MS + 60 * US + 10 * READING);
      expect(native.polls.length).toBeLessThanOrEqual(2);
      expect(native.clockReadings).toBeLessThanOrEqual(6);
    }
  });

  it('that are due close to each other cost one wake-up', () => {
    const { native, poller, time, turnUntil } = pollerWith();
    let fired = 0;
    for (const ahead of [10 * MS, 10.4 * MS]) poller.timer(false).set(instant(time() + ahead), () => fired++);
    turnUntil(() => fired === 2);
    expect(native.polls).toHaveLength(1);
  });

  it('are not waited for longer than the system may take to notice that it is to stop', () => {
    const { native, latenessOf } = pollerWith();
    expect(latenessOf(500 * MS, false)).toBeLessThanOrEqual(2 * MS);
    expect(native.polls.length).toBeGreaterThanOrEqual(10);
    for (const { waitNs } of native.polls) expect(waitNs).toBeLessThanOrEqual(MAX_WAIT);
  });

  it('teach nothing about the lag of exact ones', () => {
    const { native, latenessOf } = pollerWith();
    native.latenessNs = () => 20 * US;
    for (let i = 0; i < 20; i++) latenessOf(10 * MS);
    native.latenessNs = () => 900 * US;
    for (let i = 0; i < 20; i++) latenessOf(10 * MS, false);
    native.polls.length = 0;
    latenessOf(10 * MS);
    expect(native.polls[0]?.waitNs).toBeGreaterThan(10 * MS - 30 * US);
  });
});
