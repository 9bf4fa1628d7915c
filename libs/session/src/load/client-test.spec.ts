import { type JsonObject, STATE } from '@pathgauge/protocol';
import type { InterimEvent, SessionEvent } from '@pathgauge/result';
import { collect, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { milliseconds } from '@pathgauge/units';
import { begin, end, type PlainTest, plainServer, resultsOf, say, until } from '../../test/plain-server';
import { usualLoad } from '../../test/usual-load';
import { load } from './load';
import type { LoadOptions } from './plan/load-options';

const SERVER = { address: '10.0.0.2', port: 5201 };
const ms = milliseconds;

const OPTIONS = usualLoad(SERVER.address, SERVER.port);

interface Scene {
  readonly options?: Partial<LoadOptions>;
  /** When the user interrupts the run, or asks for the figures so far. */
  readonly interruptAtMs?: number;
  readonly askAtMs?: number;
}

/** A client against a plain iperf3 server that goes on like this; a millisecond each way. */
async function run(goOn: (test: PlainTest) => Promise<void>, { options, interruptAtMs, askAtMs }: Scene = {}) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const abort = new AbortController();
  let ring = (): void => {};
  const bell = {
    onRing(handler: () => void) {
      ring = handler;
      return () => void (ring = () => {});
    },
  };
  await plainServer(network, SERVER, goOn);
  if (interruptAtMs !== undefined) time.schedule(ms(interruptAtMs), () => abort.abort());
  if (askAtMs !== undefined) time.schedule(ms(askAtMs), () => ring());
  const begun = time.now();
  const events: SessionEvent[] = await time.settle(
    collect(load({ ...OPTIONS, ...options }, network.host('10.0.0.1'), abort.signal, bell)),
  );
  const passedMs = (time.now() - begun) / 1e6;
  // The last word is still under way.
  await time.advance(ms(5));
  return { events, result: resultOf(events), passedMs };
}

function resultOf(events: readonly SessionEvent[]) {
  const last = events.at(-1);
  if (last?.type !== 'summary' || last.result.kind !== 'load') throw new Error('a load ends with its summary');
  return last.result;
}

const noticesOf = (events: readonly SessionEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));

/** Until the client leaves. */
const listen = async ({ channel }: PlainTest): Promise<never> => {
  for (;;) await channel.state();
};

describe('a client of a plain iperf3 server', () => {
  it('runs the test in its words, and tells what both ends counted', async () => {
    let told: JsonObject | undefined;
    const { events, result } = await run(async (test) => {
      expect(test.parameters).toMatchObject({ tcp: true, time: 2, parallel: 1, len: 1000, bandwidth: 80_000 });
      await begin(test);
      told = await end(test, resultsOf(20_000, 2));
      expect(test.received()).toBe(20_000);
    });
    expect(events[0]).toMatchObject({
      type: 'start',
      runner: 'tcp-client',
      kind: 'load',
      peer: { ...SERVER, protocol: 'iperf3' },
      settings: { lengthBytes: 1000, intervalNs: 100e6, durationNs: 2e9, bitsPerSecond: 80_000, direction: 'up' },
    });
    expect(told).toMatchObject({ streams: [{ id: 1, bytes: 20_000, end_time: 2 }] });
    expect(result).toMatchObject({
      complete: true,
      reason: undefined,
      error: undefined,
      notices: [],
      peer: { protocol: 'iperf3' },
      durationNs: 2e9,
      throughput: { up: { bytes: 20_000, bitsPerSecond: 80_000 }, down: undefined },
      streams: [{ id: 1, direction: 'up', bytes: 20_000, sent: { bytes: 20_000, messages: undefined } }],
      owd: undefined,
    });
  });

  it('asks a busy server again where its user waits, and then runs the test', async () => {
    let asked = 0;
    const { events, result, passedMs } = await run(
      async (test) => {
        if (++asked < 3) {
          test.channel.sendState(STATE.accessDenied);
          test.channel.stream.end();
          return;
        }
        await begin(test);
        await end(test, resultsOf(20_000, 2));
      },
      { options: { waitBusy: ms(5000) } },
    );
    expect(result).toMatchObject({ complete: true, notices: [{ code: 'server-busy', count: 2 }] });
    expect(events.slice(0, 2)).toMatchObject([{ type: 'notice', code: 'server-busy' }, { type: 'start' }]);
    expect(events.filter(({ type }) => type === 'notice' || type === 'start')).toHaveLength(2);
    // Twice half a second, and the test.
    expect(passedMs).toBeGreaterThan(3000);
    expect(passedMs).toBeLessThan(3300);
  });

  it('notes figures that contradict its own, and leaves them out', async () => {
    const { events, result } = await run(async (test) => {
      await begin(test);
      await end(test, resultsOf(1e9, 2));
    });
    const message =
      "the figures of 10.0.0.2:5201 contradict each other or this end's: bytes said to be received 1000000000, sent 20000";
    expect(noticesOf(events)).toStrictEqual([message]);
    expect(result).toMatchObject({
      complete: false,
      reason: message,
      error: { code: 'peer-figures' },
      throughput: undefined,
      streams: [{ bytes: undefined, sent: { bytes: 20_000 } }],
    });
  });

  it('tells the figures so far when its user asks', async () => {
    const { events } = await run(
      async (test) => {
        await begin(test);
        await end(test, resultsOf(20_000, 2));
      },
      { askAtMs: 1000 },
    );
    const interim = events.find(({ type }) => type === 'interim') as InterimEvent & { of: 'load' };
    expect(interim).toMatchObject({ of: 'load', directions: [{ direction: 'up', measuredAt: 'sender' }] });
    const bytes = interim.directions[0]?.bytes;
    // The first words take eleven milliseconds or so: by then nine records or ten have left.
    expect(bytes).toBeGreaterThanOrEqual(9000);
    expect(bytes).toBeLessThanOrEqual(10_000);
  });
});

describe('a test that cannot begin', () => {
  const words = (code: number): Uint8Array => Uint8Array.of(0, 0, 0, code, 0, 0, 0, 0);

  it.each<[string, (test: PlainTest) => Promise<void>, object]>([
    [
      'the server is busy',
      async ({ channel }) => channel.sendState(STATE.accessDenied),
      { code: 'EBUSY', message: /busy or refused the test/ },
    ],
    [
      'the server does not serve it',
      async ({ channel }) => channel.sendState(STATE.serverError, words(6)),
      { code: 'EREFUSED', message: /fewer parallel streams/ },
    ],
    [
      'the server hangs up',
      async ({ channel }) => channel.stream.end(),
      { code: 'ECONNRESET', message: /closed the connection/ },
    ],
    [
      'the server has it open a stream and says nothing more',
      async (test) => {
        test.channel.sendState(STATE.createStreams);
        await listen(test);
      },
      { code: 'ETIMEDOUT', message: /did not answer within 5 s/ },
    ],
  ])('because %s, says so', async (_, goOn, expected) => {
    await expect(run(goOn)).rejects.toMatchObject(
      Object.fromEntries(
        Object.entries(expected).map(([key, value]) => [
          key,
          value instanceof RegExp ? expect.stringMatching(value) : value,
        ]),
      ),
    );
  });

  it('because nothing answers on UDP, says what may be the matter', async () => {
    const options = { protocol: 'udp', length: 100 } as const;
    const silent = async (test: PlainTest): Promise<void> => {
      test.channel.sendState(STATE.createStreams);
      await listen(test);
    };
    // The system of this server answers that nobody listens there.
    await expect(run(silent, { options })).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: expect.stringMatching(/10\.0\.0\.2:5201 (does not answer on UDP|answers that nobody listens)/),
    });
  });

  it('because its user has interrupted it, ends at once', async () => {
    await expect(run(listen, { interruptAtMs: 3 })).rejects.toMatchObject({ code: 'EINTR' });
  });
});

describe('a test that is cut short', () => {
  it('by its user still has both ends figures, within a second', async () => {
    const { result, passedMs } = await run(
      async (test) => {
        await begin(test);
        await end(test, resultsOf(10_000, 1));
      },
      { interruptAtMs: 1000 },
    );
    expect(result).toMatchObject({ complete: false, reason: 'interrupted', error: undefined });
    expect(result.throughput?.up?.bytes).toBe(10_000);
    expect(passedMs).toBeLessThan(1300);
  });

  it('by its user does not wait for a server that says nothing more', async () => {
    const { result, passedMs } = await run(
      async (test) => {
        await begin(test);
        await until(test.channel, STATE.testEnd);
      },
      { interruptAtMs: 1000 },
    );
    expect(result).toMatchObject({ complete: false, reason: 'interrupted', throughput: undefined });
    expect(result.streams?.[0]?.sent?.bytes).toBeGreaterThanOrEqual(9000);
    // 600 ms for the closing words, and what was still to be written.
    expect(passedMs).toBeLessThan(2000);
  });

  it.each<[string, (test: PlainTest) => Promise<void>, RegExp]>([
    ['by the server', async ({ channel }) => channel.sendState(STATE.serverTerminate), /the server ended the test/],
    [
      'by the end of the control connection',
      async ({ channel }) => channel.stream.end(),
      /closed the (data )?connection/,
    ],
    [
      'by the end of the data connection',
      async (test) => (await test.stream()).destroy(),
      /10\.0\.0\.2:5201 closed the data connection/,
    ],
    [
      'by a server that says what it must not',
      async ({ channel }) => say(channel, STATE.testStart),
      /testStart out of order/,
    ],
  ])('%s, tells why, and what was sent', async (_, happens, reason) => {
    const { result, passedMs } = await run(async (test) => {
      await begin(test);
      test.channel.timers.coarseTimer().set((test.channel.timers.clock.now() + 1e9) as never, () => void happens(test));
      await listen(test);
    });
    expect(result).toMatchObject({ complete: false, reason: expect.stringMatching(reason), throughput: undefined });
    expect(result.error?.message).toBe(result.reason);
    expect(result.streams?.[0]?.sent?.bytes).toBeGreaterThanOrEqual(9000);
    expect(passedMs).toBeLessThan(1300);
  });

  it('by results that never come, waits no longer than fifteen seconds', async () => {
    const { result, passedMs } = await run(async (test) => {
      await begin(test);
      await until(test.channel, STATE.testEnd);
      test.channel.sendState(STATE.exchangeResults);
      await test.channel.json(100_000);
      await listen(test);
    });
    expect(result).toMatchObject({ complete: false, reason: '10.0.0.2:5201 sent no results within 15 s' });
    expect(passedMs).toBeGreaterThan(17_000);
    expect(passedMs).toBeLessThan(17_500);
  });
});
