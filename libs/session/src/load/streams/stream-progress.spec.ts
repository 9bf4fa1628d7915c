import { instant } from '@pathgauge/units';
import fc from 'fast-check';
import { type Progress, progressOf, StreamProgress } from './stream-progress';

const shown = ({ bytes, lastArrival, isComplete }: Progress) => ({ bytes, lastArrival, isComplete });

describe('StreamProgress', () => {
  it('begins with nothing known', () => {
    expect(shown(new StreamProgress())).toStrictEqual({ bytes: 0, lastArrival: undefined, isComplete: undefined });
  });

  it('is read by whoever has its memory, without a message', () => {
    const written = new StreamProgress();
    // A message shares the memory instead of copying it.
    const read = new StreamProgress(structuredClone({ buffer: written.buffer }).buffer);
    written.arrived(1500, instant(3e9));
    written.setComplete(false);
    expect(shown(read)).toStrictEqual({ bytes: 1500, lastArrival: 3e9, isComplete: false });
    written.arrived(2e15, instant(4e9 + 0.5));
    written.setComplete(true);
    expect(shown(read)).toStrictEqual({ bytes: 2e15, lastArrival: 4e9 + 0.5, isComplete: true });
  });

  it('begins to count anew, and keeps when something came', () => {
    const progress = new StreamProgress();
    progress.arrived(700, instant(3e9));
    progress.restart();
    expect(shown(progress)).toStrictEqual({ bytes: 0, lastArrival: 3e9, isComplete: undefined });
  });

  it('has no arrival at the end that sends', () => {
    const progress = new StreamProgress();
    progress.sent(700);
    expect(shown(progress)).toStrictEqual({ bytes: 700, lastArrival: undefined, isComplete: undefined });
  });
});

describe('progressOf', () => {
  const of = (bytes: number, lastArrival: number | undefined, isComplete: boolean | undefined): Progress => ({
    bytes,
    lastArrival: lastArrival === undefined ? undefined : instant(lastArrival),
    isComplete,
  });

  it.each([
    ['no stream', [], of(0, undefined, undefined)],
    ['one', [of(5, 7, false)], of(5, 7, false)],
    ['two that are under way', [of(5, 7, false), of(6, 3, false)], of(11, 7, false)],
    ['two of which one is complete', [of(5, 7, true), of(6, 3, false)], of(11, 7, false)],
    ['two complete ones', [of(5, 7, true), of(6, undefined, true)], of(11, 7, true)],
    ['some that do not know', [of(5, 7, undefined), of(6, 9, undefined)], of(11, 9, undefined)],
    ['one that does not know', [of(5, 7, true), of(6, 9, undefined)], of(11, 9, undefined)],
  ])('of %s', (_, streams, expected) => {
    expect(progressOf(streams)).toStrictEqual(expected);
  });

  it('is the same in whatever order, and of groups as of all', () => {
    const anyProgress = fc
      .tuple(fc.nat(1e6), fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined }), fc.boolean())
      .map(([bytes, last, isComplete]) => of(bytes, last, isComplete));
    fc.assert(
      fc.property(fc.array(anyProgress, { minLength: 2 }), fc.nat(), (streams, cut) => {
        const at = 1 + (cut % (streams.length - 1));
        const all = progressOf(streams);
        expect(progressOf([...streams].reverse())).toStrictEqual(all);
        expect(progressOf([progressOf(streams.slice(0, at)), progressOf(streams.slice(at))])).toStrictEqual(all);
      }),
    );
  });
});
