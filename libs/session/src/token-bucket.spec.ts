import { instant } from '@pathgauge/units';
import { TokenBucket } from './token-bucket';

const at = (seconds: number) => instant(seconds * 1e9);

describe('TokenBucket', () => {
  it('lets a burst through, then what its rate allows', () => {
    const bucket = new TokenBucket(3, 2);
    expect([1, 1, 1, 1].map((second) => bucket.take(at(second)))).toStrictEqual([true, true, true, false]);
    // Two a second: one is there after half a second, none after a quarter more.
    expect([1.5, 1.75, 2].map((second) => bucket.take(at(second)))).toStrictEqual([true, false, true]);
  });

  it('saves no more than a burst', () => {
    const bucket = new TokenBucket(2, 1);
    bucket.take(at(0));
    expect([1000, 1000, 1000].map((second) => bucket.take(at(second)))).toStrictEqual([true, true, false]);
  });

  it('gives nothing for time that runs backwards', () => {
    const bucket = new TokenBucket(1, 1);
    expect([5, 4, 4.5].map((second) => bucket.take(at(second)))).toStrictEqual([true, false, false]);
  });
});
