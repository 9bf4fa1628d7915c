import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { after, milliseconds } from '@pathgauge/units';
import { arrivedOf, drained } from './drain';

const ms = milliseconds;
const STEP = (): ReturnType<typeof ms> => ms(250);

/** How long streams are listened to, in milliseconds. */
async function drainedMs(
  isComplete: (nowMs: number) => boolean | undefined,
  lastArrivalMs: (nowMs: number) => number | undefined,
  hasWaited = true,
): Promise<number> {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const timers = { clock, coarseTimer: () => new VirtualTimer(time, clock) };
  const begin = time.now();
  const nowMs = (): number => (time.now() - begin) / 1e6;
  const progress = () => {
    const last = lastArrivalMs(nowMs());
    return { isComplete: isComplete(nowMs()), lastArrival: last === undefined ? undefined : after(begin, ms(last)) };
  };
  await time.settle(drained(progress, timers, STEP, hasWaited));
  return nowMs();
}

const never = (): boolean => false;

describe('drained', () => {
  it.each<[string, Parameters<typeof drainedMs>, number]>([
    ['does not wait where this end sends, or all has come', [() => true, () => undefined], 0],
    ['does not wait so either where nobody has waited yet', [() => true, () => undefined, false], 0],
    ['does not wait where nobody can tell, and the other end has waited', [() => undefined, (now) => now], 0],
    ['waits once where nobody can tell, whatever comes', [() => undefined, (now) => now, false], 250],
    ['waits once for a last record, and no longer when nothing comes', [never, () => undefined], 250],
    ['counts from its beginning, not from what came before', [never, () => -100, false], 250],
    ['waits on behind what came meanwhile', [never, (now) => Math.min(now, 100)], 350],
    ['waits until the last record has come, and not longer', [(now) => now >= 600, (now) => now], 600],
    ['waits as long as something comes', [never, (now) => Math.min(now, 900)], 1150],
    ['does not listen for ever to a peer that never stops', [never, (now) => now], 10_000],
  ])('%s', async (_, given, expected) => {
    expect(await drainedMs(...given)).toBe(expected);
  });
});

describe('what has arrived of a client', () => {
  const LAST = after(new VirtualTime().now(), ms(5));
  const streams = (isComplete: boolean | undefined, bytes: number) => ({
    progress: { isComplete, lastArrival: LAST },
    progressOf: () => ({ bytes }),
  });

  it.each<[boolean | undefined, number, ('up' | 'down')[], number | undefined, boolean | undefined]>([
    // A plain client knows no last record: its amount tells.
    [undefined, 99, ['up'], 100, false],
    [undefined, 100, ['up'], 100, true],
    [undefined, 99, ['up', 'down'], 100, false],
    [undefined, 99, ['up'], undefined, undefined],
    [undefined, 0, ['down'], 100, undefined],
    // Records know.
    [false, 100, ['up'], 100, false],
    [true, 99, ['up'], 100, true],
  ])('is complete by its records (%p) or by %i bytes going %p of %p: %p', (known, bytes, directions, of, expected) => {
    const amount = of === undefined ? undefined : { bytes: of };
    expect(arrivedOf(streams(known, bytes), { amount, directions })).toStrictEqual({
      isComplete: expected,
      lastArrival: LAST,
    });
  });
});
