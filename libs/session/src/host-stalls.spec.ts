import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { instant, milliseconds, type Span, seconds } from '@pathgauge/units';
import { HostStalls, isShort, StallWatch } from './host-stalls';

const at = (ms: number) => instant(ms * 1e6);

describe('HostStalls', () => {
  it.each([
    ['on time', [[0, 0]], { count: 0, longestNs: 0 }],
    ['late by what scheduling costs', [[100, 119.9]], { count: 0, longestNs: 0 }],
    ['late', [[100, 150]], { count: 1, longestNs: 50e6 }],
    [
      'two stalls',
      [
        [100, 150],
        [200, 230],
      ],
      { count: 2, longestNs: 50e6 },
    ],
    // From 100 to 600 ms nothing ran: what else was due meanwhile is late for the same reason.
    [
      'one stall seen by three',
      [
        [300, 600],
        [100, 600.1],
        [500, 600.2],
      ],
      { count: 1, longestNs: 500.1e6 },
    ],
  ])('%s', (_, wakings, expected) => {
    const stalls = new HostStalls();
    for (const [due, now] of wakings as number[][]) stalls.observe(at(due as number), at(now as number));
    expect(stalls.snapshot()).toStrictEqual(expected);
  });
});

describe('StallWatch', () => {
  it('sees a stall while nothing else is due, and nothing once it has ended', async () => {
    const time = new VirtualTime();
    const network = new FakeNetwork(time);
    const host = network.host('10.0.0.1');
    const hold = (by: Span): void => network.clockOf('10.0.0.1')?.hold(by);
    const stalls = new HostStalls();
    const watch = new StallWatch(host, stalls);
    watch.begin();
    await time.advance(seconds(1));
    expect(stalls.snapshot().count).toBe(0);
    hold(milliseconds(500));
    await time.advance(seconds(1));
    expect(stalls.snapshot().count).toBe(1);
    expect(stalls.snapshot().longestNs).toBeGreaterThanOrEqual(450e6);
    expect(stalls.snapshot().longestNs).toBeLessThanOrEqual(500e6);
    watch.end();
    hold(seconds(5));
    await time.advance(seconds(1));
    expect(stalls.snapshot().count).toBe(1);
  });
});

describe('StallWatch at the end of a run', () => {
  it.each([
    ['sees a stall that the end falls into', 500, 1],
    ['makes no stall of its own beat', 15, 0],
  ])('%s', async (_, heldMs, count) => {
    const time = new VirtualTime();
    const network = new FakeNetwork(time);
    const host = network.host('10.0.0.1');
    const stalls = new HostStalls();
    const watch = new StallWatch(host, stalls);
    watch.begin();
    await time.advance(seconds(1));
    network.clockOf('10.0.0.1')?.hold(seconds(10));
    await time.advance(milliseconds(heldMs));
    watch.end();
    watch.end();
    expect(stalls.snapshot().count).toBe(count);
  });
});

describe('a run', () => {
  const stalled = { count: 1, longestNs: 30e6 };
  const never = { count: 0, longestNs: 0 };
  it.each([
    ['of which all was sent', 0, 0, stalled, false],
    ['whose host was held up', 12, 0, stalled, true],
    ['whose host now and then woke too late', 2, 0, never, false],
    ['whose system refused', 0, 1, never, true],
    ['of whose stalls nothing is told', 5, 0, undefined, false],
  ])('%s', (_, heldUp, refused, stalls, expected) => {
    expect(isShort(heldUp, refused, stalls)).toBe(expected);
  });
});
