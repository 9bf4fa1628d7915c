import { VirtualClock, VirtualTime } from '@pathgauge/testing';
import { milliseconds } from '@pathgauge/units';
import { watchProcessor } from './processor-use';

/** A second of a program that had taken 5 s and 7 s before, and takes so much in it. */
async function useOfSecond(userNs: number, systemNs: number) {
  const time = new VirtualTime();
  let taken = { userNs: 5e9, systemNs: 7e9 };
  const end = watchProcessor({ clock: new VirtualClock(time), processorTime: () => taken });
  await time.advance(milliseconds(1000));
  taken = { userNs: taken.userNs + userNs, systemNs: taken.systemNs + systemNs };
  return end();
}

describe('the processor that a program takes', () => {
  it.each([
    [
      'is in percent of the time, told apart by who takes it',
      2e8,
      5e7,
      { percent: 25, userPercent: 20, systemPercent: 5 },
    ],
    [
      'is more than all of one where threads share several',
      15e8,
      1e8,
      { percent: 160, userPercent: 150, systemPercent: 10 },
    ],
    ['is none where it only waits', 0, 0, { percent: 0, userPercent: 0, systemPercent: 0 }],
  ])('%s', async (_, userNs, systemNs, expected) => {
    expect(await useOfSecond(userNs, systemNs)).toStrictEqual(expected);
  });

  it('is not known of no time', () => {
    const clock = new VirtualClock(new VirtualTime());
    expect(watchProcessor({ clock, processorTime: () => ({ userNs: 0, systemNs: 0 }) })()).toBeUndefined();
  });
});
