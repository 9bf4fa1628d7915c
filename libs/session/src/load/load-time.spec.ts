import { milliseconds, seconds } from '@pathgauge/units';
import { runLoad, type Scene, serverResult } from '../../test/load-scene';

const ms = milliseconds;

describe('the time of a load', () => {
  const ways = [20, 150, 600];
  const cases = ways.flatMap((way) =>
    (['up', 'down'] as const).flatMap((direction) => [1, 10].map((time) => ({ way, direction, time }))),
  );

  // 250 bytes each millisecond: 2 Mbit/s, whatever the way there and back takes.
  it.each(cases)('is not that of the way: UDP, $way ms, $direction, $time s', async ({ way, time, direction }) => {
    const wanted = {
      directions: [direction],
      protocol: 'udp',
      length: 250,
      spacing: ms(1),
      duration: seconds(time),
    } as const;
    const { result, served, events } = await runLoad(wanted, { way: ms(way) });
    expect(result.complete).toBe(true);
    for (const each of [result, serverResult(served)]) {
      expect(each.throughput?.[direction]?.bitsPerSecond).toBeCloseTo(2e6, -1);
      expect(each.streams?.[0]?.sent?.bitsPerSecond).toBeCloseTo(2e6, -1);
    }
    const intervals = [...events, ...served.flatMap((event) => (event.type === 'client' ? [event.event] : []))].flatMap(
      (event) => (event.type === 'interval' ? [event.interval] : []),
    );
    expect(intervals).toHaveLength(2 * time);
    // One message more or less.
    for (const { bitsPerSecond } of intervals) expect(Math.abs((bitsPerSecond ?? 0) - 2e6)).toBeLessThanOrEqual(2000);
  });

  // A write is done when it has arrived here: one each way's time, so that the last one begins up to that late.
  it.each(cases)('is not that of the way: TCP, $way ms, $direction, $time s', async ({ way, time, direction }) => {
    const wanted = { directions: [direction], length: 250, spacing: ms(1), duration: seconds(time) };
    const { result, served } = await runLoad(wanted, { way: ms(way) });
    for (const each of [result, serverResult(served)]) {
      const stream = each.streams?.[0];
      expect([stream?.bytes, stream?.durationNs]).toStrictEqual([stream?.sent?.bytes, stream?.sent?.durationNs]);
      expect(stream?.durationNs).toBeGreaterThanOrEqual(time * 1e9);
      expect(stream?.durationNs).toBeLessThanOrEqual(time * 1e9 + way * 1e6);
    }
  });

  it.each(['up', 'down'] as const)('as fast as it goes is that of the sender: %s', async (direction) => {
    const wanted = { spacing: undefined, length: 131_072, duration: seconds(2), directions: [direction] };
    const { result } = await runLoad(wanted, { way: ms(150) });
    const stream = result.streams?.[0];
    expect(stream?.sent?.durationNs).toBeGreaterThanOrEqual(2e9);
    expect(stream?.sent?.durationNs).toBeLessThan(2.4e9);
    expect(stream?.bitsPerSecond).toBeGreaterThan(0.8 * (stream?.sent?.bitsPerSecond as number));
    expect(result.throughput?.[direction]?.bitsPerSecond).toBeLessThanOrEqual(stream?.sent?.bitsPerSecond as number);
  });

  it.each(['up', 'down'] as const)('is all that was asked for with a message a second, %s', async (direction) => {
    const wanted = {
      protocol: 'udp',
      length: 1024,
      spacing: seconds(1),
      duration: seconds(10),
      directions: [direction],
    } as const;
    const { result } = await runLoad(wanted, { way: ms(150) });
    // 10 x 1024 x 8 bits in 10 s.
    expect(result.throughput?.[direction]).toMatchObject({
      messages: 10,
      durationNs: 10e9,
      bitsPerSecond: 8192,
    });
  });

  it.each(['up', 'down'] as const)('holds what the path loses at either end, %s', async (direction) => {
    const wanted = {
      protocol: 'udp',
      length: 100,
      spacing: ms(100),
      duration: seconds(2),
      directions: [direction],
    } as const;
    // Of 20 only numbers 5 to 9 arrive.
    const { result, served } = await runLoad(wanted, {
      way: ms(150),
      fate: (data) => (data >= 5 && data < 10 ? [ms(150)] : []),
    });
    for (const each of [result, serverResult(served)]) {
      expect(each.throughput?.[direction]).toMatchObject({
        messages: 5,
        durationNs: 2e9,
        bitsPerSecond: 2000,
      });
    }
  });

  it('runs on while the path brings what it still holds', async () => {
    const wanted = { protocol: 'udp', length: 100, spacing: ms(100), duration: seconds(2) } as const;
    const { result } = await runLoad(wanted, { way: ms(10), fate: (data) => [data === 19 ? ms(210) : ms(10)] });
    // The last one leaves at 1.9 s and comes 200 ms later than the first.
    expect(result.throughput?.up?.durationNs).toBe(2.1e9);
  });

  it('ends where it was interrupted', async () => {
    const wanted = { protocol: 'udp', length: 250, spacing: ms(1), duration: seconds(10) } as const;
    const abort: Scene['meanwhile'] = ({ time, abortClient }) => time.schedule(ms(6_000), abortClient);
    const { result } = await runLoad(wanted, { way: ms(150), meanwhile: abort });
    expect(result.reason).toBe('interrupted');
    expect(result.streams?.[0]?.sent?.bitsPerSecond).toBeCloseTo(2e6, -4);
  });
});
