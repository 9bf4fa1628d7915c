import { REFLECTOR_PACKET } from '@pathgauge/protocol';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { type DatagramSocket, type Endpoint, IcmpError, type SendStampHandler } from '@pathgauge/transport';
import { milliseconds, seconds, span } from '@pathgauge/units';
import { answerProbes, flowOver } from '../../test/probe-flows';
import { FlowSockets } from './flow-sockets';
import type { PingOptions } from './ping-options';
import { STAMP_LABELS } from './stamp-labels';

const PORT = 862;
const ONE: Endpoint = { address: '10.0.0.2', port: PORT };
const OTHER: Endpoint = { address: '10.0.0.3', port: PORT };
const EXCEEDED = new IcmpError('EHOSTUNREACH', {
  version: 4,
  type: 11,
  code: 0,
  from: '10.0.0.9',
  mtuBytes: undefined,
});

/** What a kernel that stamps adds to a socket: all that is sent comes back with headers before it. */
function stamping(socket: DatagramSocket, now: () => Parameters<SendStampHandler>[2]): DatagramSocket {
  let onStamp: SendStampHandler = () => {};
  return Object.assign(Object.create(socket), {
    onStamp: (handler: SendStampHandler) => {
      onStamp = handler;
    },
    onBatch: socket.onBatch.bind(socket),
    onError: socket.onError.bind(socket),
    onRefused: socket.onRefused.bind(socket),
    send: (payload: Uint8Array, to: Endpoint) => {
      socket.send(payload, to);
      onStamp(Uint8Array.from([...Array(42).fill(0x45), ...payload]), 'sent', now());
    },
  });
}

/** A host with one socket for all flows, and two that answer. */
async function setUp(change?: (reply: Uint8Array) => Uint8Array) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const host = network.host('10.0.0.1');
  const servers = [network.host(ONE.address), network.host(OTHER.address)] as const;
  const answering = [
    await answerProbes(servers[0], PORT, change),
    await answerProbes(servers[1], PORT, change),
  ] as const;
  const bare = await host.bindDatagrams({});
  const own = { address: '10.0.0.1', port: bare.local.port };
  const begin = (sockets: FlowSockets, peer: Endpoint, ssid: number, options: Partial<PingOptions> = {}) => {
    const socket = sockets.open({ peer, label: ssid, length: options.length ?? 64 });
    const tested = flowOver(host, socket, peer, ssid, options);
    tested.flow.begin();
    return tested;
  };
  return { time, network, host, servers, answering, bare, own, begin };
}

type Tested = ReturnType<Awaited<ReturnType<typeof setUp>>['begin']>;
const countsOf = ({ flow }: Tested) => {
  const { counts, foreignReplies } = flow.figures();
  return { sent: counts.sent, received: counts.received, foreign: foreignReplies?.count ?? 0 };
};
const ALL = { sent: 10, received: 10, foreign: 0 };
const NONE = { sent: 10, received: 0, foreign: 0 };

describe('FlowSockets', () => {
  it('tells two peers with one SSID apart by their addresses', async () => {
    const { time, network, bare, begin } = await setUp();
    network.fateOf = ({ from }) => (from.address === OTHER.address ? [] : [milliseconds(1)]);
    const sockets = new FlowSockets(bare, STAMP_LABELS);
    const [one, other] = [begin(sockets, ONE, 7), begin(sockets, OTHER, 7)];
    await time.advance(seconds(5));
    expect([countsOf(one), countsOf(other), sockets.foreign]).toStrictEqual([ALL, NONE, 0]);
  });

  it('tells two flows to one peer apart by their SSIDs, also by one in another place', async () => {
    const inOtherPlace = (reply: Uint8Array): Uint8Array => {
      const { ssid, zero } = REFLECTOR_PACKET.offset;
      reply.copyWithin(zero, ssid, ssid + 2);
      return reply.fill(0, ssid, ssid + 2);
    };
    for (const change of [undefined, inOtherPlace]) {
      const { time, bare, begin } = await setUp(change);
      const sockets = new FlowSockets(bare, STAMP_LABELS);
      const flows = [begin(sockets, ONE, 7), begin(sockets, ONE, 0x0807, { count: 5 })] as const;
      await time.advance(seconds(5));
      expect(flows.map(countsOf)).toStrictEqual([ALL, { sent: 5, received: 5, foreign: 0 }]);
      expect(sockets.foreign).toBe(0);
    }
  });

  it('tells flows to one peer apart that gives back no SSID, by the T1 of their probes', async () => {
    const { time, bare, begin } = await setUp((reply) => {
      const { ssid } = REFLECTOR_PACKET.offset;
      return reply.fill(0, ssid, ssid + 2);
    });
    const sockets = new FlowSockets(bare, STAMP_LABELS);
    const one = begin(sockets, ONE, 7);
    await time.advance(milliseconds(10));
    const other = begin(sockets, ONE, 8);
    await time.advance(seconds(5));
    expect([countsOf(one), countsOf(other), sockets.foreign]).toStrictEqual([ALL, ALL, 0]);
    expect([one.isOver(), other.isOver()]).toStrictEqual([true, true]);
  });

  it('gives each flow its own of what comes at one instant, in order', async () => {
    const { time, network, bare, begin } = await setUp();
    // All replies arrive together.
    const at = time.now() + 1.5e9;
    network.fateOf = ({ from }) =>
      from.address === '10.0.0.1' ? [milliseconds(1)] : [span(Math.max(1e6, at - time.now()))];
    const sockets = new FlowSockets(bare, STAMP_LABELS);
    const patient = { timeout: seconds(3) };
    const flows = [begin(sockets, ONE, 7, patient), begin(sockets, OTHER, 7, patient), begin(sockets, ONE, 8, patient)];
    await time.advance(milliseconds(1400));
    expect(flows.map(({ flow }) => flow.interim().received)).toStrictEqual([0, 0, 0]);
    await time.advance(milliseconds(200));
    expect(flows.map(({ flow }) => flow.interim().received)).toStrictEqual([10, 10, 10]);
    await time.advance(seconds(8));
    const counts = { sent: 10, received: 10, duplicates: 0, reordered: 0 };
    for (const { flow } of flows) expect(flow.figures().counts).toMatchObject(counts);
    expect(sockets.foreign).toBe(0);
  });

  it('counts a datagram from nobody that a flow speaks with once, for no flow', async () => {
    const { time, host, network, bare, own, begin } = await setUp();
    const sockets = new FlowSockets(bare, STAMP_LABELS);
    const flows = [begin(sockets, ONE, 7), begin(sockets, OTHER, 8)];
    const stranger = await network.host('10.0.0.4').bindDatagrams({ bind: { port: PORT } });
    const otherPort = await host.bindDatagrams({});
    stranger.send(new Uint8Array(64), own);
    otherPort.send(new Uint8Array(64), own);
    await time.advance(seconds(5));
    expect(sockets.foreign).toBe(2);
    expect(flows.map(countsOf)).toStrictEqual([ALL, ALL]);
  });

  it('leaves it to the only flow of a peer to say what is wrong with a datagram from there, and counts it itself where there are two', async () => {
    const { time, bare, own, answering, begin } = await setUp();
    const sockets = new FlowSockets(bare, STAMP_LABELS);
    const flows = [begin(sockets, ONE, 7), begin(sockets, ONE, 8), begin(sockets, OTHER, 7)] as const;
    for (const socket of answering) socket.send(new Uint8Array(64).fill(9), own);
    await time.advance(seconds(5));
    expect(flows.map(countsOf)).toStrictEqual([ALL, ALL, { ...ALL, foreign: 1 }]);
    expect(sockets.foreign).toBe(1);
  });

  it('hands the stamp of a probe to its flow, whatever SSID, length and number the probes of others have', async () => {
    const { time, host, bare, begin } = await setUp();
    const sockets = new FlowSockets(
      stamping(bare, () => host.clock.now()),
      STAMP_LABELS,
    );
    const one = begin(sockets, ONE, 7);
    const longer = begin(sockets, ONE, 9, { length: 200 });
    await time.advance(milliseconds(3));
    const other = begin(sockets, OTHER, 7);
    await time.advance(seconds(5));
    for (const { flow } of [one, longer, other]) {
      expect(flow.programStamps()).toMatchObject({ sent: 0, answered: 10 });
      // Those that a timer has sent leave at once on virtual time; a stamp of another flow would be 3 ms off.
      expect(flow.figures().sendError).toMatchObject({ count: 10, minNs: 0, maxNs: 0 });
    }
  });

  it('tells the flow whose probe the system refused, also of two with one SSID', async () => {
    const { time, bare, begin } = await setUp();
    const sockets = new FlowSockets(bare, STAMP_LABELS);
    const one = begin(sockets, ONE, 7);
    await time.advance(milliseconds(20));
    const other = begin(sockets, OTHER, 7);
    await time.advance(milliseconds(90));
    Object.assign(bare, { refusal: Object.assign(new Error('no'), { code: 'EPERM' }) });
    // The second probe of the other one alone.
    await time.advance(milliseconds(20));
    Object.assign(bare, { refusal: undefined });
    await time.advance(seconds(5));
    expect([one, other].map(({ flow }) => flow.figures().notSent)).toStrictEqual([0, 1]);
    expect([one.notices, other.notices]).toStrictEqual([[], ['EPERM']]);
  });

  it('tells the flow that an ICMP message quotes, and counts a message that quotes none', async () => {
    const { time, network, host, bare, begin } = await setUp();
    const quotes: Uint8Array[] = [];
    network.fateOf = ({ from, to, payload }) => {
      if (from.address === '10.0.0.1' && to.address === OTHER.address) quotes.push(payload.slice(0, 28));
      return to.address === OTHER.address ? [] : [milliseconds(1)];
    };
    const sockets = new FlowSockets(bare, STAMP_LABELS);
    const one = begin(sockets, ONE, 7);
    await time.advance(milliseconds(20));
    const other = begin(sockets, OTHER, 7);
    await time.advance(milliseconds(50));
    const told = bare as unknown as { reportEarlier(error: Error, quoted: Uint8Array | undefined): void };
    told.reportEarlier(EXCEEDED, quotes[0]);
    told.reportEarlier(EXCEEDED, quotes[0]?.subarray(0, 8));
    told.reportEarlier(EXCEEDED, undefined);
    told.reportEarlier(EXCEEDED, new Uint8Array(28));
    await time.advance(seconds(5));
    expect(one.flow.figures().icmp).toStrictEqual([]);
    expect(other.flow.figures().icmp).toMatchObject([{ count: 1 }]);
    expect(sockets.unknown).toBe(3);
    expect(host.kind).toBe('portable');
  });

  it('forgets a flow that is closed, and takes its SSID for another; the others go on', async () => {
    const { time, bare, begin } = await setUp();
    const sockets = new FlowSockets(bare, STAMP_LABELS);
    const one = begin(sockets, ONE, 7);
    const other = begin(sockets, ONE, 8);
    expect(() => sockets.open({ peer: ONE, label: 7, length: 64 })).toThrow(RangeError);
    await time.advance(milliseconds(250));
    one.flow.release();
    const again = begin(sockets, ONE, 7);
    await time.advance(seconds(5));
    expect(one.flow.interim()).toMatchObject({ received: 3 });
    expect([countsOf(other), countsOf(again), sockets.foreign]).toStrictEqual([ALL, ALL, 0]);
  });
});
