import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { seconds } from '@pathgauge/units';
import { IgnoredCount, ignoredText } from './ignored-count';

const SOURCE = { address: '192.0.2.7', port: 5000 };

const setUp = () => {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const begun = time.now();
  const told: unknown[] = [];
  const count = new IgnoredCount(
    new VirtualTimer(time, clock),
    () => clock.now(),
    (counts, latest) => told.push([Math.round((time.now() - begun) / 1e9), counts, latest.port]),
  );
  return { time, count, told };
};

describe('IgnoredCount', () => {
  it('tells soon of the first, then once a minute at most, and only of what is new', async () => {
    const { time, count, told } = setUp();
    count.record('short', SOURCE);
    count.record('short', { ...SOURCE, port: 5001 });
    await time.advance(seconds(10));
    for (let i = 0; i < 100_000; i++) count.record('reply', { ...SOURCE, port: i % 65_536 });
    await time.advance(seconds(600));
    count.record('corrupt', SOURCE);
    await time.advance(seconds(600));
    expect(told).toStrictEqual([
      [1, { short: 2 }, 5001],
      [61, { short: 2, reply: 100_000 }, 99_999 % 65_536],
      [611, { short: 2, reply: 100_000, corrupt: 1 }, 5000],
    ]);
    expect(count.total).toBe(100_003);
  });

  it('tells nothing once it is cleared', async () => {
    const { time, count, told } = setUp();
    count.record('short', SOURCE);
    count.clear();
    await time.advance(seconds(600));
    expect(told).toStrictEqual([]);
    expect(count.snapshot()).toStrictEqual({ short: 1 });
  });
});

describe('ignoredText', () => {
  it('says how many for which reason, and where the latest came from', () => {
    const text = ignoredText({ short: 30, reply: 1 }, { address: '::1', port: 9 });
    expect(text).toMatch(/^datagrams ignored so far: 30 shorter than 38 bytes, .*; 1 replies, .* from \[::1\]:9$/);
  });
});
