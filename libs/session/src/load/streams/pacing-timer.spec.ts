import type { Timer } from '@pathgauge/transport';
import { milliseconds } from '@pathgauge/units';
import { pacingTimer } from './pacing-timer';

describe('the timer of a load', () => {
  it.each([
    ['of a schedule is exact', milliseconds(20), 'exact'],
    ['of one message a second is exact', milliseconds(1000), 'exact'],
    ['of a rate is coarse', milliseconds(19), 'coarse'],
    ['that is as fast as it goes is coarse', undefined, 'coarse'],
  ])('%s', (_, spacing, expected) => {
    const named = (name: string) => (): Timer => ({ name }) as unknown as Timer;
    expect(pacingTimer({ timer: named('exact'), coarseTimer: named('coarse') }, spacing)).toStrictEqual({
      name: expected,
    });
  });
});
