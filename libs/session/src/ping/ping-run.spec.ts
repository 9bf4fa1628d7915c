import type { SessionEvent } from '@pathgauge/result';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { type InProcessTransport, TransportError } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { OPTIONS, PORT, reflect, SERVER, type Serve } from '../../test/ping-scene';
import type { PingOptions } from './ping-options';
import { PingRun } from './ping-run';
import { openSocket, type Reached } from './reach';

const PEER = { address: SERVER, port: PORT };

interface Setting {
  readonly options?: Partial<PingOptions>;
  readonly serve?: Serve;
  readonly reached?: Partial<Reached>;
}

/** A run that has not begun, its events so far, and the sockets that are open. */
async function runOf({ options: asked, serve = reflect, reached }: Setting = {}) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const client: InProcessTransport = network.host('10.0.0.1');
  await serve(network.host(SERVER));
  const options = { ...OPTIONS, ...asked };
  const events: SessionEvent[] = [];
  const socket = await openSocket(options, client, PEER);
  const choice = { peer: PEER, socket, leftAside: [], isAnswering: undefined, ...reached };
  const run = new PingRun(options, client, choice, (event) => events.push(event));
  const of = <Type extends SessionEvent['type']>(type: Type) =>
    events.filter((event): event is Extract<SessionEvent, { type: Type }> => event.type === type);
  return { time, network, run, events, of, socketsOpen: () => network.sockets.size };
}

/** A server that answers nothing. */
const silent: Serve = (server) => server.bindDatagrams({ bind: { port: PORT } });

describe('a run of probes', () => {
  it('tells that it starts, each probe, and last the summary', async () => {
    const { time, run, events } = await runOf();
    run.begin();
    await time.settle(run.over);
    expect(events.map(({ type }) => type)).toStrictEqual(['start', ...Array(10).fill('probe'), 'summary']);
    expect(events.at(-1)).toMatchObject({ result: { complete: true, reason: undefined, probes: { received: 10 } } });
  });

  it('tells and sends nothing before it begins', async () => {
    const { time, network, events } = await runOf();
    const carried: unknown[] = [];
    network.fateOf = (datagram) => {
      carried.push(datagram);
      return [];
    };
    await time.advance(seconds(2));
    expect(events).toStrictEqual([]);
    expect(carried).toStrictEqual([]);
  });

  it('is over once the summary was told, and has closed its socket by then', async () => {
    const { time, run, of, socketsOpen } = await runOf();
    const before = socketsOpen();
    let toldBefore: number | undefined;
    void run.over.then(() => {
      toldBefore = of('summary').length;
    });
    run.begin();
    await time.settle(run.over);
    expect(toldBefore).toBe(1);
    expect(socketsOpen()).toBe(before - 1);
  });

  it('tells the figures so far, and no share of losses before the fate of a probe is known', async () => {
    const { time, run, of } = await runOf();
    run.begin();
    run.reportInterim();
    await time.advance(milliseconds(250));
    run.reportInterim();
    expect(of('interim').map(({ of: kind, ...rest }) => ({ kind, ...rest }))).toMatchObject([
      { kind: 'ping', counts: { sent: expect.any(Number), received: 0, lost: 0, lossRatio: undefined } },
      { kind: 'ping', counts: { sent: 3, received: 3, lost: 0, lossRatio: 0 } },
    ]);
  });

  it('sends no more when it is interrupted, and says so in its summary', async () => {
    const { time, run, of } = await runOf();
    run.begin();
    await time.advance(milliseconds(350));
    run.interrupt();
    await time.settle(run.over);
    expect(of('summary')[0]?.result).toMatchObject({
      complete: false,
      reason: 'interrupted',
      probes: { sent: 4, received: 4 },
    });
  });

  it('tells nothing any more when it was released', async () => {
    const { time, run, events, socketsOpen } = await runOf();
    const before = socketsOpen();
    run.begin();
    await time.advance(milliseconds(150));
    run.release();
    const told = events.length;
    await time.advance(seconds(5));
    expect(events).toHaveLength(told);
    expect(socketsOpen()).toBe(before - 1);
  });

  it('says which address it chose where others were left aside, first of all', async () => {
    const leftAside = [{ address: '10.0.0.9', failure: undefined }];
    const { run, events } = await runOf({
      options: { host: 'many.example' },
      reached: { leftAside, isAnswering: true },
    });
    run.begin();
    expect(events.map(({ type }) => type)).toStrictEqual(['start', 'notice']);
    expect(events[1]).toMatchObject({ message: expect.stringContaining('10.0.0.9') });
  });

  it('says that nobody answered at any address, when it is over', async () => {
    const leftAside = [{ address: '10.0.0.9', failure: new TransportError('ENETUNREACH', 'no way there') }];
    const { time, run, events, of } = await runOf({ serve: silent, reached: { leftAside } });
    run.begin();
    await time.settle(run.over);
    expect(events.at(-2)).toMatchObject({ type: 'notice', code: 'no-address-answers' });
    expect(of('notice')).toHaveLength(1);
    expect(of('summary')[0]?.result).toMatchObject({ probes: { sent: 10, received: 0, lost: 10 } });
  });

  it('does not say so when somebody answered', async () => {
    const leftAside = [{ address: '10.0.0.9', failure: undefined }];
    const { time, run, of } = await runOf({ reached: { leftAside } });
    run.begin();
    await time.settle(run.over);
    expect(of('notice')).toStrictEqual([]);
  });

  it('says that something answers which does not speak STAMP, and how much of it there was', async () => {
    const foreign: Serve = async (server) => {
      const socket = await server.bindDatagrams({ bind: { port: PORT } });
      socket.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) batch.reply(i, new Uint8Array(5));
      });
      return socket;
    };
    const { time, run, of } = await runOf({ serve: foreign });
    run.begin();
    await time.settle(run.over);
    const notices = of('summary')[0]?.result.notices ?? [];
    expect(notices).toContainEqual(expect.objectContaining({ code: 'not-stamp', count: 10 }));
  });

  it('tells who answered with which protocol as soon as it is known', async () => {
    const { time, run, of } = await runOf();
    run.begin();
    await time.settle(run.over);
    expect(of('start')[0]?.peer).toMatchObject({ ...PEER, protocol: undefined });
    expect(of('summary')[0]?.result).toMatchObject({ peer: { ...PEER, protocol: 'stamp' } });
  });
});
