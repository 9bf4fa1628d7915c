import { encodeJsonMessage, type JsonObject, STATE } from '@pathgauge/protocol';
import type { ServerEvent } from '@pathgauge/result';
import { collect, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { StreamSocket } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { EVERYONE } from '../../test/everyone';
import { ALL_METRICS } from '../metric-switches';
import { serve } from '../serve';

const SERVER = { address: '10.0.0.2', port: 5201 };
const COOKIE = Buffer.from(`${'a'.repeat(36)}\0`);
const EXTENSION = { version: 1, features: ['records', 'clock'] };
const TEST = { tcp: true, time: 3600, len: 1000, pathgauge: EXTENSION };
const message = (value: JsonObject): readonly number[] => [...encodeJsonMessage(value)];

const TCP_LOAD = { probes: undefined, udpLoad: false, tcpLoad: true } as const;

type Said = readonly (readonly number[] | 'data stream')[];

/** What a server tells of a client that says these things, one a second, and then nothing more. */
async function told(...said: Said): Promise<ServerEvent[]> {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const [client, server] = [network.host('10.0.0.1'), network.host(SERVER.address)];
  const abort = new AbortController();
  const options = {
    runner: 'tcp-server',
    serves: TCP_LOAD,
    address: undefined,
    port: SERVER.port,
    once: false,
    ...EVERYONE,
  } as const;
  const reporting = { metrics: ALL_METRICS, reportInterval: seconds(3600) };
  const events = collect(serve({ ...options, ...reporting }, server, abort.signal));
  await time.advance(milliseconds(1));
  const connected = async (): Promise<StreamSocket> => {
    const stream = await time.settle(client.connectStream(SERVER, { timeoutMs: 1000 }));
    stream.onData(() => {});
    stream.write(COOKIE);
    return stream;
  };
  const control = await connected();
  for (const bytes of said) {
    await time.advance(seconds(1));
    if (bytes === 'data stream') await connected();
    else control.write(Uint8Array.from(bytes));
  }
  await time.advance(seconds(13));
  abort.abort();
  return await time.settle(events);
}

const noticesOf = (events: readonly ServerEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));

const reasonsOf = (events: readonly ServerEvent[]): (string | undefined)[] =>
  events.flatMap((event) =>
    event.type === 'client' && event.event.type === 'summary' ? [event.event.result.reason] : [],
  );

describe('a client that says nothing more', () => {
  it.each<[string, Said, RegExp]>([
    ['after its cookie', [], /no parameters came/],
    ['in its parameters', [message(TEST).slice(0, 20)], /no parameters came/],
    ['after its parameters', [message(TEST)], /opened no data stream/],
  ])('%s is waited for for ten seconds', async (_, said, words) => {
    expect(noticesOf(await told(...said))).toStrictEqual([expect.stringMatching(words)]);
  });

  it.each<[string, Said]>([
    ['while its load runs', [message(TEST), 'data stream']],
    ['after the end of its load', [message(TEST), 'data stream', [STATE.loadEnd]]],
  ])('%s is given up after ten seconds', async (_, said) => {
    expect(reasonsOf(await told(...said))).toStrictEqual(['10.0.0.1:40000 said nothing for 10 s']);
  });

  it('after the end of its test is given up, too', async () => {
    const said = [message(TEST), 'data stream', [STATE.loadEnd], [STATE.testEnd]] as const;
    expect(reasonsOf(await told(...said))).toStrictEqual(['no results came from the client']);
  });
});

describe('a client that says what makes no sense', () => {
  it.each<[string, readonly number[]]>([
    ['loadEnd out of order', [STATE.loadEnd, STATE.loadEnd]],
    ['alive, which it was not granted', [STATE.alive]],
    ['unknown state 99', [99]],
    ['clockRequest more often than agreed', Array.from({ length: 300 }, () => clockRequest()).flat()],
  ])('%s, ends its test', async (words, bytes) => {
    expect(reasonsOf(await told(message(TEST), 'data stream', bytes))).toStrictEqual([`the client sent ${words}`]);
  });
});

/** PTP format, 1 ms. */
function clockRequest(): number[] {
  const bytes = new Uint8Array(45);
  bytes.set([STATE.clockRequest]);
  bytes.set([0x4f, 0x84], 13);
  return [...bytes];
}
