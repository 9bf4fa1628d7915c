import { type Parameters, STATE } from '@pathgauge/protocol';
import { milliseconds, seconds } from '@pathgauge/units';
import { CLIENT, serverTest, UDP } from '../../test/server-test-scene';
import { documentOf, exchange } from '../../test/server-test-words';

const ms = milliseconds;

/** The same, with a data stream that the client reads. */
async function running(request: Partial<Parameters> = {}) {
  const scene = await serverTest(request);
  const stream = await scene.connect();
  const received: number[] = [];
  stream.onData((chunk) => received.push(chunk.length));
  await scene.pass(ms(5));
  scene.control.release();
  return { ...scene, stream, received: () => received.reduce((sum, bytes) => sum + bytes, 0) };
}

describe('a test of a plain client', () => {
  it('is measured from the stream to the last word, and told at both ends', async () => {
    const scene = await running();
    const { stream, events, pass, ended } = scene;
    expect(events).toMatchObject([
      {
        type: 'start',
        runner: 'tcp-server',
        peer: { address: CLIENT, protocol: 'iperf3' },
        settings: { lengthBytes: 1000, durationNs: 2e9, direction: 'up' },
      },
    ]);
    for (let i = 0; i < 20; i++) {
      stream.write(new Uint8Array(1000));
      await pass(ms(100));
    }
    await scene.say(STATE.testEnd);
    const theirs = await exchange(scene, 20_000, 2);
    expect(theirs).toMatchObject({ sender_has_retransmits: -1, streams: [{ id: 1, bytes: 20_000 }] });
    expect(ended()).toBe('over');
    expect(documentOf(scene)).toMatchObject({
      complete: true,
      reason: undefined,
      peer: { protocol: 'iperf3' },
      throughput: { up: { bytes: 20_000 } },
      streams: [{ id: 1, bytes: 20_000, sent: { bytes: 20_000 } }],
    });
    expect(events.filter(({ type }) => type === 'interval')).toHaveLength(2);
  });

  it('of an amount is not over before all of it has come', async () => {
    const scene = await running({ bytes: 3000, timeSeconds: 0 });
    scene.stream.write(new Uint8Array(2000));
    await scene.pass(ms(500));
    await scene.say(STATE.testEnd);
    await scene.pass(ms(200));
    expect(scene.control.peek()).toHaveLength(0);
    scene.stream.write(new Uint8Array(1000));
    await scene.pass(ms(5));
    const theirs = await exchange(scene, 3000, 0.5);
    expect(theirs).toMatchObject({ streams: [{ bytes: 3000 }] });
    expect(documentOf(scene)).toMatchObject({ complete: true, throughput: { up: { bytes: 3000 } } });
  });

  it('of an amount is waited for a quarter of a second, where the rest does not come', async () => {
    const scene = await running({ bytes: 3000, timeSeconds: 0 });
    scene.stream.write(new Uint8Array(2000));
    await scene.say(STATE.testEnd);
    await scene.pass(ms(300));
    expect([...scene.control.peek()]).toStrictEqual([STATE.exchangeResults]);
  });

  it('downwards is sent as it was asked for, until the client has had enough', async () => {
    const scene = await running({ reverse: true });
    await scene.pass(ms(1050));
    expect(scene.received()).toBe(11_000);
    let isOpen = true;
    scene.stream.onClose(() => (isOpen = false));
    await scene.say(STATE.testEnd);
    // A plain client reads on until the server hangs up, and tells its results then.
    expect(isOpen).toBe(false);
    const theirs = await exchange(scene, 11_000, 1.05);
    expect(theirs).toMatchObject({ streams: [{ bytes: 11_000 }] });
    await scene.pass(seconds(1));
    expect(scene.received()).toBe(11_000);
    expect(documentOf(scene)).toMatchObject({ complete: true, throughput: { down: { bytes: 11_000 } } });
  });
});

describe('a test that ends in another way', () => {
  it.each<[string, (scene: Awaited<ReturnType<typeof running>>) => Promise<unknown>, string]>([
    ['its data stream ends', async ({ stream }) => stream.end(), '10.0.0.1:40000 closed the data stream'],
    [
      'its client says more about why its stream ended',
      async ({ stream, say }) => {
        stream.end();
        await say(STATE.clientTerminate);
      },
      'the client ended the test early',
    ],
    ['its client hangs up', async ({ control }) => control.stream.end(), '10.0.0.1:40000 closed the connection'],
    ['the server stops', async ({ test }) => test.terminate(), 'the server was stopped'],
    [
      'its client tells no results',
      async ({ say, pass }) => {
        await say(STATE.testEnd);
        await pass(seconds(11));
      },
      'no results came from the client',
    ],
    [
      'its client tells what cannot be read',
      async ({ say }) => {
        await say(STATE.testEnd);
        await say({ streams: 'none' });
      },
      'results: ',
    ],
  ])('because %s, is measured so far', async (_, happens, reason) => {
    const scene = await running();
    scene.stream.write(new Uint8Array(1000));
    await scene.pass(ms(500));
    await happens(scene);
    await scene.pass(seconds(2));
    const { complete, reason: told, streams } = documentOf(scene);
    expect([complete, streams?.[0]?.bytes, scene.ended()]).toStrictEqual([false, 1000, 'over']);
    expect(told).toContain(reason);
  });

  it('is given up half a minute after its time', async () => {
    const scene = await running();
    await scene.pass(seconds(31));
    expect(scene.ended()).toBe('no');
    await scene.pass(seconds(2));
    expect(documentOf(scene)).toMatchObject({ complete: false, reason: 'the client did not end the test in time' });
  });

  it('ends with what is no record, where records were agreed on', async () => {
    const scene = await running({ extension: { version: 1, features: ['records'] } });
    scene.stream.write(new Uint8Array(1000));
    await scene.pass(seconds(1));
    expect(documentOf(scene)).toMatchObject({
      complete: false,
      reason: expect.stringContaining('the stream is not one of records'),
      error: { code: 'protocol' },
    });
  });
});

describe('a test that never begins', () => {
  it.each<[string, Partial<Parameters>, number, string]>([
    ['too many streams', { parallel: 129 }, 6, 'asked for 129 streams; from 1 to 128 is served'],
    ['uncut datagrams', { ...UDP, reverse: true, dontFragment: true }, 145, 'asked for datagrams that must not be cut'],
  ])('since it asks for %s', async (_, request, code, why) => {
    const { heard, ended, events } = await serverTest(request);
    expect(heard()).toStrictEqual([STATE.paramExchange, STATE.serverError, 0, 0, 0, code, 0, 0, 0, 0]);
    expect([ended().startsWith(why), events]).toStrictEqual([true, []]);
  });

  it('since there is no room when its stream comes', async () => {
    const scene = await serverTest({}, { refusal: { code: undefined, why: 'too many' } });
    await scene.connect();
    await scene.pass(ms(5));
    expect([scene.isTaken(), scene.ended(), scene.heard().at(-1)]).toStrictEqual([
      false,
      'too many',
      STATE.accessDenied,
    ]);
  });

  it('tells its client that the server is busy, where that is why it failed', async () => {
    const scene = await serverTest({}, { isExhausted: true });
    await scene.pass(seconds(11));
    expect([scene.ended(), scene.heard().at(-1)]).toStrictEqual([
      '10.0.0.1:40000 opened no data stream',
      STATE.accessDenied,
    ]);
  });

  it('ends when its client ends it before it has begun', async () => {
    const scene = await serverTest();
    await scene.say(STATE.testEnd);
    expect(scene.ended()).toBe('the client ended the test before it began');
  });
});
