import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { after, milliseconds } from '@pathgauge/units';
import { drained } from './drain';

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
