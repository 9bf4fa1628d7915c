import {
  decodeJsonBody,
  encodeJsonMessage,
  FEATURES,
  type Feature,
  grantFromJson,
  parametersToJson,
  type ReportedInterval,
  resultsToJson,
  STATE,
} from '@pathgauge/protocol';
import { seconds } from '@pathgauge/units';
import {
  allow,
  clockRequest,
  INTERVAL,
  ms,
  REQUEST,
  RESULTS,
  report,
  running,
  setUp,
  TOKEN,
} from '../../../test/server-conversation-scene';
import { handledElsewhere } from '../../promises';
import { ClockAsker } from './clock-exchange';
import { ControlChannel } from './control-channel';
import { SessionClock } from './session-clock';

describe('the request', () => {
  it('is asked for and read, and how long that took is known', async () => {
    const { time, tell, seen, conversation } = setUp();
    const request = conversation.request();
    await time.advance(ms(100));
    tell(parametersToJson(REQUEST));
    expect(await time.settle(request)).toStrictEqual(REQUEST);
    expect([seen, conversation.roundTrip]).toStrictEqual([[STATE.paramExchange], 101e6]);
  });

  it('that makes no sense is refused in the words of iperf3', async () => {
    const { time, tell, seen, conversation } = setUp();
    const request = conversation.request();
    tell({ tcp: true, len: 'much' });
    await expect(time.settle(request)).rejects.toThrow(/^parameters: .*len/);
    await time.advance(ms(1));
    expect(seen).toStrictEqual([STATE.paramExchange, STATE.serverError, 0, 0, 0, 114, 0, 0, 0, 0]);
  });

  it('is waited for for ten seconds', async () => {
    const { time, conversation, passedMs } = setUp();
    await expect(time.settle(conversation.request())).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: 'no parameters came',
    });
    expect(passedMs()).toBe(10_000);
  });

  it.each<[string, number | undefined, readonly number[]]>([
    ['a code', 6, [STATE.serverError, 0, 0, 0, 6, 0, 0, 0, 0]],
    ['no room', undefined, [STATE.accessDenied]],
  ])('may be refused with %s', async (_, code, expected) => {
    const { time, seen, conversation } = setUp();
    expect(conversation.refuse({ code, why: 'too much' })).toMatchObject({ code: 'EPROTO', message: 'too much' });
    await time.advance(ms(1));
    expect(seen).toStrictEqual(expected);
  });

  it('of a Pathgauge is granted with a token; a plain one has no grant', async () => {
    const scene = setUp();
    expect([scene.conversation.grant, scene.conversation.granted('clock')]).toStrictEqual([undefined, false]);
    allow(scene, ['clock']);
    await scene.time.advance(ms(1));
    const [state, , , , , ...body] = scene.seen;
    const json = decodeJsonBody(Uint8Array.from(body));
    expect([state, json.ok && grantFromJson(json.value)]).toStrictEqual([
      STATE.grant,
      { ok: true, value: { version: 1, features: ['clock'], token: TOKEN } },
    ]);
    expect(['clock', 'alive'].map((each) => scene.conversation.granted(each as Feature))).toStrictEqual([true, false]);
  });
});

describe('while the load runs', () => {
  it('it has begun with three states', async () => {
    const { time, seen } = running();
    await time.advance(ms(1));
    expect(seen).toStrictEqual([STATE.createStreams, STATE.testStart, STATE.testRunning]);
  });

  it.each<[string, readonly Feature[] | undefined, boolean, number]>([
    ['says four times a second that it is there, where it receives', ['alive'], true, 5],
    ['says nothing where it sends', ['alive'], false, 0],
    ['says nothing to a plain client', undefined, true, 0],
    ['says nothing that was not granted', [], true, 0],
  ])('a server %s', async (_, features, isReceiver, expected) => {
    const { time, seen } = running(features, isReceiver);
    await time.advance(ms(1010));
    expect(seen.filter((byte) => byte === STATE.alive)).toHaveLength(expected);
  });

  it('answers clock requests, so that both ends know the offset', async () => {
    const { time, timers, client, conversation } = setUp();
    const session = new SessionClock(timers.clock, false);
    conversation.allow({ version: 1, features: ['clock'], token: TOKEN }, session);
    void handledElsewhere(conversation.askForStreams());
    const asker = new ClockAsker(new ControlChannel(client, timers), new SessionClock(timers.clock, false));
    client.onData((chunk, arrival) => {
      if (chunk[0] === STATE.clockReply) asker.onReply(chunk.subarray(1), arrival);
    });
    await time.settle(asker.exchange(3));
    expect(session.snapshot()).toMatchObject({ offsetNs: 0 });
  });

  it('notes a silent client until the load has ended, and gives it up after ten seconds', async () => {
    const { time, say, heard } = running(FEATURES);
    await time.advance(seconds(2));
    say(STATE.alive);
    await time.advance(seconds(1));
    expect(heard).toStrictEqual(['silent at 900', 'heard', 'silent at 3000']);
    say(STATE.loadEnd);
    await time.advance(seconds(12));
    expect(heard.slice(3)).toStrictEqual(['load ended at 3001', 'heard', '10.0.0.2:1 said nothing for 10 s']);
  });
});

describe('what a client says', () => {
  it('ends the load with LOAD_END, and the test with TEST_END', async () => {
    const { time, say, seen, commands, conversation, heard } = running(['alive'], true);
    const begin = time.now();
    await time.advance(seconds(1));
    say(STATE.loadEnd);
    await time.advance(seconds(1));
    const { length } = seen;
    say(STATE.testEnd);
    await time.settle(commands);
    const at = [conversation.loadEnd, conversation.testEnd].map((each) => (each as number) - begin);
    expect(at).toStrictEqual([1001e6, 2001e6]);
    expect(heard).toStrictEqual(['silent at 900', 'load ended at 1001', 'heard']);
    // Nothing is said any more of being there.
    await time.advance(seconds(1));
    expect(seen).toHaveLength(length);
  });

  it('ends both with TEST_END, where it is a plain iperf3', async () => {
    const { time, say, commands, conversation, heard } = running();
    say(STATE.testEnd);
    await time.settle(commands);
    expect(heard).toStrictEqual(['load ended at 1']);
    expect(conversation.loadEnd).toBe(conversation.testEnd);
    await time.advance(seconds(20));
    expect(heard).toHaveLength(1);
  });

  it.each<[string, readonly Feature[] | undefined, readonly number[], string]>([
    ['LOAD_END twice', [], [STATE.loadEnd, STATE.loadEnd], 'the client sent loadEnd out of order'],
    ['LOAD_END, of a plain client', undefined, [STATE.loadEnd], 'the client sent loadEnd out of order'],
    ['ALIVE that it was not granted', [], [STATE.alive], 'the client sent alive, which it was not granted'],
    ['a clock request that it was not granted', [], clockRequest(), 'a clock request cannot be read'],
    [
      'a clock request that is corrupt',
      ['clock'],
      [STATE.clockRequest, ...new Uint8Array(44)],
      'a clock request cannot be read',
    ],
    [
      'ALIVE more often than agreed',
      ['alive'],
      Array.from({ length: 201 }, () => STATE.alive),
      'the client sent alive more often than agreed',
    ],
    [
      'clock requests and ALIVE more often than agreed, together',
      ['alive', 'clock'],
      [...Array.from({ length: 100 }, () => [STATE.alive, ...clockRequest()]).flat(), STATE.alive],
      'the client sent alive more often than agreed',
    ],
    ['REPORT that it was not granted', [], report([]), 'the client sent report, which it was not granted'],
    ['a report that is none', ['reports'], report([{ ...INTERVAL, bytes: -1 }]), expect.stringContaining('bytes')],
    [
      'a report that is too long',
      ['reports'],
      [STATE.report, 0, 1, 0, 1],
      expect.stringContaining('a message cannot be read'),
    ],
    [
      'REPORT more often than agreed',
      ['reports'],
      Array.from({ length: 301 }, () => report([])).flat(),
      'the client sent report more often than agreed',
    ],
    ['that it ends early', [], [STATE.clientTerminate], 'the client ended the test early'],
    ['a state of the server', [], [STATE.testRunning], 'the client sent testRunning'],
    ['what is no state', [], [99], 'the client sent unknown state 99'],
  ])('ends the test with an error: %s', async (_, features, bytes, expected) => {
    const { time, say, commands } = running(features);
    say(...bytes);
    await expect(time.settle(commands)).rejects.toMatchObject({ code: 'EPROTO', message: expected });
  });

  it('may be as often as was agreed', async () => {
    const { time, say, commands } = running(['alive']);
    say(...Array.from({ length: 200 }, () => STATE.alive), STATE.testEnd);
    await expect(time.settle(commands)).resolves.toBeUndefined();
  });

  it.each([
    ['loadEnd', [STATE.loadEnd], 'the client sent loadEnd out of order'],
    ['report', report([INTERVAL]), 'the client sent report'],
  ])('is out of order before the load has begun: %s', async (_, bytes, expected) => {
    const scene = setUp();
    allow(scene, ['reports']);
    const commands = handledElsewhere(scene.conversation.askForStreams());
    scene.say(...bytes);
    await expect(scene.time.settle(commands)).rejects.toThrow(expected);
    expect(scene.heard).toStrictEqual([]);
  });

  it('reports what has arrived there, and hears what has arrived here', async () => {
    const { time, say, seen, conversation, heard } = running(['reports']);
    say(...report([INTERVAL, INTERVAL]), ...report([INTERVAL]));
    await time.advance(ms(10));
    expect(heard).toStrictEqual(['reports of 2', 'reports of 1']);
    seen.length = 0;
    conversation.report([INTERVAL as ReportedInterval]);
    conversation.report([INTERVAL as ReportedInterval, INTERVAL as ReportedInterval]);
    const results = handledElsewhere(conversation.theirResults());
    await time.advance(ms(10));
    // All of it is told before the results are asked for.
    expect(seen).toStrictEqual([...report([INTERVAL]), ...report([INTERVAL, INTERVAL]), STATE.exchangeResults]);
    await expect(time.settle(results)).rejects.toThrow('no results came');
  });

  it('is nothing any more when it hangs up', async () => {
    const { time, client, commands } = running();
    client.end();
    await expect(time.settle(commands)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('the results', () => {
  it('are asked for, read, and told', async () => {
    const { time, tell, say, seen, conversation } = setUp();
    const theirs = conversation.theirResults();
    tell(resultsToJson({ ...RESULTS, sending: true }));
    expect(await time.settle(theirs)).toStrictEqual({ ...RESULTS, sending: true });
    expect(seen).toStrictEqual([STATE.exchangeResults]);
    const told = conversation.sendResults(RESULTS);
    say(STATE.iperfDone);
    await time.settle(told);
    expect(seen.slice(1)).toStrictEqual([...encodeJsonMessage(resultsToJson(RESULTS)), STATE.displayResults]);
  });

  it('are waited for for ten seconds, and the farewell behind them for five', async () => {
    const { time, conversation, passedMs } = setUp();
    await expect(time.settle(conversation.theirResults())).rejects.toThrow('no results came from the client');
    expect(passedMs()).toBe(10_000);
    await time.settle(conversation.sendResults(RESULTS));
    expect(passedMs()).toBe(15_000);
  });
});

describe('the end', () => {
  it('of a server is told', async () => {
    const { time, seen, near, conversation } = setUp();
    const end = jest.spyOn(near, 'end');
    conversation.terminate();
    conversation.release();
    await time.advance(ms(5));
    expect([seen, end.mock.calls.length > 0]).toStrictEqual([[STATE.serverTerminate], true]);
  });

  it('leaves a client that is told so a second to read why', async () => {
    const { time, seen, near, conversation } = setUp();
    // A client that keeps its end open.
    jest.spyOn(near, 'end').mockImplementation(() => {});
    const destroy = jest.spyOn(near, 'destroy');
    conversation.sayBusy();
    conversation.release();
    await time.advance(ms(999));
    expect([seen, destroy.mock.calls.length]).toStrictEqual([[STATE.accessDenied], 0]);
    await time.advance(ms(2));
    expect(destroy).toHaveBeenCalledTimes(1);
  });
});
