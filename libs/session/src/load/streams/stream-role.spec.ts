import { encodeStreamOpening, isStreamOpeningAnswer, RecordReader } from '@pathgauge/protocol';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { DatagramSocket, StreamSocket } from '@pathgauge/transport';
import { type Instant, milliseconds, seconds } from '@pathgauge/units';
import { planOf } from '../../../test/load-plans';
import { usualStream } from '../../../test/usual-stream';
import type { HandedCarrier, StreamOrder, StreamWord } from './stream-messages';
import type { StreamOptions } from './stream-options';
import { StreamProgress } from './stream-progress';
import { STREAM_ROLE } from './stream-role';

const ms = milliseconds;
const LENGTH = 100;
const COOKIE = new TextEncoder().encode('cookie');
const ANSWER = Uint8Array.of(0x36, 0x37, 0x38, 0x39);

/** Two hosts, and roles of the near one, to which a message takes 50 us. */
function scene() {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  network.crossing = ms(0.05);
  const [near, far] = [network.host('10.0.0.1'), network.host('10.0.0.2')];
  const begin = time.now();

  const start = (carrier: HandedCarrier, options: Partial<StreamOptions> = {}) => {
    const progress = new StreamProgress();
    const words: StreamWord[] = [];
    const all: StreamOptions = usualStream(
      near,
      options.plan ?? planOf({ length: LENGTH, spacing: ms(100), duration: seconds(2) }),
      options,
    );
    const role = near.start(STREAM_ROLE, { options: all, carrier, progress: progress.buffer });
    role.onMessage((word) => words.push(word));
    const order = (...orders: StreamOrder[]): void => {
      for (const each of orders) role.post(each);
    };
    const said = (): string[] => words.map(({ word }) => word);
    return { role, words, said, order, progress };
  };

  /** A connection of the near host, handed to a role, and its other end. */
  async function connection(): Promise<{ readonly handed: { readonly id: number }; readonly other: StreamSocket }> {
    const accepted: StreamSocket[] = [];
    const { local } = await far.listen({ port: 7 }, (stream) => accepted.push(stream));
    const stream = await time.settle(near.connectStream(local, { timeoutMs: 1000 }));
    return { handed: near.handOver(stream), other: accepted[0] as StreamSocket };
  }

  return { time, network, near, far, start, connection, at: (afterMs: number) => (begin + afterMs * 1e6) as Instant };
}

const carrierOf = (handed: { readonly id: number }, greeting?: Uint8Array): HandedCarrier => ({
  kind: 'stream',
  handed,
  unread: new Uint8Array(0),
  greeting,
});

function chunksOf(stream: StreamSocket): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  stream.onData((chunk) => chunks.push(chunk));
  return chunks;
}

describe('the role of a stream over a connection', () => {
  it('is ready, sends when it is told to, tells each interval, and last its outcome', async () => {
    const { time, start, connection, at } = scene();
    const { handed, other } = await connection();
    chunksOf(other);
    const { role, words, said, order, progress } = start(carrierOf(handed));
    await time.advance(ms(1));
    expect(words).toStrictEqual([
      { word: 'ready', facts: { receiveTimestamps: 'user', receiveBufferBytes: undefined } },
    ]);
    order({ order: 'start' });
    await time.advance(ms(1950));
    expect(progress.bytes).toBe(20 * LENGTH);
    order({ order: 'stop' });
    await time.advance(ms(100));
    order({ order: 'hold' }, { order: 'finish', end: at(2060) });
    await time.advance(ms(10));
    expect(said()).toStrictEqual(['ready', 'interval', 'complete', 'stopped', 'interval', 'finished']);
    const last = words.at(-1);
    expect(last?.word === 'finished' && last.outcome.figures).toMatchObject({ id: 1, bytes: 2000, messages: 20 });
    order({ order: 'release' });
    await time.settle(role.ended);
  });

  it('greets before it sends anything, and is ready when that is written', async () => {
    const { time, start, connection } = scene();
    const { handed, other } = await connection();
    const chunks = chunksOf(other);
    const { said, order } = start(carrierOf(handed, COOKIE));
    await time.advance(ms(0.9));
    expect(said()).toStrictEqual([]);
    await time.advance(ms(1));
    expect(said()).toStrictEqual(['ready']);
    order({ order: 'start' });
    await time.advance(ms(50));
    expect(chunks[0]).toStrictEqual(COOKIE);
    const reader = new RecordReader(() => {});
    for (const chunk of chunks.slice(1)) expect(reader.push(chunk)).toBeUndefined();
    expect(reader.atBoundary).toBe(true);
  });

  it('takes what comes while it is on its way to the role', async () => {
    const { time, start, connection } = scene();
    const { handed, other } = await connection();
    other.write(new Uint8Array(30));
    await time.advance(ms(5));
    const plain = { isSending: false, anchor: undefined };
    const { progress } = start(carrierOf(handed), plain);
    await time.advance(ms(5));
    expect(progress.bytes).toBe(30);
  });

  it('says that the connection is broken, or has ended', async () => {
    const { time, start, connection } = scene();
    const { handed, other } = await connection();
    const { words } = start(carrierOf(handed), { isSending: false });
    other.write(new Uint8Array(30));
    await time.advance(ms(5));
    other.destroy();
    await time.advance(ms(5));
    expect(words.slice(1)).toStrictEqual([
      { word: 'broken', why: 'the stream is not one of records: bad length' },
      { word: 'closed', error: undefined },
    ]);
  });

  it('ends with its connection when it is released, whatever it was about', async () => {
    const { time, start, connection } = scene();
    const { handed, other } = await connection();
    const closed = jest.fn();
    other.onClose(closed);
    const { role, order } = start(carrierOf(handed));
    order({ order: 'start' });
    await time.advance(ms(500));
    order({ order: 'release' });
    await time.settle(role.ended);
    await time.advance(ms(5));
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it('fails where the connection is another’s already', async () => {
    const { time, start } = scene();
    const { role, said } = start(carrierOf({ id: 99 }));
    await expect(time.settle(role.ended)).rejects.toMatchObject({ code: 'EBADF' });
    expect(said()).toStrictEqual([]);
  });
});

describe('the role of a stream of datagrams', () => {
  const udp = { plan: planOf({ protocol: 'udp', length: LENGTH, spacing: ms(100), duration: seconds(2) }) };
  const askOf = (socket: DatagramSocket): HandedCarrier => ({
    kind: 'ask',
    peer: socket.local,
    bind: undefined,
    ttl: undefined,
    opening: encodeStreamOpening(undefined),
  });

  it('that asks is ready when it is answered; orders before that are kept', async () => {
    const { time, far, start } = scene();
    const server = await far.bindDatagrams({ bind: { port: 7 } });
    const openings: Uint8Array[] = [];
    server.onBatch((batch) => {
      for (let i = 0; i < batch.count; i++) openings.push(batch.payload(i).slice());
      if (openings.length === 2) batch.reply(0, ANSWER);
    });
    const { said, order, progress, role } = start(askOf(server), udp);
    await time.advance(ms(240));
    expect([said(), openings.length]).toStrictEqual([[], 1]);
    await time.advance(ms(20));
    expect([said(), openings.length]).toStrictEqual([['ready'], 2]);
    order({ order: 'start' });
    await time.advance(ms(250));
    expect(progress.bytes).toBe(3 * LENGTH);
    order({ order: 'rest', isResting: true });
    await time.advance(ms(500));
    expect(progress.bytes).toBe(3 * LENGTH);
    order({ order: 'release' });
    await time.settle(role.ended);
  });

  it('that asks in vain ends when it is released', async () => {
    const { time, network, far, start } = scene();
    const server = await far.bindDatagrams({ bind: { port: 7 } });
    const { role, said, order } = start(askOf(server), udp);
    await time.advance(seconds(2));
    order({ order: 'release' });
    await time.settle(role.ended);
    expect([said(), network.sockets.size]).toStrictEqual([[], 1]);
  });

  it('that answers does so beside the server, whose socket gets nothing of it', async () => {
    const { time, near, far, start } = scene();
    const server = await near.bindDatagrams({ bind: { port: 7 } });
    const strangers = jest.fn();
    server.onBatch(strangers);
    const client = await far.connectDatagrams(server.local, {});
    const heard: Uint8Array[] = [];
    client.onBatch((batch) => {
      for (let i = 0; i < batch.count; i++) heard.push(batch.payload(i).slice());
    });
    const carrier: HandedCarrier = {
      kind: 'answer',
      beside: server.bound,
      address: '10.0.0.1',
      peer: client.local,
      answer: ANSWER,
    };
    const { said, order } = start(carrier, udp);
    await time.advance(ms(5));
    expect([said(), heard.map(isStreamOpeningAnswer)]).toStrictEqual([['ready'], [true]]);
    client.send(encodeStreamOpening(undefined));
    order({ order: 'start' });
    await time.advance(ms(250));
    // Answered again, and the datagrams of 0, 100 and 200 ms.
    expect(heard).toHaveLength(5);
    expect(strangers).not.toHaveBeenCalled();
  });

  it('says what was refused, by its code, once', async () => {
    const { time, network, far, start } = scene();
    const server = await far.bindDatagrams({ bind: { port: 7 } });
    const { words, order } = start(askOf(server), udp);
    await time.advance(ms(1));
    network.readdress('10.0.0.1');
    order({ order: 'start' });
    await time.advance(seconds(1));
    expect(words).toContainEqual({
      word: 'send-error',
      error: { name: 'Error', message: 'invalid argument', code: 'EINVAL', mtuBytes: undefined },
    });
    expect(words.filter(({ word }) => word === 'send-error')).toHaveLength(1);
  });
});

it.each<[what: string, plan: Parameters<typeof planOf>[0], isSending: boolean, spins: boolean]>([
  ['datagrams as fast as they come', { protocol: 'udp', spacing: undefined }, false, true],
  ['datagrams that it sends itself', { protocol: 'udp', spacing: undefined }, true, false],
  ['datagrams at a pace', { protocol: 'udp', spacing: ms(1) }, false, false],
  ['datagrams of one stream of many', { protocol: 'udp', spacing: undefined, parallel: 2 }, false, false],
  ['records as fast as they come', { protocol: 'tcp', spacing: undefined }, false, false],
])('the role of %s waits for them awake only where it must', (_, plan, isSending, spins) => {
  const options = usualStream(new FakeNetwork(new VirtualTime()).host('10.0.0.1'), planOf(plan), { isSending });
  const data = { options, carrier: {} as HandedCarrier, progress: new StreamProgress().buffer };
  expect(STREAM_ROLE.spins(data)).toBe(spins);
});
