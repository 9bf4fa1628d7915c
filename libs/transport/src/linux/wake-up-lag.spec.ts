import fc from 'fast-check';
import { WakeUpLag } from './wake-up-lag';

const lagAfter = (lates: readonly number[]): number => {
  const lag = new WakeUpLag();
  for (const late of lates) lag.learn(late);
  return lag.ns;
};

describe('WakeUpLag', () => {
  it.each([
    ['nothing is known yet', [], 100_000],
    ['once', [30_000], 30_000],
    ['a few times: the worst counts', [30_000, 60_000, 20_000], 60_000],
    ['many times: the two worst of sixteen do not count', [...Array(14).fill(30_000), 950_000, 900_000], 30_000],
    ['three times of sixteen', [...Array(13).fill(30_000), 950_000, 900_000, 850_000], 850_000],
    ['by more than a millisecond', [5_000_000], 1_000_000],
    ['long ago', [...Array(16).fill(900_000), ...Array(16).fill(10_000)], 10_000],
  ])('is what the system was late: %s', (_, lates, expected) => {
    expect(lagAfter(lates)).toBe(expected);
  });

  it('lets all but two of the latest sixteen come in time, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { minLength: 16, maxLength: 60 }), (lates) => {
        const lag = lagAfter(lates);
        expect(lates.slice(-16).filter((late) => late > lag).length).toBeLessThanOrEqual(2);
      }),
    );
  });
});
