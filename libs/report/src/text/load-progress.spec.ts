import type { Interval, LoadSettings } from '@pathgauge/result';
import { intervalOf } from '../../test/measured';
import { LOAD_START } from '../../test/nothing-measured';
import { LoadProgress } from './load-progress';
import { PLAIN, styleFor } from './style';

const progressOf = (settings: Partial<LoadSettings>): LoadProgress =>
  new LoadProgress({ ...LOAD_START, settings: { ...LOAD_START.settings, ...settings } });
const UDP = { protocol: 'udp' } as const;

describe('the live line of a load', () => {
  const live = (progress: LoadProgress, interval: Partial<Interval>): string | undefined =>
    progress.live(intervalOf(interval))[0];

  it('has what was lost so far, as the receiver tells', () => {
    const progress = progressOf(UDP);
    expect(live(progress, { lost: 0, messages: 90 })).toMatch(/8\.39 Mbit\/s$/);
    expect(live(progress, { lost: 10, messages: 0 })).toMatch(/8\.39 Mbit\/s, lost 10 %$/);
    expect(live(progressOf(UDP), { measuredAt: 'sender', lost: undefined })).not.toContain('lost');
  });

  it('has the rates of both directions, of all streams together', () => {
    const progress = progressOf({ direction: 'both', parallel: 2 });
    expect(live(progress, { direction: 'up', bitsPerSecond: 1e6 })).toContain('up 1.00 Mbit/s, down -');
    live(progress, { direction: 'down', bitsPerSecond: 5e6, stream: 4 });
    expect(live(progress, { direction: 'down', bitsPerSecond: 2e6 })).toContain('up 1.00 Mbit/s, down 2.00 Mbit/s');
  });

  it('has no bar where nobody knows how long it takes', () => {
    expect(live(progressOf({ durationNs: undefined }), {})).toBeUndefined();
    expect(live(progressOf({ bytes: 1000 }), {})).toBeUndefined();
  });
});

it('sums stand out among streams', () => {
  const coloured = styleFor(true, undefined);
  const [alone, several] = [progressOf({}), progressOf({ parallel: 2 })];
  const plain = (progress: LoadProgress, stream?: number) =>
    progress.line(intervalOf({ stream }), coloured) === progress.line(intervalOf({ stream }), PLAIN);
  expect([plain(alone), plain(several, 1), plain(several)]).toStrictEqual([true, true, false]);
});
