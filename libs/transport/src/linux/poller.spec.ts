import { instant } from '@pathgauge/units';
import fc from 'fast-check';
import { ScriptedNative } from '../../test/linux/scripted-native';
import { LinuxClock } from './linux-clock';
import { Poller } from './poller';
import type { Source } from './source';

const US = 1_000;
const MS = 1_000_000;
/** What one reading of the clock takes here. */
const READING = 40;
const MAX_WAIT = 50 * MS;

function pollerWith({ spinNs = 0, latenessNs = 0 } = {}) {
  const native = new ScriptedNative();
  const origin = 1_000;
  native.monotonicNs = BigInt(origin) * 1_000_000_000n;
  native.costNs = READING;
  native.latenessNs = () => latenessNs;
  const clock = new LinuxClock(native, origin);
  const poller = new Poller(native, clock, spinNs);
  /** The time without the price of asking for it. */
  const time = (): number => Number(native.monotonicNs) - origin * 1e9;
  /** When a descriptor becomes readable, on the same scale. */
  const readableFrom = (fd: number, at: number): void => {
    native.readableFrom.set(fd, at + origin * 1e9);
  };
  const turnUntil = (isOver: () => boolean, turns = 10_000): void => {
    for (let turn = 0; !isOver(); turn++) {
      if (turn === turns) throw new Error('it does not end');
      poller.turn(MAX_WAIT);
    }
  };
  /** Waits for an instant so far ahead; tells how late the timer fired. */
  const latenessOf = (aheadNs: number, exact = true): number => {
    const at = time() + aheadNs;
    let firedAt: number | undefined;
    poller.timer(exact).set(instant(at), () => {
      firedAt = time();
    });
    turnUntil(() => firedAt !== undefined);
    return (firedAt as number) - at;
  };
  return { native, clock, poller, time, readableFrom, turnUntil, latenessOf };
}

function sourceOf(fd: number, onReady: Source['onReady'] = () => {}, isRare = false) {
  const calls: boolean[] = [];
  return {
    fd,
    isRare,
    wantsWrite: false,
    calls,
    onReady(hasFailed: boolean) {
      calls.push(hasFailed);
      onReady(hasFailed);
    },
  };
}

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

describe('sources', () => {
  it('are called when they are readable, and learn whether something failed', () => {
    const { native, poller, readableFrom } = pollerWith();
    const [quiet, ready, failed] = [sourceOf(3), sourceOf(4), sourceOf(5)];
    for (const source of [quiet, ready, failed]) poller.add(source);
    for (const fd of [4, 5]) readableFrom(fd, 0);
    native.failed.add(5);
    poller.turn(MS);
    expect([quiet.calls, ready.calls, failed.calls]).toStrictEqual([[], [false], [true]]);
    expect(native.polls).toStrictEqual([{ waitNs: MS, fds: [3, 4, 5] }]);
  });

  it('wake the thread up', () => {
    const { poller, time, readableFrom } = pollerWith();
    let calledAt = 0;
    const begin = time();
    poller.add(
      sourceOf(3, () => {
        calledAt ||= time();
      }),
    );
    readableFrom(3, begin + 7 * MS);
    poller.turn(MAX_WAIT);
    expect(calledAt - begin).toBeGreaterThanOrEqual(7 * MS);
    expect(calledAt - begin).toBeLessThan(7 * MS + 10 * READING);
  });

  it.each([0, 50 * US])('that another removes are not called, nor looked at again (spin %d ns)', (spinNs) => {
    const { native, poller, readableFrom } = pollerWith({ spinNs });
    const sources: ReturnType<typeof sourceOf>[] = [1, 2, 3].map((fd) =>
      sourceOf(fd, () => {
        for (const other of sources) if (other.fd !== fd) poller.remove(other);
      }),
    );
    for (const source of sources) {
      poller.add(source);
      readableFrom(source.fd, 0);
    }
    poller.noteActivity();
    poller.turn(MS);
    expect(sources.map(({ calls }) => calls.length)).toStrictEqual([1, 0, 0]);
    native.pass(MS);
    poller.turn(MS);
    expect(native.polls.at(-1)?.fds).toStrictEqual([1]);
  });

  it.each([0, 50 * US])('may remove themselves (spin %d ns)', (spinNs) => {
    const { poller, readableFrom } = pollerWith({ spinNs });
    const once = sourceOf(1, () => poller.remove(once));
    const other = sourceOf(2);
    for (const source of [once, other]) {
      poller.add(source);
      readableFrom(source.fd, 0);
    }
    poller.noteActivity();
    for (let i = 0; i < 3; i++) poller.turn(MS);
    expect(once.calls).toHaveLength(1);
    expect(other.calls.length).toBeGreaterThanOrEqual(2);
  });

  it('that are added by a handler are called from the next turn on', () => {
    const { poller, readableFrom } = pollerWith();
    const added = sourceOf(2);
    poller.add(sourceOf(1, () => added.calls.length === 0 && poller.add(added)));
    for (const fd of [1, 2]) readableFrom(fd, 0);
    poller.turn(MS);
    expect(added.calls).toHaveLength(0);
    poller.turn(MS);
    expect(added.calls).toHaveLength(1);
  });

  it('are as many as are added, also by handlers', () => {
    const { native, poller, readableFrom } = pollerWith();
    const added: ReturnType<typeof sourceOf>[] = [];
    const first = sourceOf(0, () => {
      for (let fd = 1; added.length < 1_000; fd++) {
        added.push(sourceOf(fd));
        poller.add(added.at(-1) as Source);
        readableFrom(fd, 0);
      }
    });
    poller.add(first);
    readableFrom(0, 0);
    poller.turn(MS);
    poller.turn(MS);
    // So many in a turn, and all in time.
    expect(added.filter(({ calls }) => calls.length > 0).length).toBeGreaterThan(60);
    for (const { fd, calls } of added) if (calls.length > 0) native.readableFrom.delete(fd);
    for (let turn = 0; turn < 20; turn++) {
      poller.turn(MS);
      for (const { fd, calls } of added) if (calls.length > 0) native.readableFrom.delete(fd);
    }
    for (const { calls } of added) expect(calls).toHaveLength(1);
  });
});

describe('spinning', () => {
  const SPIN = 50 * US;

  it('looks at sources without waiting, for so long after something came or left', () => {
    const { native, poller, time } = pollerWith({ spinNs: SPIN });
    const source = sourceOf(3);
    poller.add(source);
    poller.turn(0);
    native.polls.length = 0;
    poller.noteActivity();
    const begin = time();
    while (time() - begin < SPIN - 10 * READING) poller.turn(MS);
    expect(source.calls.length).toBeGreaterThan(100);
    expect(native.polls.filter(({ waitNs }) => waitNs > 0)).toStrictEqual([]);
    native.pass(SPIN);
    poller.turn(MS);
    expect(native.polls.at(-1)?.waitNs).toBeGreaterThan(0.9 * MS);
  });

  it('looks at rare sources only now and then', () => {
    const { native, poller, readableFrom } = pollerWith({ spinNs: SPIN });
    const [often, rare] = [sourceOf(3), sourceOf(4, undefined, true)];
    for (const source of [often, rare]) poller.add(source);
    readableFrom(4, 0);
    for (let turn = 0; turn < 2_560; turn++) {
      poller.noteActivity();
      poller.turn(MS);
    }
    expect(rare.calls).toHaveLength(10);
    expect(native.polls).toHaveLength(10);
    expect(often.calls).toHaveLength(2_550);
  });

  it('sees a failure at a source as well', () => {
    const { native, poller, readableFrom } = pollerWith({ spinNs: SPIN });
    const source = sourceOf(3);
    poller.add(source);
    readableFrom(3, 0);
    native.failed.add(3);
    for (let turn = 0; turn < 256; turn++) {
      poller.noteActivity();
      poller.turn(MS);
    }
    expect(source.calls.filter(Boolean)).toHaveLength(1);
  });

  it('goes on before an exact timer, not before a coarse one', () => {
    for (const exact of [true, false]) {
      const { native, poller, time } = pollerWith({ spinNs: MS });
      const source = sourceOf(3);
      poller.add(source);
      const at = time() + 0.9 * MS;
      poller.timer(exact).set(instant(at), () => {});
      const hasWaited = (): boolean => native.polls.some(({ waitNs }) => waitNs > 0);
      while (time() < at - 0.2 * MS && !hasWaited()) poller.turn(MAX_WAIT);
      expect(hasWaited()).toBe(!exact);
      expect(source.calls.length > 100).toBe(exact);
    }
  });

  it('is begun in time: the thread is woken that much before an exact timer', () => {
    const { native, poller, time } = pollerWith({ spinNs: MS, latenessNs: 300 * US });
    const source = sourceOf(3);
    poller.add(source);
    const at = time() + 10 * MS;
    let firedAt = 0;
    poller.timer(true).set(instant(at), () => {
      firedAt = time();
    });
    for (let turn = 0; firedAt === 0 && turn < 100_000; turn++) poller.turn(MAX_WAIT);
    expect(firedAt - at).toBeLessThanOrEqual(2 * READING);
    expect(native.polls[0]?.waitNs).toBeLessThanOrEqual(9 * MS);
    expect(source.calls.length).toBeGreaterThan(100);
  });

  it('is over as soon as nothing is expected any more', () => {
    const { native, poller } = pollerWith({ spinNs: SPIN });
    poller.add(sourceOf(3));
    for (let turn = 0; turn < 10; turn++) poller.turn(MS);
    expect(native.polls).toHaveLength(10);
    for (const { waitNs } of native.polls) expect(waitNs).toBe(MS);
  });

  it('begins with what came at the end of a long wait', () => {
    const { native, poller, time, readableFrom } = pollerWith({ spinNs: SPIN });
    const source = sourceOf(3, () => {
      native.readableFrom.delete(3);
      poller.noteActivity();
    });
    poller.add(source);
    readableFrom(3, time() + 7 * MS);
    poller.turn(MAX_WAIT);
    expect(source.calls).toHaveLength(1);
    native.polls.length = 0;
    for (let turn = 0; turn < 20; turn++) poller.turn(MAX_WAIT);
    expect(native.polls).toStrictEqual([]);
    expect(source.calls).toHaveLength(21);
  });

  it('begins with what a timer sent after a long wait', () => {
    const { native, poller, time } = pollerWith({ spinNs: SPIN });
    const source = sourceOf(3);
    poller.add(source);
    let sent = false;
    poller.timer(true).set(instant(time() + 10 * MS), () => {
      sent = true;
      poller.noteActivity();
    });
    for (let turn = 0; !sent && turn < 100_000; turn++) poller.turn(MAX_WAIT);
    expect(sent).toBe(true);
    native.polls.length = 0;
    for (let turn = 0; turn < 20; turn++) poller.turn(MAX_WAIT);
    expect(native.polls.filter(({ waitNs }) => waitNs > 0)).toStrictEqual([]);
  });

  it('is never begun where it was not asked for', () => {
    const { native, poller, readableFrom } = pollerWith();
    poller.add(sourceOf(3));
    readableFrom(3, 0);
    for (let turn = 0; turn < 10; turn++) {
      poller.noteActivity();
      poller.turn(MS);
    }
    expect(native.polls).toHaveLength(10);
  });
});

describe('an interrupted wait', () => {
  it('teaches nothing of how late the system is', () => {
    const { native, latenessOf } = pollerWith({ latenessNs: 30 * US });
    native.interrupts = 5;
    for (let i = 0; i < 5; i++) expect(latenessOf(10 * MS)).toBeLessThanOrEqual(2 * READING);
  });

  it('does no harm to sources and timers', () => {
    const { native, poller, readableFrom, latenessOf } = pollerWith({ latenessNs: 30 * US });
    const source = sourceOf(3);
    poller.add(source);
    for (let i = 0; i < 20; i++) latenessOf(10 * MS);
    native.interrupts = 3;
    expect(latenessOf(10 * MS)).toBeLessThanOrEqual(2 * READING);
    expect(source.calls).toHaveLength(0);
    native.polls.length = 0;
    latenessOf(10 * MS);
    expect(native.polls[0]?.waitNs).toBeGreaterThan(10 * MS - 40 * US);
    readableFrom(3, 0);
    native.interrupts = 1;
    poller.turn(MS);
    expect(source.calls).toHaveLength(0);
    poller.turn(MS);
    expect(source.calls).toHaveLength(1);
  });
});

describe('soon', () => {
  it('is called once, in the next turn, which does not wait', () => {
    const { native, poller } = pollerWith();
    const called: string[] = [];
    poller.soon(() => {
      called.push('first');
      poller.soon(() => called.push('third'));
    });
    poller.soon(() => called.push('second'));
    expect(called).toStrictEqual([]);
    poller.turn(MAX_WAIT);
    expect(called).toStrictEqual(['first', 'second']);
    poller.turn(MAX_WAIT);
    expect(called).toStrictEqual(['first', 'second', 'third']);
    for (const { waitNs } of native.polls) expect(waitNs).toBe(0);
    poller.turn(MAX_WAIT);
    expect(called).toHaveLength(3);
    expect(native.polls.at(-1)?.waitNs).toBe(MAX_WAIT);
  });

  it('comes after what has arrived and what was due', () => {
    const { poller, time, readableFrom } = pollerWith();
    const called: string[] = [];
    readableFrom(3, 0);
    poller.soon(() => called.push('soon'));
    poller.timer(true).set(instant(time()), () => called.push('timer'));
    poller.add(sourceOf(3, () => called.push('source')));
    poller.turn(MS);
    expect(called).toStrictEqual(['source', 'timer', 'soon']);
  });
});

describe('run', () => {
  it('turns until it is over, and lets promises go on between turns', async () => {
    const { poller, time } = pollerWith();
    const seen: string[] = [];
    let over = false;
    const wait = (ahead: number): Promise<void> =>
      new Promise((resolve) => poller.timer(true).set(instant(time() + ahead), resolve));
    const work = (async () => {
      for (const name of ['a', 'b', 'c']) {
        await wait(MS);
        seen.push(name);
      }
      over = true;
    })();
    await poller.run(() => over);
    expect(seen).toStrictEqual(['a', 'b', 'c']);
    await work;
  });

  it.each([0, 50 * US])('keeps no promise waiting for the next event (spin %d ns)', async (spinNs) => {
    const { poller, time } = pollerWith({ spinNs });
    poller.add(sourceOf(3));
    let over = false;
    const delays: number[] = [];
    const work = (async () => {
      for (let i = 0; i < 40; i++) {
        let resolvedAt = 0;
        await new Promise<void>((resolve) =>
          poller.soon(() => {
            resolvedAt = time();
            poller.noteActivity();
            resolve();
          }),
        );
        delays.push(time() - resolvedAt);
      }
      over = true;
    })();
    await poller.run(() => over);
    await work;
    // Some turns of a spin may pass, but no wait.
    expect(Math.max(...delays)).toBeLessThan(MS);
  });

  it('does not turn at all when it is over', async () => {
    const { native, poller } = pollerWith();
    await poller.run(() => true);
    expect(native.polls).toStrictEqual([]);
  });

  it('looks every so often whether it is over, even when nothing happens', async () => {
    const { native, poller } = pollerWith();
    let looks = 0;
    await poller.run(() => ++looks > 5);
    expect(native.polls).toHaveLength(5);
    for (const { waitNs } of native.polls) expect(waitNs).toBeLessThanOrEqual(100 * MS);
  });
});
