import { instant } from '@pathgauge/units';

import { MAX_WAIT, MS, pollerWith, READING, sourceOf, US } from '../../test/linux/poller-scene';

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
