import type { OneWayDelay, ServerEvent, SessionEvent } from '@pathgauge/result';
import type { VirtualTime } from '@pathgauge/testing';
import { milliseconds, type Span, seconds } from '@pathgauge/units';
import { rateUp, runLoad, type Scheduler, serverResult, totalsOf } from '../../test/load-scene';
import { PLAIN_SOCKETS } from './plan/socket-plan';

const ms = milliseconds;

describe('a TCP load', () => {
  it.each(['up', 'down'] as const)(
    '%s is measured at its receiving end, and both ends say the same',
    async (direction) => {
      const { events, result, served } = await runLoad(
        { directions: [direction] },
        { clock: { aheadNs: 7_000_000_123 } },
      );
      expect(events[0]).toMatchObject({ type: 'start', runner: 'tcp-client', peer: { protocol: 'pathgauge' } });
      expect(result).toMatchObject({ complete: true, reason: undefined, kind: 'load', datagrams: undefined });
      // One record each 100 ms for 2 s; every one comes in.
      expect(result.throughput?.[direction]).toMatchObject({ bytes: 20_000, messages: 20 });
      expect(result.streams?.[0]).toMatchObject({ direction, sent: { bytes: 20_000, messages: 20 }, jitterNs: 0 });
      expect(result.jitter).toMatchObject({ [`${direction}Ns`]: 0 });
      // The sum of both ways is 4 ms: half of it is assumed for each, and the interval holds the true delay.
      expect(result.owd).toMatchObject({ basis: 'bounds', [direction]: { count: 20, minNs: 2e6, maxNs: 2e6 } });
      // At either end of the run the clocks may have drifted a little more than the exchanges rule out.
      const { low, high } = (result.owd as OneWayDelay).uncertaintyNs;
      expect([low <= -2e6, low > -2.02e6, high >= 2e6, high < 2.02e6]).toStrictEqual([true, true, true, true]);
      // While the load runs there is no interval to tell a delay with: without a clock that is trusted it would be a guess.
      expect(result.intervals?.every(({ owdMeanNs }) => owdMeanNs === undefined)).toBe(true);
      const other = serverResult(served);
      for (const key of ['throughput', 'jitter', 'owd'] as const) expect(other[key]).toStrictEqual(result[key]);
      expect(totalsOf(served)).toMatchObject({ tests: 1, connectionsIgnored: 0 });
    },
  );

  it('reports intervals that add up to the whole, at both ends', async () => {
    const { events, served } = await runLoad();
    const bytes = (all: readonly SessionEvent[]) =>
      all.reduce((sum, event) => (event.type === 'interval' ? sum + event.interval.bytes : sum), 0);
    expect(bytes(events)).toBe(20_000);
    expect(bytes(served.flatMap((event) => (event.type === 'client' ? [event.event] : [])))).toBe(20_000);
  });

  it('as fast as it goes ends with its time; what was sent was received', async () => {
    const { result } = await runLoad({ spacing: undefined, length: 131_072, duration: ms(200) });
    expect(result.complete).toBe(true);
    const { bytes, messages } = rateUp(result);
    expect(bytes).toBe(messages * 131_072);
    expect(result.streams?.[0]?.sent).toMatchObject({ bytes, messages });
    // 512 KiB each 3 ms.
    expect(messages).toBeGreaterThan(4 * 60);
  });

  it('is measured up to an interruption', async () => {
    const { result, served } = await runLoad(
      {},
      { meanwhile: ({ time, abortClient }) => time.schedule(ms(1050), abortClient) },
    );
    expect(result).toMatchObject({ complete: false, reason: 'interrupted' });
    const { messages } = rateUp(result);
    expect(messages).toBeGreaterThanOrEqual(9);
    expect(messages).toBeLessThanOrEqual(11);
    expect(result.streams?.[0]?.sent?.messages).toBe(messages);
    expect(serverResult(served).throughput?.up).toMatchObject({ messages });
  });

  it('is cut short when the server stops; what was sent is still told', async () => {
    const { result, served } = await runLoad(
      {},
      { meanwhile: ({ time, abortServer }) => time.schedule(ms(1050), abortServer) },
    );
    expect(result.complete).toBe(false);
    expect(result.reason).toMatch(/server/);
    expect(result.streams?.[0]).toMatchObject({ bytes: undefined, sent: { messages: expect.any(Number) } });
    expect(serverResult(served)).toMatchObject({ complete: false, reason: 'the server was stopped' });
  });

  it('cannot begin where the server cannot send as is asked, nor where this end cannot', async () => {
    const uncut = { protocol: 'udp', sockets: { ...PLAIN_SOCKETS, dontFragment: true } } as const;
    await expect(runLoad({ ...uncut, directions: ['down'] })).rejects.toMatchObject({
      code: 'setting-refused',
      message: expect.stringMatching(/: the server could not send datagrams that must not be cut into fragments$/),
    });
    await expect(runLoad(uncut)).rejects.toMatchObject({
      code: 'ENOSYS',
      message: /^dontFragment needs the linux transport/,
    });
  });

  it('cannot begin where nobody listens, or where something else does', async () => {
    await expect(runLoad({ port: 9 })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(runLoad({ host: 'nowhere' })).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('a UDP load', () => {
  const udp = { protocol: 'udp', length: 100 } as const;

  it('counts what is lost, doubled and overtaken, exactly', async () => {
    // 20 datagrams: number 3 and the last are lost, number 5 comes twice, number 7 after number 8.
    const fates: Readonly<Record<number, readonly Span[]>> = { 3: [], 5: [ms(3), ms(4)], 7: [ms(150)], 19: [] };
    const { result, served } = await runLoad(udp, { fate: (data) => fates[data] ?? [ms(3)] });
    expect(result).toMatchObject({
      complete: true,
      datagrams: { sent: 20, received: 18, lost: 2, lostUp: 2, duplicates: 1, reordered: 1, lossRatio: 0.1 },
      throughput: { up: { bytes: 1800, messages: 18 } },
    });
    expect(serverResult(served).datagrams).toStrictEqual(result.datagrams);
  });

  it('in reverse is counted at the client', async () => {
    const { result } = await runLoad(
      { ...udp, directions: ['down'] },
      { fate: (data) => (data % 4 === 0 ? [] : [ms(1)]) },
    );
    expect(result).toMatchObject({
      complete: true,
      datagrams: { sent: 20, received: 15, lost: 5, lostUp: undefined, lostDown: 5 },
      throughput: { down: { messages: 15 } },
    });
  });

  it('of which nothing arrives has no throughput, and all is lost', async () => {
    const { result } = await runLoad(udp, { fate: () => [] });
    expect(result.datagrams).toMatchObject({ sent: 20, received: 0, lost: 20, lossRatio: 1 });
    expect(result.throughput).toBeUndefined();
    expect(result.streams).toMatchObject([{ bytes: 0, messages: 0 }]);
  });
});

describe('a load of many streams', () => {
  const streamOf = (event: SessionEvent): [number | undefined, string] | undefined =>
    event.type === 'interval' ? [event.interval.stream, event.interval.direction] : undefined;
  const served = (events: readonly ServerEvent[]): readonly SessionEvent[] =>
    events.flatMap((event) => (event.type === 'client' ? [event.event] : []));
  const both = { directions: ['up', 'down'], parallel: 2, length: 200 } as const;

  it.each(['tcp', 'udp'] as const)(
    'over %s, both ways: each stream is told, and they add up at both ends',
    async (protocol) => {
      const { events, result, served: server } = await runLoad({ ...both, protocol });
      expect(result).toMatchObject({
        complete: true,
        notices: [],
        throughput: { up: { bytes: 8000 }, down: { bytes: 8000 } },
      });
      expect(result.streams?.map(({ id, direction, bytes }) => [id, direction, bytes])).toStrictEqual([
        [1, 'up', 4000],
        [3, 'up', 4000],
        [4, 'down', 4000],
        [5, 'down', 4000],
      ]);
      expect(serverResult(server).streams).toStrictEqual(result.streams);
      for (const told of [events, served(server)]) {
        const intervals = told.flatMap((event) => (event.type === 'interval' ? [event.interval] : []));
        // What the receiving end has seen is told at both.
        expect(new Set(intervals.map(({ measuredAt }) => measuredAt))).toStrictEqual(new Set(['receiver']));
        for (const [id, direction] of [
          [1, 'up'],
          [3, 'up'],
          [4, 'down'],
          [5, 'down'],
        ] as const) {
          const own = intervals.filter((each) => each.stream === id && each.direction === direction);
          expect([own.length, own.reduce((sum, { bytes }) => sum + bytes, 0)]).toStrictEqual([2, 4000]);
        }
        const sums = intervals.filter(({ stream }) => stream === undefined);
        expect(sums.map(({ direction, bytes }) => [direction, bytes]).sort()).toStrictEqual(
          result.intervals
            ?.filter(({ stream }) => stream === undefined)
            .map(({ direction, bytes }) => [direction, bytes])
            .sort(),
        );
      }
      expect(streamOf(events.find(({ type }) => type === 'interval') as SessionEvent)?.[0]).toBeDefined();
    },
  );

  it('of one direction are as many as may be', async () => {
    const { result } = await runLoad({ parallel: 128, length: 100, duration: ms(300) });
    expect(result).toMatchObject({ complete: true, throughput: { up: { bytes: 128 * 300, messages: 128 * 3 } } });
    expect(result.streams?.map(({ id }) => id)).toStrictEqual([1, ...Array.from({ length: 127 }, (_, i) => i + 3)]);
  });

  it.each([
    ['tcp', 'up'],
    ['tcp', 'down'],
    ['udp', 'up'],
    ['udp', 'down'],
  ] as const)('carry an amount to the byte, and end when it has come: %s %s', async (protocol, direction) => {
    const amount = { bytes: 12_345 };
    const { result, served: server } = await runLoad({
      ...{ protocol, directions: [direction], parallel: 3, length: 500, spacing: ms(20), amount, duration: undefined },
    });
    expect(result).toMatchObject({ complete: true, throughput: { [direction]: { bytes: 12_345 } } });
    expect(serverResult(server).throughput?.[direction]?.bytes).toBe(12_345);
    // 9 messages of a stream at the most, 20 ms apart.
    expect(result.durationNs).toBeLessThan(300e6);
  });

  it('both ways carry an amount each way', async () => {
    const { result } = await runLoad({ ...both, amount: { bytes: 5000 }, duration: undefined });
    expect(result.throughput).toMatchObject({ up: { bytes: 5000 }, down: { bytes: 5000 } });
  });

  it('tell what the server says of itself, to who asks', async () => {
    const { result } = await runLoad({ getServerOutput: true });
    expect(result.serverOutput).toStrictEqual({ text: 'tcp-server: 20000 bytes up', json: undefined });
    expect((await runLoad()).result.serverOutput).toBeUndefined();
  });

  it('tell what both programs took of their processors while it ran', async () => {
    const processorTime = (time: VirtualTime) => (address: string) => {
      const share = address === '10.0.0.1' ? 0.25 : 1.5;
      return { userNs: 7e9 + share * time.now(), systemNs: 5e9 + 0.5 * time.now() };
    };
    const { result, served: server } = await runLoad(
      {},
      { meanwhile: ({ network, time }) => (network.system.processorTime = processorTime(time)) },
    );
    const [client, other] = [result.cpu, serverResult(server).cpu];
    expect(client).toMatchObject({
      local: { percent: 75, userPercent: 25 },
      remote: { percent: 200, systemPercent: 50 },
    });
    expect(other).toMatchObject({ local: client?.remote, remote: client?.local });
  });
});

describe('a load that asks who may', () => {
  const refusalOfToken = (token: string | undefined) => (token === 'me' ? undefined : 'who are you');

  it('begins for who is known', async () => {
    const { result } = await runLoad({ authToken: () => 'me' }, { server: { refusalOfToken } });
    expect(result.complete).toBe(true);
  });

  it.each([
    ['somebody else', () => 'you'],
    ['nobody', undefined],
  ] as const)('does not for %s', async (_, authToken) => {
    await expect(runLoad({ authToken }, { server: { refusalOfToken } })).rejects.toMatchObject({
      code: 'EAUTH',
      message: expect.stringContaining('authentication failed'),
    });
  });
});

describe('a load whose own address', () => {
  const readdress =
    (...changes: readonly [atMs: number, ...addresses: string[]][]) =>
    ({ time, network }: Scheduler): void => {
      for (const [atMs, ...addresses] of changes)
        time.schedule(ms(atMs), () => network.readdress('10.0.0.1', ...addresses));
    };

  it.each(['tcp', 'udp'] as const)('goes ends soon, and says why: %s', async (protocol) => {
    const wanted = { protocol, duration: seconds(60) } as const;
    const { result } = await runLoad(wanted, { meanwhile: readdress([1_900, '10.0.0.7']) });
    expect(result).toMatchObject({
      complete: false,
      reason: 'the own address 10.0.0.1 is gone, and the connection with it',
    });
    expect(result.durationNs).toBeLessThan(4e9);
  });

  it('is only renewed goes on', async () => {
    const { result } = await runLoad({}, { meanwhile: readdress([700], [1_600, '10.0.0.1']) });
    expect(result).toMatchObject({ complete: true, reason: undefined });
  });
});

describe('clocks that are far apart', () => {
  // A host without a clock of its own is in 1970. 2^22 s and more are counted apart from the nanoseconds.
  it.each([
    [-54, 'up'],
    [-54, 'down'],
    [60, 'up'],
    [60, 'down'],
  ] as const)('lose no digit of a delay, and both ends say the same: %d years ahead, %s', async (years, direction) => {
    const aheadNs = years * 365 * 86_400 * 1e9;
    const fate = (data: number) => [((direction === 'down' ? 1e6 : 3e6) + data) as Span];
    const wanted = { protocol: 'udp', length: 100, directions: [direction] } as const;
    const { result, served } = await runLoad(wanted, { clock: { aheadNs }, fate });
    expect(result).toMatchObject({ complete: true, reason: undefined });
    // Each of the 20 takes a nanosecond longer than the one before.
    expect(result.queueing?.[direction]).toMatchObject({ count: 20, minNs: 0, medianNs: 9.5, maxNs: 19 });
    // RFC 3550: 19 differences of 1 ns: 1 - (15/16)^19.
    expect(result.streams?.[0]?.jitterNs).toBeCloseTo(1 - (15 / 16) ** 19, 9);
    expect(result.owd).toMatchObject({ basis: 'bounds', [direction]: { minNs: 2e6, maxNs: 2e6 + 19 } });
    const { offsetNs, offsetLowNs, offsetHighNs } = (result.owd as OneWayDelay).clock;
    expect(Math.abs(offsetNs - aheadNs)).toBeLessThan(2e6);
    expect([offsetLowNs < aheadNs - 0.9e6, offsetHighNs > aheadNs + 2.9e6]).toStrictEqual([true, true]);
    const other = serverResult(served);
    for (const key of ['queueing', 'jitter', 'datagrams'] as const) expect(other[key]).toStrictEqual(result[key]);
    expect(other.owd?.[direction]).toStrictEqual(result.owd?.[direction]);
  });
});
