import { instant } from '@pathgauge/units';
import { MAX_WAIT, MS, pollerWith, READING, sourceOf, US } from '../../test/linux/poller-scene';
import type { Source } from './source';

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
