import { type Parameters, STATE } from '@pathgauge/protocol';
import type { StreamSocket } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { CLIENT, PATHGAUGE, type ServerTestScene, serverTest, TOKEN, UDP } from '../../test/server-test-scene';
import { documentOf, exchange } from '../../test/server-test-words';
import { deferred } from '../promises';

const ms = milliseconds;

describe('the streams of a test', () => {
  const streams = (scene: ServerTestScene) => {
    const { events } = scene;
    return events[0]?.type === 'start' && events[0].kind === 'load' ? events[0].settings.parallel : undefined;
  };

  it('have it begin when all have come, those that the client sends first', async () => {
    const scene = await serverTest({ parallel: 2, bidirectional: true });
    const open: StreamSocket[] = [];
    const received: number[] = [0, 0, 0, 0];
    for (let i = 0; i < 4; i++) {
      expect(scene.heard().at(-1)).toBe(STATE.createStreams);
      const stream = await scene.connect();
      stream.onData((chunk) => (received[i] = (received[i] as number) + chunk.length));
      open.push(stream);
      await scene.pass(ms(5));
    }
    expect(scene.heard().slice(-2)).toStrictEqual([STATE.testStart, STATE.testRunning]);
    expect(streams(scene)).toBe(2);
    open[1]?.write(new Uint8Array(1000));
    await scene.pass(ms(450));
    scene.control.release();
    await scene.say(STATE.testEnd);
    expect(received).toStrictEqual([0, 0, 5000, 5000]);
    await exchange(scene, 0, 0.45);
    expect(
      documentOf(scene).streams?.map(({ id, direction, bytes, sent }) => [id, direction, bytes ?? sent?.bytes]),
    ).toMatchObject([
      [1, 'up', expect.anything()],
      [3, 'up', 1000],
      [4, 'down', expect.anything()],
      [5, 'down', expect.anything()],
    ]);
  });

  it('are no more than were agreed on', async () => {
    const scene = await serverTest({ parallel: 2 });
    const taken: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      await scene.connect();
      await scene.pass(ms(5));
      taken.push(scene.isTaken());
    }
    expect(taken).toStrictEqual([true, true, false]);
    expect(scene.ended()).toBe('no');
  });

  it('are each waited for anew; that some are missing is said', async () => {
    const scene = await serverTest({ parallel: 12 });
    const first = await scene.connect();
    let isOpen = true;
    first.onClose(() => (isOpen = false));
    await scene.pass(seconds(21));
    expect([scene.ended(), isOpen, scene.events]).toStrictEqual([
      '10.0.0.1:40000 opened only 1 of its data streams',
      false,
      [],
    ]);
  });

  it.each([
    ['ten seconds, and one for each', 30, 4],
    ['two minutes at the most', 128, 12],
  ])('come within %s, whoever opens them slowly', async (_, parallel, opened) => {
    const scene = await serverTest({ parallel });
    for (let i = 0; i < opened; i++) {
      await scene.connect();
      await scene.pass(milliseconds(9900));
      expect(scene.ended()).toBe('no');
    }
    await scene.connect();
    await scene.pass(milliseconds(1300));
    expect(scene.ended()).toBe('10.0.0.1:40000 took too long to open its data streams');
  });

  it('are closed when the client leaves while some are missing', async () => {
    const scene = await serverTest({ parallel: 2 });
    const first = await scene.connect();
    let isOpen = true;
    first.onClose(() => (isOpen = false));
    await scene.pass(ms(5));
    scene.control.stream.destroy();
    await scene.pass(seconds(1));
    expect([scene.ended(), isOpen]).toStrictEqual(['10.0.0.1:40000 closed the connection', false]);
  });

  it('end the test together when one of them ends', async () => {
    const scene = await serverTest({ parallel: 2 });
    const open = [await scene.connect(), await scene.connect()];
    await scene.pass(ms(500));
    open[1]?.end();
    await scene.pass(seconds(2));
    expect(documentOf(scene)).toMatchObject({
      complete: false,
      reason: '10.0.0.1:40000 closed the data stream',
    });
    expect(scene.ended()).toBe('over');
  });
});

describe('a test of datagrams', () => {
  const HERE = { address: CLIENT, port: 7 };

  it.each<[string, Partial<Parameters>, Uint8Array | undefined, string, boolean]>([
    ['its token', { ...UDP, extension: PATHGAUGE }, TOKEN, CLIENT, true],
    ['another token', { ...UDP, extension: PATHGAUGE }, new Uint8Array(16), CLIENT, false],
    ['no token where it has one', { ...UDP, extension: PATHGAUGE }, undefined, CLIENT, false],
    ['none where it has none', UDP, undefined, CLIENT, true],
    ['a token where it has none', UDP, TOKEN, CLIENT, false],
    ['its token from elsewhere', { ...UDP, extension: PATHGAUGE }, TOKEN, '10.0.0.9', false],
    ['none, of TCP', {}, undefined, CLIENT, false],
  ])('awaits an opening with %s', async (_, request, token, address, expected) => {
    const { test } = await serverTest(request);
    expect(test.awaitsDatagrams({ ...HERE, address }, token)).toBe(expected);
  });

  it('awaits one opening, and none any more when that has come', async () => {
    const scene = await serverTest({ ...UDP, extension: PATHGAUGE });
    scene.test.takeDatagrams(HERE, Uint8Array.of(1));
    expect(scene.test.awaitsDatagrams(HERE, TOKEN)).toBe(false);
    await scene.pass(ms(5));
    expect(scene.heard().slice(-2)).toStrictEqual([STATE.testStart, STATE.testRunning]);
    expect(scene.awaited).toStrictEqual(['a token']);
    scene.test.terminate();
    await scene.pass(seconds(2));
    expect(scene.awaited).toStrictEqual(['a token', 'none']);
  });

  it('is asked for when it is known where openings come to: a plain client sends its opening once', async () => {
    const known = deferred();
    const scene = await serverTest(UDP, { known: known.promise });
    await scene.pass(seconds(1));
    expect(scene.heard()).not.toContain(STATE.createStreams);
    known.resolve();
    await scene.pass(ms(5));
    expect(scene.heard().at(-1)).toBe(STATE.createStreams);
  });

  it('of a plain client gives up its turn when it has begun', async () => {
    const scene = await serverTest(UDP);
    expect(scene.awaited).toStrictEqual(['any']);
    scene.test.takeDatagrams(HERE, Uint8Array.of(1));
    await scene.pass(ms(5));
    expect(scene.awaited).toStrictEqual(['any', 'turn over']);
  });

  it('takes no connection for its stream', async () => {
    const scene = await serverTest(UDP);
    await scene.connect();
    expect(scene.isTaken()).toBe(false);
  });
});
