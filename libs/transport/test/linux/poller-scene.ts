import { instant } from '@pathgauge/units';
import { LinuxClock } from '../../src/linux/linux-clock';
import { Poller } from '../../src/linux/poller';
import type { Source } from '../../src/linux/source';
import { ScriptedNative } from './scripted-native';

export const US = 1_000;
export const MS = 1_000_000;
/** What one reading of the clock takes here. */
export const READING = 40;
export const MAX_WAIT = 50 * MS;

export function pollerWith({ spinNs = 0, latenessNs = 0 } = {}) {
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

export function sourceOf(fd: number, onReady: Source['onReady'] = () => {}, isRare = false) {
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
