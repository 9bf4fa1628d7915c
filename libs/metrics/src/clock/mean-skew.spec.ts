import { MeanSkew } from './mean-skew';

const skew = (ratio: number, low: number, high: number) => ({ ratio, low, high });

describe('MeanSkew', () => {
  it('is the mean over the time that each was seen', () => {
    const mean = new MeanSkew();
    mean.add(skew(10, 8, 14), 3, false);
    mean.add(skew(14, 10, 18), 1, false);
    // (3 x 10 + 14) / 4, and so on.
    expect(mean.mean()).toStrictEqual(skew(11, 8.5, 15));
  });

  it('is not told of parts that cannot have one in common', () => {
    const mean = new MeanSkew();
    mean.add(skew(10, 8, 12), 1, false);
    expect(mean.mean()).toBeDefined();
    mean.add(skew(14, 12.5, 16), 1, false);
    expect(mean.mean()).toBeUndefined();
  });

  it('is not told where the clocks changed their pace', () => {
    const mean = new MeanSkew();
    mean.add(skew(10, 8, 12), 1, true);
    expect(mean.mean()).toBeUndefined();
  });

  it.each([
    [9, 1, true],
    [8, 2, false],
    [0, 1, false],
  ])('known for %d and not for %d of the time: %p', (known, unknown, isTold) => {
    const mean = new MeanSkew();
    if (known > 0) mean.add(skew(10, 8, 12), known, false);
    mean.add(undefined, unknown, false);
    expect(mean.mean() !== undefined).toBe(isTold);
  });

  it('goes on apart from a copy', () => {
    const mean = new MeanSkew();
    mean.add(skew(10, 8, 12), 1, false);
    mean.copy().add(skew(10, 8, 12), 1, true);
    expect(mean.copy().mean()).toStrictEqual(skew(10, 8, 12));
  });
});
