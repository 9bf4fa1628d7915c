import {
  encodeJsonMessage,
  type Feature,
  grantToJson,
  type JsonObject,
  parametersFromJson,
  type Results,
  resultsToJson,
  STATE,
} from '@pathgauge/protocol';
import { connectedStreams, VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { milliseconds, type Span, seconds } from '@pathgauge/units';
import { resultsWith } from '../../../test/results';
import { usualLoad } from '../../../test/usual-load';
import { handledElsewhere } from '../../promises';
import { sleep } from '../../waiting';
import { planOfOptions, requestOfPlan } from '../plan/load-plan';
import { ClientConversation } from './client-conversation';
import { ClockAnswerer } from './clock-exchange';
import { ControlChannel } from './control-channel';
import { SessionClock } from './session-clock';

const ms = milliseconds;
const REQUEST = requestOfPlan(
  planOfOptions({
    ...usualLoad('10.0.0.2', 5201),
    protocol: 'udp',
    length: 1000,
    spacing: ms(1),
    duration: seconds(2),
  }),
);
const RESULTS: Results = resultsWith({ sending: true });
const WAY: Span = ms(1);

/** A client whose server says what the test has it say; what it reads is taken note of, with when it was sent. */
function setUp(way = WAY) {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const timers = { clock, coarseTimer: () => new VirtualTimer(time, clock) };
  const begin = time.now();
  const passedMs = (): number => (time.now() - begin) / 1e6;
  const end = (address: string) => ({ endpoint: { address, port: 1 }, clock, delay: way });
  const [near, far] = connectedStreams(time, end('10.0.0.1'), end('10.0.0.2'));
  const heard: string[] = [];
  const conversation = new ClientConversation(
    'server.example',
    near,
    { ...timers, isOwnAddress: () => false },
    {
      onSilent: () => heard.push('silent'),
      onHeard: () => heard.push('heard'),
      onReports: (intervals) => heard.push(`reports of ${intervals.length}`),
    },
  );
  const server = new ControlChannel(far, timers);
  return { time, timers, near, server, conversation, heard, passedMs };
}

type Scene = ReturnType<typeof setUp>;

const grantOf = (features: readonly Feature[]): JsonObject =>
  grantToJson({ version: 1, features, token: new Uint8Array(16).fill(7) });

/** A server up to the moment at which the client opens its streams. */
async function agreed(scene: Scene, features?: readonly Feature[]): Promise<JsonObject> {
  const { server, conversation, time, timers } = scene;
  const agreement = conversation.agree(REQUEST);
  const served = (async () => {
    await server.bytes(37);
    server.sendState(STATE.paramExchange);
    const asked = await server.json(10_000);
    if (features !== undefined) server.sendState(STATE.grant, encodeJsonMessage(grantOf(features)));
    server.sendState(STATE.createStreams);
    if (features?.includes('clock'))
      void answerClocks(server, new ClockAnswerer(new SessionClock(timers.clock, false)));
    return asked;
  })();
  const asked = await time.settle(served);
  await time.settle(agreement);
  return asked;
}

async function answerClocks(server: ControlChannel, answerer: ClockAnswerer): Promise<void> {
  for (;;) {
    if ((await server.state()) !== STATE.clockRequest) continue;
    const reply = answerer.answer(await server.bytes(44), server.arrival);
    server.sendState(STATE.clockReply, reply);
  }
}

/** What a server reads from now on. */
function note({ server }: Scene): number[] {
  const seen: number[] = [];
  server.release();
  server.stream.onData((chunk) => seen.push(...chunk));
  return seen;
}

describe('the beginning', () => {
  it('is the cookie, then what is asked for, in the words of iperf3', async () => {
    const scene = setUp();
    const asked = parametersFromJson(await agreed(scene));
    expect(asked).toStrictEqual({ ok: true, value: REQUEST });
    expect(scene.conversation.cookie).toHaveLength(37);
    expect([scene.conversation.grant, scene.conversation.granted('clock')]).toStrictEqual([undefined, false]);
  });

  it('knows what a Pathgauge grants, and compares the clocks before anything is opened', async () => {
    const scene = setUp();
    await agreed(scene, ['clock', 'alive']);
    const { conversation } = scene;
    expect([conversation.granted('clock'), conversation.granted('records')]).toStrictEqual([true, false]);
    expect(conversation.session.snapshot()).toMatchObject({ offsetNs: 0 });
    // Four words of 1 ms, and ten exchanges of 2 ms.
    expect(scene.passedMs()).toBe(24);
  });

  it('knows who is no server of ours by its silence', async () => {
    const { time, conversation, passedMs } = setUp();
    await expect(time.settle(conversation.agree(REQUEST))).rejects.toMatchObject({
      code: 'EPROTO',
      message: 'server.example accepts connections, but is neither a Pathgauge nor an iperf3 server',
    });
    expect(passedMs()).toBe(5000);
  });

  it('does not wait for ever for clocks that were granted', async () => {
    const { time, server, conversation, passedMs } = setUp();
    const agreement = handledElsewhere(conversation.agree(REQUEST));
    server.sendState(STATE.paramExchange);
    server.sendState(STATE.grant, encodeJsonMessage(grantOf(['clock'])));
    server.sendState(STATE.createStreams);
    await expect(time.settle(agreement)).rejects.toThrow('server.example does not answer any more');
    expect(passedMs()).toBe(5001);
  });

  it('goes on when the server has begun', async () => {
    const scene = setUp();
    await agreed(scene);
    const { time, timers, server, conversation, passedMs } = scene;
    const begun = conversation.begin().then(passedMs);
    await time.settle(sleep(timers, ms(100)));
    server.sendState(STATE.testStart);
    server.sendState(STATE.testRunning);
    // Four words of 1 ms to agree, 100 ms, and one more.
    expect(await time.settle(begun)).toBe(105);
  });
});

describe('while the load runs', () => {
  it.each<[string, readonly Feature[] | undefined, boolean, number]>([
    ['says four times a second that it is there, where it receives', ['alive'], true, 5],
    ['says nothing where it sends', ['alive'], false, 0],
    ['says nothing to a plain server', undefined, true, 0],
    ['says nothing that was not granted', [], true, 0],
  ])('a client %s', async (_, features, isReceiver, expected) => {
    const scene = setUp();
    await agreed(scene, features);
    const seen = note(scene);
    scene.conversation.watch(isReceiver);
    await scene.time.advance(ms(1010));
    scene.conversation.endWatch();
    await scene.time.advance(seconds(1));
    expect(seen).toStrictEqual(Array.from({ length: expected }, () => STATE.alive));
  });

  it('compares clocks ten times a second, where it was granted', async () => {
    const scene = setUp();
    await agreed(scene, ['clock']);
    const ask = jest.spyOn(scene.near, 'write');
    scene.conversation.watch(false);
    await scene.time.advance(ms(1050));
    expect(ask.mock.calls.map(([bytes]) => bytes[0])).toStrictEqual(
      Array.from({ length: 10 }, () => STATE.clockRequest),
    );
  });

  it('a server that falls silent is noted, and given up after ten seconds', async () => {
    const scene = setUp();
    await agreed(scene, ['alive']);
    const { time, server, conversation, heard } = scene;
    conversation.watch(false);
    await time.advance(seconds(2));
    expect(heard).toStrictEqual(['silent']);
    server.sendState(STATE.alive);
    await time.advance(ms(200));
    expect(heard).toStrictEqual(['silent', 'heard']);
    await expect(time.settle(conversation.failure)).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: 'server.example said nothing for 10 s',
    });
  });

  it('fails when the server ends the test, or hangs up', async () => {
    const ended = setUp();
    await agreed(ended);
    ended.server.sendState(STATE.serverTerminate);
    await expect(ended.time.settle(ended.conversation.failure)).rejects.toMatchObject({ code: 'ESHUTDOWN' });
    const gone = setUp();
    await agreed(gone);
    gone.server.stream.end();
    await expect(gone.time.settle(gone.conversation.failure)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(gone.conversation.closed).toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('the end', () => {
  const running = async (features?: readonly Feature[]): Promise<Scene> => {
    const scene = setUp();
    await agreed(scene, features);
    scene.server.sendState(STATE.testStart);
    scene.server.sendState(STATE.testRunning);
    await scene.time.settle(scene.conversation.begin());
    return scene;
  };

  it('of the load is told to a Pathgauge, and waits until everything has come in', async () => {
    const scene = await running(['alive']);
    const { time, timers, conversation, passedMs } = scene;
    const seen = note(scene);
    const begin = passedMs();
    await time.settle(conversation.endLoad(() => sleep(timers, ms(300))));
    expect([seen, passedMs() - begin]).toStrictEqual([[STATE.loadEnd], 300]);
  });

  it('of the load is none of a plain server', async () => {
    const scene = await running();
    const seen = note(scene);
    const drain = jest.fn();
    await scene.time.settle(scene.conversation.endLoad(drain));
    await scene.time.settle(scene.conversation.compareClocks());
    await scene.time.advance(seconds(1));
    expect([seen, drain.mock.calls]).toStrictEqual([[], []]);
  });

  it('of the load is not waited for when the conversation fails', async () => {
    const { time, conversation } = await running(['alive']);
    const ended = handledElsewhere(conversation.endLoad(() => new Promise(() => {})));
    conversation.fail(new Error('the stream is broken'));
    await expect(time.settle(ended)).rejects.toThrow('the stream is broken');
  });

  it('of the test is TEST_END, results both ways, and IPERF_DONE', async () => {
    const scene = await running();
    const { time, server, conversation } = scene;
    expect(conversation.testEnd).toBeUndefined();
    const before = time.now();
    const ended = conversation.endTest();
    expect(conversation.testEnd).toBe(before);
    expect(await time.settle(server.state())).toBe(STATE.testEnd);
    server.sendState(STATE.exchangeResults);
    await time.settle(ended);
    const exchanged = conversation.exchangeResults(RESULTS);
    expect(await time.settle(server.json(10_000))).toStrictEqual(JSON.parse(JSON.stringify(resultsToJson(RESULTS))));
    const theirs: Results = { ...RESULTS, sending: false };
    server.sendJson(resultsToJson(theirs));
    server.sendState(STATE.displayResults);
    expect(await time.settle(exchanged)).toStrictEqual(theirs);
    expect(await time.settle(server.state())).toBe(STATE.iperfDone);
  });

  it.each<[string, (scene: Scene) => Promise<unknown>, number]>([
    ['has the server fifteen seconds for its next word', ({ conversation }) => conversation.endTest(), 15_000],
    [
      'has the server fifteen seconds for its results',
      ({ conversation }) => conversation.exchangeResults(RESULTS),
      15_000,
    ],
  ])('%s', async (_, end, expected) => {
    const scene = await running();
    const begin = scene.passedMs();
    await expect(scene.time.settle(end(scene))).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(scene.passedMs() - begin).toBe(expected);
  });

  it('hangs up; on a server that does not, after a quarter of a second', async () => {
    const polite = await running();
    const destroyed = jest.spyOn(polite.near, 'destroy');
    polite.conversation.release();
    await polite.time.advance(seconds(1));
    expect([destroyed.mock.calls.length, polite.conversation.closed]).toStrictEqual([0, expect.any(Error)]);
    const slow = setUp(seconds(1));
    const destroy = jest.spyOn(slow.near, 'destroy');
    slow.conversation.release();
    await slow.time.advance(ms(249));
    expect(destroy).not.toHaveBeenCalled();
    await slow.time.advance(ms(2));
    expect(destroy).toHaveBeenCalledTimes(1);
  });
});
