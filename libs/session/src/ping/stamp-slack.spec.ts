import type { OneWayDelay, UserStamp } from '@pathgauge/result';
import { StampSlack } from './stamp-slack';

const owd: OneWayDelay = {
  basis: 'same-clock',
  up: undefined,
  down: undefined,
  uncertaintyNs: { low: -300, high: 700 },
  intervalNs: { up: { low: -300, high: 700 }, down: { low: -700, high: 300 } },
  clock: { offsetNs: 0, offsetLowNs: -700, offsetHighNs: 300, skewPpm: 0, skewLowPpm: 0, skewHighPpm: 0, steps: 0 },
};

/** Ten probes, 40 us up and 30 us down, of which those from `first` on have these stamps by a program. */
const widened = (stamps: readonly UserStamp[], first = 0, pauseNs = 20e6): OneWayDelay => {
  const slack = new StampSlack();
  for (let i = 0; i < 10; i++) slack.record(i, i < first ? [] : stamps);
  for (let i = 0; i < 10; i++) slack.settle(i, 40_000 + i, 30_000 + i);
  return slack.widen(owd, pauseNs) as OneWayDelay;
};

describe('StampSlack', () => {
  it('leaves delays alone whose stamps the kernels took', () => {
    expect(widened([])).toStrictEqual(owd);
  });

  it.each<[string, UserStamp[], number, Partial<OneWayDelay>]>([
    [
      'T1 by this program',
      ['sent'],
      5,
      {
        uncertaintyNs: { low: -40_009, high: 700 },
        intervalNs: { up: { low: -40_009, high: 700 }, down: { low: -700, high: 300 } },
      },
    ],
    [
      'T4 by this program',
      ['received'],
      5,
      {
        uncertaintyNs: { low: -300, high: 30_009 },
        intervalNs: { up: { low: -300, high: 700 }, down: { low: -30_009, high: 300 } },
      },
    ],
    [
      'some T3 by the program of a server whose kernel stamps',
      ['replied'],
      5,
      {
        uncertaintyNs: { low: -300, high: 30_009 },
        intervalNs: { up: { low: -300, high: 700 }, down: { low: -30_009, high: 300 } },
      },
    ],
    [
      'all T3 by the program of a server: then T2 too, for all that is known',
      ['replied'],
      0,
      {
        uncertaintyNs: { low: -40_009, high: 30_009 },
        intervalNs: { up: { low: -40_009, high: 700 }, down: { low: -30_009, high: 300 } },
      },
    ],
  ])('reaches down to 0 with %s', (_, stamps, first, expected) => {
    expect(widened(stamps, first)).toStrictEqual({ ...owd, ...expected });
  });

  it('takes off no more than this program ever paused, which says nothing of the server', () => {
    const own = widened(['sent', 'received'], 0, 5_000);
    expect(own.intervalNs).toStrictEqual({ up: { low: -5_300, high: 700 }, down: { low: -5_700, high: 300 } });
    expect(widened(['replied'], 0, 5_000).intervalNs).toStrictEqual(widened(['replied']).intervalNs);
  });

  it('leaves an interval alone that reaches below 0 anyhow', () => {
    const wide = { ...owd, uncertaintyNs: { low: -90_000, high: 80_000 } };
    const slack = new StampSlack();
    slack.record(0, ['sent', 'replied', 'received']);
    slack.settle(0, 40_000, 30_000);
    expect(slack.widen(wide, 20e6)?.uncertaintyNs).toStrictEqual(wide.uncertaintyNs);
  });

  it('holds for every value: what it is less its interval is not above 0', () => {
    const { up, down } = widened(['sent', 'replied', 'received']).intervalNs;
    for (let i = 0; i < 10; i++) {
      expect(40_000 + i + up.low).toBeLessThanOrEqual(0);
      expect(30_000 + i + down.low).toBeLessThanOrEqual(0);
    }
  });

  it('asks nothing of probes without one-way delays', () => {
    const slack = new StampSlack();
    slack.record(0, ['sent']);
    slack.settle(0, undefined, undefined);
    slack.settle(1, 5, 5);
    expect(slack.widen(owd, 20e6)).toStrictEqual(owd);
    expect(slack.widen(undefined, 0)).toBeUndefined();
  });
});
