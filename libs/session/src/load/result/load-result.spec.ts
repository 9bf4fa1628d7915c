import type { StreamFigures } from '@pathgauge/protocol';
import type { Direction } from '@pathgauge/result';
import { VirtualClock, VirtualTime } from '@pathgauge/testing';
import { planOf } from '../../../test/load-plans';
import { figuresOf, transitOf } from '../../../test/stream-figures';
import { ALL_METRICS } from '../../metric-switches';
import { settingsOfPlan } from '../plan/load-settings';
import { PLAIN_SOCKETS } from '../plan/socket-plan';
import { type LoadFacts, loadResult } from './load-result';
import { loadTransportUse } from './load-transport';
import type { WeighedStream } from './weighed-stream';

const NO_METRICS = { throughput: false, jitter: false, oneWayDelay: false } as const;
const PEER = { host: 'server.example', address: '10.0.0.2', port: 5201, protocol: 'pathgauge' } as const;
const PLAN = planOf({
  protocol: 'udp',
  length: 100,
  sockets: { ...PLAIN_SOCKETS, trafficClass: 184, dontFragment: true },
});

const streamOf = (
  received: Partial<StreamFigures> | undefined,
  sent?: Partial<StreamFigures>,
  direction: Direction = 'up',
): WeighedStream => ({
  id: received?.id ?? 1,
  direction,
  received: received && figuresOf(received),
  sent: sent && figuresOf(sent),
  awaited: sent && figuresOf(sent).messages,
  contradictions: [],
});

const TRANSPORT = { kind: 'portable', note: undefined, clock: new VirtualClock(new VirtualTime()) } as const;

const FACTS: LoadFacts = {
  runner: 'udp-client',
  startedAt: new Date('2026-11-26T12:00:00Z'),
  durationNs: 2e9,
  reason: undefined,
  error: undefined,
  notices: [],
  peer: PEER,
  transport: loadTransportUse(TRANSPORT, undefined, []),
  settings: settingsOfPlan(PLAN),
  metrics: ALL_METRICS,
  protocol: 'udp',
  directions: ['up'],
  streams: [streamOf({ messages: 8, jitterNs: 5 }, { messages: 10 })],
  clock: undefined,
  sendError: [],
  intervals: undefined,
  icmp: [],
  cpu: undefined,
  serverOutput: undefined,
};
const resultOf = (facts: Partial<LoadFacts>) => loadResult({ ...FACTS, ...facts });

/** Both clocks are one, within a microsecond. */
const CLOCK = {
  basis: 'same-clock',
  offsetNs: 0,
  offsetLowNs: -1000,
  offsetHighNs: 1000,
  lowNs: -1000,
  highNs: 1000,
  smallestNs: -1000,
  largestNs: 1000,
  skewPpm: undefined,
  skewLowPpm: undefined,
  skewHighPpm: undefined,
  steps: 0,
  baseSeconds: 0,
} as unknown as LoadFacts['clock'];

describe('the document of a load', () => {
  it('says what was asked for, of whom, and what came of it', () => {
    expect(resultOf({})).toMatchObject({
      kind: 'load',
      startedAt: '2026-11-26T12:00:00.000Z',
      durationNs: 2e9,
      complete: true,
      reason: undefined,
      error: undefined,
      peer: PEER,
      settings: { lengthBytes: 100, direction: 'up', dscp: 46, dontFragment: true },
      throughput: { up: { bytes: 1000, durationNs: 1e9, bitsPerSecond: 8000, messages: 8 }, down: undefined },
      jitter: { upNs: 5 },
      streams: [{ id: 1, direction: 'up', bytes: 1000, bitsPerSecond: 8000, messages: 8, jitterNs: 5 }],
    });
  });

  it.each([
    ['up', { upNs: 5, downNs: undefined }],
    ['down', { upNs: undefined, downNs: 5 }],
  ] as const)('has its figures under %s alone', (direction, jitter) => {
    const other = direction === 'up' ? 'down' : 'up';
    const streams = [streamOf({ messages: 8, jitterNs: 5 }, { messages: 10 }, direction)];
    const { throughput, ...result } = resultOf({ directions: [direction], streams });
    expect(throughput).toMatchObject({ [direction]: { bytes: 1000 }, [other]: undefined });
    expect(result).toMatchObject({ jitter, streams: [{ direction }] });
  });

  it('leaves out what was switched off, but not what was counted', () => {
    const transit = transitOf(1e6, 2e6);
    const streams = [streamOf({ jitterNs: 5, transit }, {})];
    const off = resultOf({ metrics: NO_METRICS, clock: CLOCK, streams });
    expect(off).toMatchObject({ throughput: undefined, jitter: undefined, owd: undefined, queueing: undefined });
    expect(off.streams?.[0]).toMatchObject({
      bytes: 1000,
      bitsPerSecond: undefined,
      jitterNs: undefined,
      owd: undefined,
      sent: { bytes: 1000, bitsPerSecond: undefined, messagesPerSecond: undefined },
    });
    const on = resultOf({ clock: CLOCK, streams });
    expect(on).toMatchObject({
      owd: { basis: 'same-clock', up: { count: 2, minNs: 1e6, maxNs: 2e6 } },
      queueing: { up: { minNs: 0, maxNs: 1e6 } },
      pdv: { up: { minNs: 0, maxNs: 1e6 } },
      streams: [{ owd: { minNs: 1e6 } }],
    });
  });

  it('has queueing, which needs no clock, where no clock is known', () => {
    const { owd, queueing } = resultOf({ streams: [streamOf({ transit: transitOf(7e9, 7e9 + 5) }, {})] });
    expect([owd, queueing?.up?.maxNs]).toStrictEqual([undefined, 5]);
  });

  it('has no throughput of nothing, though it is known that nothing came', () => {
    const { throughput, streams } = resultOf({ streams: [streamOf({ bytes: 0, messages: 0, durationNs: 0 }, {})] });
    expect([throughput, streams?.[0]?.bytes, streams?.[0]?.bitsPerSecond]).toStrictEqual([undefined, 0, undefined]);
  });

  it('knows nothing of an end that never told', () => {
    expect(resultOf({ streams: [streamOf(undefined, {})] })).toMatchObject({
      throughput: undefined,
      jitter: undefined,
      streams: [{ id: 1, bytes: undefined, messages: undefined, sent: { bytes: 1000 } }],
    });
    expect(resultOf({ streams: [streamOf(undefined)] }).streams).toMatchObject([{ id: 1, sent: undefined }]);
  });

  it('of several streams has each of them, and their sum', () => {
    const streams = [
      streamOf({ id: 1, bytes: 1000, durationNs: 1e9, jitterNs: 5 }, { id: 1 }),
      streamOf({ id: 2, bytes: 3000, durationNs: 2e9, jitterNs: 7 }, { id: 2 }),
    ];
    const result = resultOf({ streams });
    expect(result.throughput?.up).toMatchObject({ bytes: 4000, durationNs: 2e9, bitsPerSecond: 16_000, messages: 20 });
    expect(result.streams).toMatchObject([
      { id: 1, bytes: 1000, jitterNs: 5 },
      { id: 2, bytes: 3000, jitterNs: 7 },
    ]);
    // A mean: 10 messages each.
    expect(result.jitter).toStrictEqual({ upNs: 6, downNs: undefined });
  });

  it('of both directions has each figure by direction, and the datagrams of both', () => {
    const bursts = (count: number) => ({ expected: 10, lossBursts: { count, longest: 1, lengths: { 1: count } } });
    const streams = [
      streamOf({ messages: 8, jitterNs: 5, transit: transitOf(1e6, 2e6), ...bursts(2) }, { messages: 10 }),
      streamOf({ id: 3, messages: 9, bytes: 500, jitterNs: 7, transit: transitOf(3e6), ...bursts(1) }, {}, 'down'),
    ];
    const result = resultOf({ directions: ['up', 'down'], streams, clock: CLOCK });
    expect(result).toMatchObject({
      throughput: { up: { bytes: 1000 }, down: { bytes: 500 } },
      datagrams: { sent: 20, received: 17, lost: 3, lostUp: 2, lostDown: 1, up: { sent: 10 }, down: { sent: 10 } },
      owd: { up: { maxNs: 2e6 }, down: { maxNs: 3e6 } },
      queueing: { up: { maxNs: 1e6 }, down: { maxNs: 0 } },
      pdv: { up: { maxNs: 1e6 }, down: { maxNs: 0 } },
      jitter: { upNs: 5, downNs: 7 },
      lossBursts: { count: 3, lengths: { 1: 3 } },
      streams: [
        { id: 1, direction: 'up', lost: 2, lossBursts: { count: 2 }, queueing: { maxNs: 1e6 } },
        { id: 3, direction: 'down', lost: 1, lossBursts: { count: 1 }, owd: { minNs: 3e6 } },
      ],
    });
    expect(result.datagrams?.up?.lossBursts?.count).toBe(2);
  });

  it('has how late the messages of all streams left', () => {
    expect(resultOf({ sendError: [transitOf(1, 2), transitOf(9)] }).sendErrorNs).toMatchObject({ count: 3, maxNs: 9 });
    expect(resultOf({}).sendErrorNs).toBeUndefined();
  });

  it('has the processors of both ends, and what the server said', () => {
    const cpu = { local: { percent: 3, userPercent: 1, systemPercent: 2 }, remote: undefined };
    const serverOutput = { text: 'so it went', json: undefined };
    expect(resultOf({ cpu, serverOutput })).toMatchObject({ cpu, serverOutput });
  });

  it('has the congestion control of each direction, where all of its streams agree', () => {
    const one = (id: number, congestion: string, direction: Direction) => streamOf({ id }, { congestion }, direction);
    const streams = [one(1, 'bbr', 'up'), one(3, 'bbr', 'up'), one(4, 'cubic', 'down'), one(5, 'reno', 'down')];
    const result = resultOf({ protocol: 'tcp', directions: ['up', 'down'], streams });
    expect(result.congestion).toStrictEqual({ up: 'bbr', down: undefined });
    expect(result.streams?.map(({ congestion }) => congestion)).toStrictEqual(['bbr', 'bbr', 'cubic', 'reno']);
  });

  it.each<[string, Partial<StreamFigures>, string | undefined]>([
    ['everything was sent', { notSent: { heldUp: 0, refused: 0, blocked: 0 } }, undefined],
    ['the path took less', { notSent: { heldUp: 0, refused: 0, blocked: 500 } }, undefined],
    ['its own system refused', { notSent: { heldUp: 0, refused: 500, blocked: 0 } }, 'not everything was sent'],
  ])('is complete or not as to what was sent: %s', (_, sent, reason) => {
    expect(resultOf({ streams: [streamOf({}, sent)] })).toMatchObject({ complete: reason === undefined, reason });
  });

  it('says first why it was cut short, then what was not sent', () => {
    const streams = [streamOf({}, { notSent: { heldUp: 0, refused: 500, blocked: 0 } })];
    const error = { code: 'stopped', message: 'the server was stopped' } as const;
    expect(resultOf({ streams, reason: error.message, error })).toMatchObject({
      complete: false,
      reason: 'the server was stopped',
      error,
      streams: [{ notSent: 500 }],
    });
  });

  it('has no datagrams of TCP, and the path of its sender', () => {
    const sent = { retransmits: 3, rttNs: 4e6, cwndBytes: 20_000, mssBytes: 1448 };
    const pathMtu = { bytes: 1500, from: undefined };
    const result = resultOf({ protocol: 'tcp', streams: [streamOf({}, { ...sent, pathMtu })] });
    expect(result).toMatchObject({ lossBursts: undefined, streams: [sent] });
    // Of TCP, the payload is what a segment holds.
    expect(result.pathMtu).toStrictEqual({ up: { ...pathMtu, payloadBytes: 1448 }, down: undefined });
  });
});

describe('what ICMP said', () => {
  const icmp = { version: 4, type: 3, code: 13, from: '192.0.2.1', mtuBytes: undefined } as const;
  const own = [{ error: 'EHOSTUNREACH', icmp, count: 2 }];

  it.each([
    ['udp-client', 'up', ['up']],
    ['udp-server', 'down', ['down']],
  ] as const)('is told by a %s of its own direction: %s', (runner, direction, expected) => {
    const { icmp: counts } = resultOf({
      runner,
      directions: [direction],
      icmp: own,
      streams: [streamOf({}, { icmp: [{ ...icmp, count: 5 }] }, direction)],
    });
    expect(counts.map((each) => each.direction)).toStrictEqual(expected);
    expect(counts).toMatchObject([{ count: 2, type: 3, code: 13, from: '192.0.2.1' }]);
  });

  it('is told of the other one by whoever sent there', () => {
    const { icmp: counts } = resultOf({
      directions: ['down'],
      streams: [streamOf({}, { icmp: [{ ...icmp, count: 5 }] }, 'down')],
    });
    expect(counts).toMatchObject([{ direction: 'down', count: 5 }]);
  });

  it('is counted together where several streams have heard the same', () => {
    const other = { ...icmp, from: '192.0.2.2' };
    const told = [
      { ...icmp, count: 5 },
      { ...other, count: 1 },
    ];
    const streams = [streamOf({ id: 1 }, { icmp: told }, 'down'), streamOf({ id: 3 }, { icmp: told }, 'down')];
    const { icmp: counts } = resultOf({ directions: ['down'], streams });
    expect(counts).toMatchObject([
      { count: 10, from: '192.0.2.1' },
      { count: 2, from: '192.0.2.2' },
    ]);
  });

  it('is told apart up to a bound, however many streams hear of however many routers', () => {
    const heard = Array.from({ length: 40 }, (_, i) => ({
      error: 'EHOSTUNREACH',
      icmp: { ...icmp, from: `192.0.2.${i}` },
      count: 2,
    }));
    const { icmp: counts } = resultOf({ icmp: heard });
    expect(counts).toHaveLength(17);
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(80);
    expect(counts.at(-1)).toMatchObject({ count: 48, from: undefined, text: expect.stringContaining('further') });
  });
});
