import {
  encodeJsonMessage,
  encodeStreamOpening,
  type Feature,
  type JsonObject,
  parametersToJson,
  STATE,
} from '@pathgauge/protocol';
import type { SessionEvent } from '@pathgauge/result';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { BoundSocket, Endpoint, StreamSocket, Transport } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { EVERYONE } from '../../test/everyone';
import { planOf } from '../../test/load-plans';
import { ALL_METRICS } from '../metric-switches';
import { LoadServer } from './load-server';
import { requestOfPlan } from './plan/load-plan';

const SERVER = { address: '10.0.0.2', port: 5201 };
const ms = milliseconds;

/** Cookies are written in base 32: these letters are some of its own. */
const nameOf = (i: number): string => `test${String.fromCharCode(0x61 + (i >> 4), 0x61 + (i & 15))}`;
const cookieOf = (name: string): Uint8Array =>
  Uint8Array.from([...name.padEnd(36, 'a')].map((c) => c.charCodeAt(0)).concat(0));

interface Altered {
  readonly hasRoomForRole?: () => boolean;
}

/** A server on virtual time, and clients that say byte by byte what a test has them say. */
async function setUp(altered: Altered = {}) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const transport: Transport = { ...network.host(SERVER.address), ...altered };
  const probes = (await transport.bindDatagrams({ bind: SERVER })) as BoundSocket;
  const told: string[] = [];
  const events: [number, SessionEvent][] = [];
  const server = new LoadServer(
    transport,
    {
      runner: 'udp-server',
      protocols: new Set(['tcp', 'udp']),
      metrics: ALL_METRICS,
      reportInterval: seconds(1),
      boundAt: () => probes.bound,
      ...EVERYONE,
    },
    {
      onEvent: (client, _, event) => events.push([client, event]),
      onRefused: ({ address }, why) => told.push(`${address}: ${why}`),
      onTestOver: () => told.push('over'),
      onAwaited: async (key, openings) => told.push(`${key.length === 0 ? 'any' : 'a token'}: ${openings}`),
      onExhausted: () => told.push('exhausted'),
    },
  );
  await transport.listen(SERVER, (stream) => server.accept(stream));
  const client = (address: string) => {
    const host = network.host(address);
    /** A connection, what came on it, and how to say something. */
    const connect = async (first?: Uint8Array) => {
      const stream: StreamSocket = await time.settle(host.connectStream(SERVER, { timeoutMs: 1000 }));
      const seen: number[] = [];
      let isOpen = true;
      stream.onData((chunk) => seen.push(...chunk));
      stream.onClose(() => (isOpen = false));
      const say = async (...what: readonly (Uint8Array | JsonObject | number)[]): Promise<void> => {
        for (const each of what) stream.write(typeof each === 'number' ? Uint8Array.of(each) : bytesOf(each));
        await time.advance(ms(5));
      };
      if (first !== undefined) await say(first);
      return { stream, seen, say, isOpen: () => isOpen };
    };
    return { host, connect };
  };
  return { time, network, server, told, events, client };
}

const bytesOf = (what: Uint8Array | JsonObject): Uint8Array =>
  what instanceof Uint8Array ? what : encodeJsonMessage(what);

function request(protocol: 'tcp' | 'udp', features: readonly Feature[] | undefined): JsonObject {
  const plan = planOf({ protocol, spacing: ms(100), duration: seconds(10), length: 100 });
  const extension = features && { version: 1, features };
  return parametersToJson({ ...requestOfPlan(plan), extension });
}

const TCP = request('tcp', undefined);
const PLAIN_UDP = request('udp', undefined);
const UDP = request('udp', []);

type Scene = Awaited<ReturnType<typeof setUp>>;

/** A test of TCP whose load runs. */
async function running({ client }: Scene, address: string, name: string) {
  const { connect } = client(address);
  const control = await connect(cookieOf(name));
  await control.say(TCP);
  const data = await connect(cookieOf(name));
  return { control, data };
}

describe('a connection', () => {
  it.each<[string, Uint8Array | undefined]>([
    ['whose first byte no cookie has', Uint8Array.of(0xff)],
    ['that turns out to be something else', Uint8Array.from([...'GET / HTTP/1.1\r\n'].map((c) => c.charCodeAt(0)))],
  ])('%s is closed at once, and counted', async (_, bytes) => {
    const { server, client } = await setUp();
    const { isOpen, seen } = await client('10.0.0.1').connect(bytes);
    expect([isOpen(), seen, server.ignored]).toStrictEqual([false, [], 1]);
  });

  it('that says nothing is closed after ten seconds', async () => {
    const { time, server, client } = await setUp();
    const { isOpen } = await client('10.0.0.1').connect();
    await time.advance(seconds(9));
    expect([isOpen(), server.ignored]).toStrictEqual([true, 0]);
    await time.advance(seconds(2));
    expect([isOpen(), server.ignored]).toStrictEqual([false, 1]);
  });

  it('that comes while 512 wait takes the place of the one that has waited longest', async () => {
    const { time, server, client } = await setUp();
    const { host } = client('10.0.0.1');
    const isOpen = Array.from({ length: 513 }, () => true);
    for (const i of isOpen.keys()) {
      void host.connectStream(SERVER, { timeoutMs: 1000 }).then((stream) => stream.onClose(() => (isOpen[i] = false)));
    }
    await time.advance(ms(10));
    expect(isOpen.flatMap((each, i) => (each ? [] : [i]))).toStrictEqual([0]);
    expect(server.ignored).toBe(1);
  });

  it('with the cookie of a test is its data stream, and only from the same host, and only once', async () => {
    const scene = await setUp();
    const { server, events } = scene;
    const { control } = await running(scene, '10.0.0.1', 'test');
    expect(control.seen).toStrictEqual([STATE.paramExchange, STATE.createStreams, STATE.testStart, STATE.testRunning]);
    expect(events.map(([client, { type }]) => [client, type])).toStrictEqual([[1, 'start']]);
    const second = await scene.client('10.0.0.1').connect(cookieOf('test'));
    const foreign = await scene.client('10.0.0.9').connect(cookieOf('test'));
    expect([second.isOpen(), foreign.isOpen(), server.ignored]).toStrictEqual([false, false, 2]);
    expect(control.isOpen()).toBe(true);
  });

  it('with the cookie of a test that awaits no stream yet is none', async () => {
    const { server, client } = await setUp();
    await client('10.0.0.1').connect(cookieOf('test'));
    const early = await client('10.0.0.1').connect(cookieOf('test'));
    expect([early.isOpen(), server.ignored]).toStrictEqual([false, 1]);
  });
});

describe('a server that is busy', () => {
  it('tells so and hangs up, where it can open nothing more', async () => {
    const { told, client } = await setUp({ hasRoomForRole: () => false });
    const { seen, isOpen } = await client('10.0.0.1').connect(cookieOf('test'));
    expect([seen, isOpen(), told]).toStrictEqual([[STATE.accessDenied], false, ['exhausted']]);
  });

  it('tells so a connection that it could accept only to tell it', async () => {
    const { time, server, told, network, client } = await setUp();
    const spare = { address: SERVER.address, port: 9 };
    await network.host(SERVER.address).listen(spare, (stream) => server.turnAway(stream));
    const stream = await time.settle(client('10.0.0.1').host.connectStream(spare, { timeoutMs: 1000 }));
    const seen: number[] = [];
    stream.onData((chunk) => seen.push(...chunk));
    await time.advance(ms(5));
    expect([seen, told]).toStrictEqual([[STATE.accessDenied], ['exhausted']]);
  });

  it('runs no more than half of its tests for one address', async () => {
    const scene = await setUp();
    for (let i = 0; i < 64; i++) await running(scene, '10.0.0.1', nameOf(i));
    const refused = await running(scene, '10.0.0.1', 'refused');
    expect(refused.control.seen.at(-1)).toBe(STATE.accessDenied);
    expect([refused.control.isOpen(), refused.data.isOpen()]).toStrictEqual([false, false]);
    expect(scene.told).toStrictEqual(['10.0.0.1: turned away: too many tests run already']);
    const other = await running(scene, '10.0.0.3', 'other');
    expect(other.control.seen.at(-1)).toBe(STATE.testRunning);
  });
});

describe('a stream of datagrams', () => {
  const AT = (port: number, address = '10.0.0.1'): Endpoint => ({ address, port });

  it('is opened with the token of its test, by its host, and asked for again', async () => {
    const { server, told, client } = await setUp();
    const control = await client('10.0.0.1').connect(cookieOf('test'));
    await control.say(UDP);
    const token = tokenIn(control.seen);
    expect(told).toStrictEqual(['a token: 1']);
    expect(server.open(AT(7), encodeStreamOpening(undefined))).toBe(false);
    expect(server.open(AT(7), encodeStreamOpening(new Uint8Array(16)))).toBe(false);
    expect(server.open(AT(7), Uint8Array.of(1, 2, 3))).toBe(false);
    expect(server.open(AT(7, '10.0.0.9'), encodeStreamOpening(token))).toBe(false);
    expect(server.open(AT(7), encodeStreamOpening(token))).toBe(true);
    expect(server.open(AT(7), encodeStreamOpening(token))).toBe(true);
    expect(server.open(AT(8), encodeStreamOpening(token))).toBe(false);
  });

  it('is awaited until it is there, or the test is over', async () => {
    const { time, told, client } = await setUp();
    const control = await client('10.0.0.1').connect(cookieOf('test'));
    await control.say(UDP);
    await time.advance(seconds(11));
    expect(told).toStrictEqual(['a token: 1', 'a token: 0', expect.stringMatching(/opened no data stream/)]);
  });

  it('without a token is that of the one plain client of its address whose turn it is', async () => {
    const { time, server, told, client } = await setUp();
    const [one, two] = [client('10.0.0.1'), client('10.0.0.1')];
    const first = await one.connect(cookieOf('one'));
    await first.say(PLAIN_UDP);
    const second = await two.connect(cookieOf('two'));
    await second.say(PLAIN_UDP);
    expect([first.seen.at(-1), second.seen.at(-1)]).toStrictEqual([STATE.createStreams, STATE.paramExchange]);
    expect(server.open(AT(7), encodeStreamOpening(undefined))).toBe(true);
    await time.advance(ms(5));
    expect([first.seen.at(-1), second.seen.at(-1)]).toStrictEqual([STATE.testRunning, STATE.createStreams]);
    expect(server.open(AT(8), encodeStreamOpening(undefined))).toBe(true);
    await time.advance(ms(5));
    expect(second.seen.at(-1)).toBe(STATE.testRunning);
    expect(told).toStrictEqual(['any: 1', 'any: 1']);
  });

  it('of a plain client that waits for ten seconds in vain is none, and the next one is not held up', async () => {
    const { time, client, told } = await setUp();
    const first = await client('10.0.0.1').connect(cookieOf('one'));
    await first.say(PLAIN_UDP);
    const second = await client('10.0.0.1').connect(cookieOf('two'));
    await second.say(PLAIN_UDP);
    await time.advance(seconds(11));
    // The second one has its turn when the first has waited in vain.
    expect(second.seen.at(-1)).toBe(STATE.createStreams);
    await time.advance(seconds(11));
    expect(told.filter((each) => each.includes('opened no data stream'))).toHaveLength(2);
    const third = await client('10.0.0.1').connect(cookieOf('three'));
    await third.say(PLAIN_UDP);
    expect(third.seen.at(-1)).toBe(STATE.createStreams);
  });
});

describe('the end', () => {
  it('of a test is told, and its cookie is free again', async () => {
    const scene = await setUp();
    const { time, server, told, events } = scene;
    const { control } = await running(scene, '10.0.0.1', 'test');
    expect(server.finished).toBe(0);
    control.stream.end();
    await time.advance(seconds(2));
    expect([server.finished, told, events.at(-1)?.[1].type]).toStrictEqual([1, ['over'], 'summary']);
    await running(scene, '10.0.0.1', 'test');
    expect(events.at(-1)).toMatchObject([2, { type: 'start' }]);
  });

  it('of the server is that of all tests, whose summaries come before, and of those who have said nothing', async () => {
    const scene = await setUp();
    const { time, server, events, client } = scene;
    const { control } = await running(scene, '10.0.0.1', 'one');
    await running(scene, '10.0.0.3', 'two');
    const silent = await client('10.0.0.4').connect();
    await time.settle(server.stop());
    const summaries = events.flatMap(([, event]) => (event.type === 'summary' ? [event.result] : []));
    expect(summaries.map(({ complete, reason }) => [complete, reason])).toStrictEqual([
      [false, 'the server was stopped'],
      [false, 'the server was stopped'],
    ]);
    await time.advance(ms(5));
    expect([control.seen.at(-1), silent.isOpen(), server.finished]).toStrictEqual([STATE.serverTerminate, false, 2]);
  });

  it('is not waited for longer than 900 ms', async () => {
    const scene = await setUp();
    const { time, server } = scene;
    const { data } = await running(scene, '10.0.0.1', 'one');
    jest.spyOn(data.stream, 'end').mockImplementation(() => {});
    const begin = time.now();
    await time.settle(server.stop());
    expect(time.now() - begin).toBeLessThanOrEqual(900e6);
  });
});

/** Behind PARAM_EXCHANGE: GRANT, four bytes of length, and the JSON. */
function tokenIn(seen: readonly number[]): Uint8Array {
  const text = String.fromCharCode(...seen);
  const [, hex = ''] = /"token":"([0-9a-f]{32})"/.exec(text) ?? [];
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
