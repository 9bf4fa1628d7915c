import {
  encodeJsonMessage,
  grantToJson,
  type JsonObject,
  type ReportedInterval,
  type Results,
  resultsToJson,
  STATE,
  type State,
} from '@pathgauge/protocol';
import { connectedStreams, VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { milliseconds, seconds } from '@pathgauge/units';
import { reportWith, resultsWith } from '../../../test/results';
import { ControlChannel } from './control-channel';
import { ServerMessages } from './server-messages';

const time = new VirtualTime();

const setUp = (onClockReply: (packet: Uint8Array) => boolean = () => false) => {
  const clock = new VirtualClock(time, { aheadNs: 0, bootedNs: 0, errorNs: 0 });
  const end = (port: number) => ({ endpoint: { address: '10.0.0.1', port }, clock, delay: milliseconds(1) });
  const [near, server] = connectedStreams(time, end(1), end(2));
  const reports: ReportedInterval[] = [];
  const messages = new ServerMessages(
    new ControlChannel(near, { clock, coarseTimer: () => new VirtualTimer(time, clock) }),
    { onClockReply, onReports: (intervals) => reports.push(...intervals) },
  );
  return { server, messages, reports };
};

const GRANT = [
  STATE.grant,
  ...encodeJsonMessage(grantToJson({ version: 1, features: ['alive'], token: new Uint8Array(16) })),
];

const GRANT_REPORTS = [
  STATE.grant,
  ...encodeJsonMessage(grantToJson({ version: 1, features: ['reports'], token: new Uint8Array(16) })),
];
const RUNNING = [...GRANT_REPORTS, STATE.createStreams, STATE.testStart, STATE.testRunning];
const INTERVAL = { stream: 3, direction: 'up', startNs: 0, endNs: 1e9, bytes: 1000 } as const;
const report = (...intervals: readonly object[]): number[] => [
  STATE.report,
  ...encodeJsonMessage({ intervals: intervals as JsonObject[] }),
];

const results: Results = resultsWith({ streams: [reportWith({ bytes: 1000, jitterSeconds: 0.001, endSeconds: 1 })] });

describe('ServerMessages', () => {
  it('reaches each state in the order of the protocol, with grant and results on the way', async () => {
    const clockReplies: number[] = [];
    const { server, messages } = setUp((packet) => clockReplies.push(packet[0] as number, packet.length) > 0);
    const token = Uint8Array.from({ length: 16 }, (_, i) => i);
    const grant = encodeJsonMessage(grantToJson({ version: 1, features: ['records'], token }));
    server.write(Uint8Array.of(STATE.paramExchange, STATE.grant, ...grant, STATE.createStreams));
    await time.settle(messages.reach(STATE.paramExchange, milliseconds(1000)));
    await time.settle(messages.reach(STATE.createStreams, milliseconds(1000)));
    expect(messages.grant).toStrictEqual({ version: 1, features: ['records'], token });
    const reply = new Uint8Array(44).fill(3);
    const body = encodeJsonMessage(resultsToJson(results));
    server.write(Uint8Array.of(STATE.clockReply, ...reply, STATE.testStart, STATE.testRunning));
    await time.settle(messages.reach(STATE.testStart, milliseconds(1000)));
    await time.settle(messages.reach(STATE.testRunning, milliseconds(1000)));
    server.write(Uint8Array.of(STATE.exchangeResults, ...body, STATE.displayResults));
    await time.settle(messages.reach(STATE.exchangeResults, milliseconds(1000)));
    expect(await time.settle(messages.reachResults(milliseconds(1000)))).toStrictEqual(results);
    await time.settle(messages.reach(STATE.displayResults, milliseconds(1000)));
    expect(clockReplies).toStrictEqual([3, 44]);
  });

  it('hands on what a Pathgauge reports, in its order', async () => {
    const { server, messages, reports } = setUp();
    server.write(Uint8Array.of(STATE.paramExchange, ...GRANT_REPORTS, STATE.createStreams, 1, 2));
    await time.settle(messages.reach(STATE.paramExchange, milliseconds(1000)));
    server.write(
      Uint8Array.from([...report(INTERVAL), ...report({ ...INTERVAL, bytes: 2 }, { ...INTERVAL, bytes: 3 })]),
    );
    await time.advance(milliseconds(10));
    expect(reports.map(({ bytes }) => bytes)).toStrictEqual([1000, 2, 3]);
  });

  it('has no grant from a plain server', async () => {
    const { server, messages } = setUp();
    server.write(Uint8Array.of(STATE.paramExchange, STATE.createStreams));
    await time.settle(messages.reach(STATE.paramExchange, milliseconds(1000)));
    expect(messages.grant).toBeUndefined();
  });

  it.each<[string, readonly number[], State, RegExp, string?]>([
    ['out of order', [STATE.testStart], STATE.paramExchange, /10\.0\.0\.1:2 sent testStart out of order/],
    ['an unknown state first', [0x47, 0x45], STATE.paramExchange, /neither a Pathgauge nor an iperf3 server/],
    ['a refusal', [STATE.accessDenied], STATE.paramExchange, /busy/, 'EBUSY'],
    ['a termination', [STATE.serverTerminate], STATE.paramExchange, /ended the test/, 'ESHUTDOWN'],
    [
      'error 121',
      [STATE.serverError, 0, 0, 0, 121, 0, 0, 0, 0],
      STATE.paramExchange,
      /busy with another test/,
      'EBUSY',
    ],
    ['error 142', [STATE.serverError, 0, 0, 0, 142, 0, 0, 0, 0], STATE.paramExchange, /authentication failed/, 'EAUTH'],
    [
      'error 13',
      [STATE.serverError, 0, 0, 0, 13, 0, 0, 0, 0],
      STATE.paramExchange,
      /this kind of test$/,
      'kind-not-served',
    ],
    [
      'error 124',
      [STATE.serverError, 0, 0, 0, 124, 0, 0, 0, 0],
      STATE.paramExchange,
      /socket buffers of that size$/,
      'setting-refused',
    ],
    ['error 4242', [STATE.serverError, 0, 0, 16, 146, 0, 0, 0, 0], STATE.paramExchange, /error 4242/, 'EREFUSED'],
    ['a grant out of order', [STATE.grant], STATE.paramExchange, /grant out of order/],
    ['no JSON', [STATE.exchangeResults, 0, 0, 0, 1, 0x7b], STATE.testEnd, /exchangeResults out of order/],
  ])('turns %s into one line', async (_, bytes, awaited, words, code = 'EPROTO') => {
    const { server, messages } = setUp();
    server.write(Uint8Array.from(bytes));
    const reached = time.settle(messages.reach(awaited, milliseconds(1000)));
    await expect(reached).rejects.toThrow(words);
    await expect(reached).rejects.toMatchObject({ code, message: expect.not.stringContaining('\n') });
  });

  it.each<[string, readonly number[], RegExp]>([
    ['a grant that is no grant', [STATE.grant, ...encodeJsonMessage({ features: [] })], /token/],
    ['a second grant', [...GRANT, ...GRANT], /sent grant out of order/],
    ['a grant behind the streams', [STATE.createStreams, ...GRANT], /sent grant out of order/],
    ['a message above its limit', [STATE.grant, 0xff, 0xff, 0xff, 0xff], /limit/],
    ['a clock reply that nobody asked for', [STATE.clockReply, ...new Uint8Array(44)], /answers nothing/],
    ['a sign of life that was not agreed on', [STATE.alive], /alive more often than agreed/],
    ['more signs of life than agreed', [...GRANT, ...Array.from({ length: 101 }, () => STATE.alive)], /more often/],
    ['a report that was not agreed on', [...GRANT, ...report(INTERVAL)], /report more often than agreed/],
    ['a report of a plain server', report(INTERVAL), /report more often than agreed/],
    [
      'a report before the load',
      [...GRANT_REPORTS, STATE.createStreams, 1, ...report(INTERVAL)],
      /report out of order/,
    ],
    ['a report that is none', [...RUNNING, ...report({ ...INTERVAL, startNs: 2, endNs: 1 })], /endNs/],
    ['a report that is too long', [...RUNNING, STATE.report, 0, 1, 0, 1], /limit/],
    ['more reports than agreed', [...RUNNING, ...Array.from({ length: 301 }, () => report()).flat()], /more often/],
    ['results before the end', [STATE.createStreams, 1, 2, STATE.exchangeResults], /exchangeResults out of order/],
    ...[STATE.paramExchange, STATE.testRunning].map((state): [string, readonly number[], RegExp] => [
      `state ${state} again`,
      [STATE.createStreams, 1, 2, state],
      /out of order/,
    ]),
  ])('ends with %s, in one line', async (_, bytes, words) => {
    const { server, messages } = setUp();
    server.write(Uint8Array.from([STATE.paramExchange, ...bytes]));
    await expect(time.settle(messages.failure)).rejects.toThrow(words);
    await expect(messages.failure).rejects.toMatchObject({
      code: 'EPROTO',
      message: expect.not.stringContaining('\n'),
    });
  });

  it.each<[string, readonly number[], boolean, RegExp]>([
    ['one word and a close, as from iperf3 3.12', [0, 0, 0, 142], true, /: authentication failed: [^(]*$/],
    ['one word and nothing more', [0, 0, 0, 142], false, /: authentication failed: [^(]*$/],
    ['one word and a half', [0, 0, 0, 142, 0, 0], true, /: authentication failed: [^(]*$/],
    ['two words', [0, 0, 0, 102, 0, 0, 0, 98], true, /could not listen .*system error 98/],
    ['two words, the second 0', [0, 0, 0, 121, 0, 0, 0, 0], false, /busy with another test; try again later$/],
    ['less than a word', [0, 0, 0], true, /closed the connection/],
  ])('tells why a server refuses: %s', async (_, words, closes, expected) => {
    const { server, messages } = setUp();
    server.write(Uint8Array.of(STATE.paramExchange, STATE.serverError, ...words));
    if (closes) server.end();
    await time.settle(messages.reach(STATE.paramExchange, milliseconds(1000)));
    await expect(time.settle(messages.reach(STATE.createStreams, milliseconds(2000)))).rejects.toThrow(expected);
    await expect(time.settle(messages.failure)).rejects.toThrow(expected);
  });

  it('names an unknown state after a good one', async () => {
    const { server, messages } = setUp();
    server.write(Uint8Array.of(STATE.paramExchange, 99));
    await time.settle(messages.reach(STATE.paramExchange, milliseconds(1000)));
    await expect(time.settle(messages.reach(STATE.createStreams, milliseconds(1000)))).rejects.toThrow(
      '10.0.0.1:2 sent unknown state 99',
    );
    await expect(messages.failure).rejects.toThrow('unknown state 99');
  });

  it('knows a peer that closes at once from one that closes in the middle', async () => {
    const first = setUp();
    first.server.end();
    await expect(time.settle(first.messages.reach(STATE.paramExchange, milliseconds(1000)))).rejects.toThrow(
      /closed .* at once/,
    );
    const second = setUp();
    second.server.write(Uint8Array.of(STATE.paramExchange));
    second.server.end();
    await time.settle(second.messages.reach(STATE.paramExchange, milliseconds(1000)));
    await expect(time.settle(second.messages.failure)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(time.settle(second.messages.reach(STATE.createStreams, milliseconds(1000)))).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
  });

  it('hands out what was said before the close', async () => {
    const { server, messages } = setUp();
    server.write(Uint8Array.of(STATE.paramExchange, STATE.createStreams));
    server.end();
    await time.advance(seconds(1));
    await time.settle(messages.reach(STATE.paramExchange, milliseconds(1000)));
    await time.settle(messages.reach(STATE.createStreams, milliseconds(1000)));
    await expect(time.settle(messages.reach(STATE.testStart, milliseconds(1000)))).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
  });

  it('does not wait for ever', async () => {
    const { messages } = setUp();
    await expect(time.settle(messages.reach(STATE.paramExchange, milliseconds(3000)))).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: '10.0.0.1:2 did not answer within 3 s',
    });
    await expect(time.settle(messages.reachResults(milliseconds(2000)))).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('ends every wait when it is told to fail', async () => {
    const { messages } = setUp();
    const reached = time.settle(messages.reach(STATE.paramExchange, milliseconds(1000)));
    messages.fail(new Error('the stream is broken'));
    messages.fail(new Error('a second reason'));
    await expect(reached).rejects.toThrow('the stream is broken');
    await expect(time.settle(messages.reachResults(milliseconds(1000)))).rejects.toThrow('the stream is broken');
  });
});
