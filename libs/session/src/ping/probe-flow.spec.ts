import type { ProbeEvent, SessionEvent } from '@pathgauge/result';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { DatagramBatch } from '@pathgauge/transport';
import { milliseconds, type Span, seconds, WallMap } from '@pathgauge/units';
import { ToyDialect, toyReply } from '../../test/toy-dialect';
import { usualProbes } from '../../test/usual-probes';
import { HostStalls } from '../host-stalls';
import type { PingOptions } from './ping-options';
import { ProbeFlow } from './probe-flow';
import type { ProbeSocketHandlers } from './probe-socket';

const PEER = { address: '10.0.0.2', port: 1 };
const THERE_AND_BACK: Span = milliseconds(2);

/** A flow that speaks a dialect of nobody's, with a server that answers but where `isLost`. */
function setUp(asked: Partial<PingOptions> = {}, isLost: (probe: number) => boolean = () => false) {
  const time = new VirtualTime();
  const host = new FakeNetwork(time).host('10.0.0.1');
  const events: SessionEvent[] = [];
  const told: string[] = [];
  const numbers: number[] = [];
  let handlers: ProbeSocketHandlers | undefined;
  let requests = 0;
  let isFormer = false;
  const arrive = (...payloads: Uint8Array[]): void => {
    const arrival = host.clock.now();
    const batch = { count: payloads.length, payload: (i: number) => payloads[i], arrival: () => arrival };
    const asTold = { arrivalSource: () => 'kernel', hopLimit: () => undefined, trafficClass: () => undefined };
    handlers?.onBatch({ ...batch, ...asTold } as unknown as DatagramBatch, isFormer);
  };
  const socket = {
    current: { offloads: [], receiveBufferBytes: 1, sendTimestamps: 'user', receiveTimestamps: 'kernel' } as const,
    backlog: 0,
    begin: (given: ProbeSocketHandlers) => {
      handlers = given;
    },
    onStamp: () => {},
    send: (probe: Uint8Array) => {
      const number = probe[1] as number;
      numbers.push(number);
      if (isLost(number)) return;
      const reply = toyReply(probe, requests++);
      time.schedule(THERE_AND_BACK, () => arrive(reply));
    },
    dropped: () => 3,
    pathMtuBytes: () => undefined,
    close: () => told.push('closed'),
  };
  const wall = new WallMap(host.clock.anchor());
  const parts = { socket, peer: PEER, dialect: new ToyDialect(), wall, isSameHost: false, stalls: new HostStalls() };
  const flow = new ProbeFlow({ ...usualProbes(PEER.address, PEER.port), ...asked }, host, parts, {
    onBegin: () => told.push('begin'),
    onEvent: (event) => events.push(event),
    onNotice: (code) => told.push(code),
    onOver: () => told.push('over'),
  });
  const outcomes = () =>
    events
      .filter((event): event is ProbeEvent => event.type === 'probe')
      .map((event) => `${event.sequence} ${event.outcome}`);
  const comeFromFormer = () => {
    isFormer = true;
  };
  return { time, flow, told, numbers, arrive, outcomes, comeFromFormer };
}

describe('ProbeFlow', () => {
  it('knows no wire format: it sends, tallies and ends whatever the dialect makes of its probes', async () => {
    const { time, flow, told, numbers, outcomes } = setUp({ count: 4, length: 4 }, (probe) => probe === 2);
    flow.begin();
    await time.advance(seconds(3));
    // Behind the last one a number is left out, and one answer to a closing probe is enough.
    expect(numbers).toStrictEqual([0, 1, 2, 3, 5]);
    expect(outcomes()).toStrictEqual(['0 received', '1 received', '2 lost', '3 received']);
    expect(told).toStrictEqual(['begin', 'over']);
    const { counts, hostDropped, rtt, hostStalls } = flow.figures();
    expect(counts).toMatchObject({ sent: 4, received: 3, lost: 1, lostUp: 1, lostDown: 0 });
    expect([hostDropped, rtt?.minNs, hostStalls.count]).toStrictEqual([0, 2e6, 0]);
  });

  it('tells each reply once, whatever it turns out to be', async () => {
    const { time, flow, arrive, outcomes } = setUp({ count: 2, timeout: milliseconds(50) }, (probe) => probe === 0);
    flow.begin();
    await time.advance(milliseconds(80));
    arrive(toyReply(Uint8Array.of(1, 0), 0));
    arrive(toyReply(Uint8Array.of(1, 0), 0), Uint8Array.of(7, 7, 7, 7));
    await time.advance(seconds(3));
    expect(outcomes()).toStrictEqual(['0 lost', '0 late', '0 duplicate', '1 received']);
    expect(flow.foreignReplies()).toStrictEqual({ count: 1, kinds: { other: 1 } });
  });

  it('is over once, however often it is interrupted', async () => {
    const { time, flow, told } = setUp({ count: undefined, duration: seconds(60), timeout: seconds(2) }, () => true);
    flow.begin();
    await time.advance(milliseconds(150));
    flow.interrupt();
    flow.interrupt();
    await time.advance(seconds(2));
    flow.interrupt();
    expect([told, flow.isInterrupted, flow.isAnswered]).toStrictEqual([['begin', 'over'], true, false]);
    expect(flow.figures().counts).toMatchObject({ sent: 2, lost: 2 });
    expect(flow.figures().durationNs).toBe(645e6);
  });

  it('was not interrupted where everything was settled already', async () => {
    const { time, flow, told } = setUp({ count: 1 });
    flow.begin();
    await time.advance(milliseconds(8));
    expect(told).toStrictEqual(['begin']);
    flow.interrupt();
    expect([told, flow.isInterrupted]).toStrictEqual([['begin', 'over'], false]);
  });

  it('counts what comes to a former socket', async () => {
    const { time, flow, comeFromFormer } = setUp({ count: 2 });
    flow.begin();
    comeFromFormer();
    flow.loseReflector();
    await time.advance(seconds(3));
    expect(flow.figures().counts).toMatchObject({ sent: 2, received: 2, lostUp: undefined });
  });

  it('leaves nothing behind when it is released', async () => {
    const { time, flow, told, numbers } = setUp();
    flow.begin();
    await time.advance(milliseconds(50));
    flow.release();
    await time.advance(seconds(5));
    expect([told, numbers]).toStrictEqual([['begin', 'closed'], [0]]);
  });
});
