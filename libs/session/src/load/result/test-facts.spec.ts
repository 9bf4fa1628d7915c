import { figuresToJson, type Grant, NO_RECEIVER_FIGURES, type Results } from '@pathgauge/protocol';
import type { NoticeEvent } from '@pathgauge/result';
import { VirtualClock, VirtualTime } from '@pathgauge/testing';
import { after, type Instant, milliseconds, seconds } from '@pathgauge/units';
import { planOf } from '../../../test/load-plans';
import { NO_WORDS, reportWith, resultsWith } from '../../../test/results';
import { outcomeOf } from '../../../test/stream-outcomes';
import { ALL_METRICS } from '../../metric-switches';
import { Notices } from '../../notices';
import { SessionClock } from '../conversation/session-clock';
import type { LoadPlan } from '../plan/load-plan';
import {
  documentOf,
  isSending,
  noteIcmp,
  noteSendError,
  noteSilence,
  ownResults,
  startEvent,
  type TestFacts,
  type TestOutcome,
} from './test-facts';

const GRANT: Grant = { version: 1, features: ['records'], token: new Uint8Array(16) };
const REMOTE = { address: '10.0.0.2', port: 5201 };

interface Known {
  readonly isClient?: boolean;
  readonly plan?: Partial<LoadPlan>;
  readonly grant?: Grant | undefined;
}

/** A test that began a second after it was connected, ran for two, and was over half a second later. */
function setUp({ isClient = true, plan = {}, grant }: Known = {}) {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const told: NoticeEvent[] = [];
  const facts: TestFacts = {
    runner: isClient ? 'tcp-client' : 'tcp-server',
    isClient,
    plan: planOf({ spacing: milliseconds(100), duration: seconds(2), ...plan }),
    metrics: ALL_METRICS,
    transport: { kind: 'portable', note: undefined, clock },
    startedAt: new Date('2026-11-26T12:00:00Z'),
    notices: new Notices((event) => told.push(event)),
    host: 'server.example',
    name: 'server.example (10.0.0.2, port 5201)',
    remote: REMOTE,
    agreed: { grant, session: new SessionClock(clock, false) },
  };
  const connectedAt = clock.now();
  const at = (afterMs: number): Instant => after(connectedAt, milliseconds(afterMs));
  const outcome = (known: Partial<TestOutcome> = {}): TestOutcome => ({
    times: { connectedAt, start: at(1000), loadEnd: at(3000), testEnd: at(3500), roundTripNs: 0 },
    streams: [{ ...outcomeOf(1, 20_000), loadNs: seconds(2), figures: FIGURES }],
    carrier: undefined,
    intervals: [],
    cpu: undefined,
    results: undefined,
    failure: undefined,
    stopped: undefined,
    interruption: undefined,
    ...known,
  });
  return { time, facts, told, outcome };
}

const FIGURES = { ...NO_RECEIVER_FIGURES, id: 1, bytes: 20_000, messages: 20, durationNs: 2e9 };

/** What iperf3 says that it received. */
const received = (bytes: number, extension?: unknown): Results =>
  resultsWith({ streams: [reportWith({ bytes })], extension });

async function document(known: Known, given: (set: ReturnType<typeof setUp>) => Partial<TestOutcome> = () => ({})) {
  const set = setUp(known);
  await set.time.advance(seconds(4));
  const result = documentOf(set.facts, set.outcome(given(set)));
  return { result, told: set.told };
}

describe('isSending', () => {
  it.each([
    ['up', true, true],
    ['up', false, false],
    ['down', true, false],
    ['down', false, true],
  ] as const)('%s, of a client %p: %p', (direction, isClient, expected) => {
    expect(isSending({ plan: planOf({ directions: [direction] }), isClient })).toBe(expected);
    expect(isSending({ plan: planOf({ directions: ['up', 'down'] }), isClient })).toBe(true);
  });
});

describe('startEvent', () => {
  it('tells who speaks to whom, and what was asked for', () => {
    const { facts } = setUp({ grant: GRANT });
    expect(startEvent(facts, { receiveTimestamps: 'kernel', receiveBufferBytes: 7 })).toMatchObject({
      type: 'start',
      runner: 'tcp-client',
      kind: 'load',
      peer: { host: 'server.example', ...REMOTE, protocol: 'pathgauge' },
      transport: { kind: 'portable', receiveTimestamps: 'kernel', receiveBufferBytes: 7 },
      settings: { lengthBytes: 1000, intervalNs: 100e6, durationNs: 2e9, direction: 'up' },
    });
    expect(startEvent(setUp().facts, undefined).peer.protocol).toBe('iperf3');
  });
});

describe('what there is to note', () => {
  it('is what this host did not send, under the code of its system', () => {
    const { facts, told } = setUp({ plan: { protocol: 'udp' } });
    noteSendError(facts, Object.assign(new Error('no buffer space'), { code: 'ENOBUFS' }));
    noteSendError(facts, new Error('something else'));
    expect(told).toMatchObject([
      { code: 'ENOBUFS', message: expect.stringContaining('10.0.0.2:5201') },
      { code: 'UNKNOWN', message: expect.stringContaining('something else') },
    ]);
  });

  it('is what ICMP says, in words', () => {
    const { facts, told } = setUp({ plan: { protocol: 'udp' } });
    const icmp = { version: 4, type: 3, code: 13, from: '192.0.2.1', mtuBytes: undefined } as const;
    const message = noteIcmp(facts, { error: 'EHOSTUNREACH', icmp, count: 1 });
    expect(message).toContain('says 192.0.2.1');
    expect(told).toStrictEqual([{ type: 'notice', code: 'EHOSTUNREACH', message }]);
  });

  it.each<[string, Known, boolean]>([
    ['where this end sends datagrams', { plan: { protocol: 'udp' } }, true],
    ['not where it receives them', { plan: { protocol: 'udp', directions: ['down'] } }, false],
    ['not over TCP, where nothing new leaves by itself', { plan: { protocol: 'tcp' } }, false],
    ['where it is the server that sends', { isClient: false, plan: { protocol: 'udp', directions: ['down'] } }, true],
  ])('is that nothing is heard of the peer: %s', (_, known, expected) => {
    const { facts, told } = setUp(known);
    noteSilence(facts);
    expect(told.map(({ code }) => code)).toStrictEqual(expected ? ['peer-silent'] : []);
  });
});

describe('ownResults', () => {
  it('are in the words of iperf3, and in full for a Pathgauge', () => {
    const plain = setUp();
    const { streams } = plain.outcome();
    expect(ownResults(plain.facts, streams, NO_WORDS)).toMatchObject({
      sending: true,
      streams: [{ id: 1, bytes: 20_000, endSeconds: 2 }],
      extension: undefined,
    });
    const { facts } = setUp({ grant: GRANT });
    expect(ownResults(facts, streams, NO_WORDS).extension).toStrictEqual(figuresToJson([FIGURES]));
  });
});

describe('documentOf', () => {
  it('has both ends figures of a test that went well', async () => {
    const { result, told } = await document({}, () => ({ results: received(20_000) }));
    expect(result).toMatchObject({
      complete: true,
      reason: undefined,
      error: undefined,
      notices: [],
      durationNs: 2e9,
      throughput: { up: { bytes: 20_000, durationNs: 2e9 } },
      streams: [{ bytes: 20_000, sent: { bytes: 20_000, messages: 20 } }],
      intervals: [],
    });
    expect(told).toStrictEqual([]);
  });

  it('reads what a Pathgauge adds, and says when it cannot', async () => {
    const extension = figuresToJson([{ ...FIGURES, jitterNs: 5, duplicates: 0 }]);
    const full = await document({ grant: GRANT }, () => ({ results: received(20_000, extension) }));
    expect(full.result).toMatchObject({ complete: true, jitter: { upNs: 5 } });
    const broken = await document({ grant: GRANT }, () => ({ results: received(20_000, { version: 1, streams: 5 }) }));
    const message =
      "the figures of server.example (10.0.0.2, port 5201) contradict each other or this end's: " +
      'its account of the stream cannot be read';
    expect(broken.result).toMatchObject({ complete: false, reason: message, error: { code: 'peer-figures', message } });
    expect(broken.told).toStrictEqual([{ type: 'notice', code: 'peer-figures', message }]);
  });

  it('has the processors of both ends, and what a server says of itself to its client', async () => {
    const cpu = { percent: 3, userPercent: 1, systemPercent: 2 };
    const serverOutput = { text: 'so it went', json: undefined };
    const results = resultsWith({ cpu: { ...cpu, percent: 9 }, serverOutput });
    const client = await document({}, () => ({ cpu, results }));
    expect(client.result).toMatchObject({ cpu: { local: cpu, remote: { percent: 9 } }, serverOutput });
    const server = await document({ isClient: false, plan: { directions: ['down'] } }, () => ({ results }));
    expect(server.result).toMatchObject({ cpu: { local: undefined, remote: { percent: 9 } }, serverOutput: undefined });
    expect((await document({})).result.cpu).toBeUndefined();
  });

  it('knows each stream by its id, in whatever order the peer tells of them', async () => {
    const figures = (id: number) => ({ ...FIGURES, id });
    const streams = [1, 3].map((id) => ({ ...outcomeOf(id, 20_000), loadNs: seconds(2), figures: figures(id) }));
    const told = [3, 1].map((id) => reportWith({ id, bytes: id * 1000 }));
    const { result } = await document({ plan: { parallel: 2 } }, () => ({
      streams,
      results: resultsWith({ streams: told }),
    }));
    expect(result.streams).toMatchObject([
      { id: 1, bytes: 1000, sent: { bytes: 20_000 } },
      { id: 3, bytes: 3000, sent: { bytes: 20_000 } },
    ]);
    // Nobody tells of a second one: it was asked for all the same.
    const missing = await document({ plan: { parallel: 2 } }, () => ({ results: received(20_000) }));
    expect(missing.result).toMatchObject({
      throughput: undefined,
      streams: [
        { id: 1, bytes: 20_000 },
        { id: 3, bytes: undefined, sent: undefined },
      ],
    });
  });

  it('takes both directions of a plain test for what they are', async () => {
    const streams = [1, 3].map((id) => ({ ...outcomeOf(id, 20_000), loadNs: seconds(2), figures: { ...FIGURES, id } }));
    const told = [reportWith({ id: 1, bytes: 19_000 }), reportWith({ id: 3, bytes: 20_000, retransmits: 7 })];
    const { result } = await document({ plan: { directions: ['up', 'down'] } }, () => ({
      streams,
      results: resultsWith({ streams: told, congestion: 'bbr' }),
    }));
    expect(result).toMatchObject({
      complete: true,
      settings: { direction: 'both' },
      throughput: { up: { bytes: 19_000 }, down: { bytes: 20_000 } },
      congestion: { up: undefined, down: 'bbr' },
      streams: [
        { id: 1, direction: 'up', retransmits: undefined },
        { id: 3, direction: 'down', retransmits: 7 },
      ],
    });
  });

  it('names no more of what contradicts than a line has room for', async () => {
    const told = [1, 3, 4, 5, 6, 7].map((id) => reportWith({ id, bytes: 30_000 }));
    const streams = told.map(({ id }) => ({
      ...outcomeOf(id, 20_000),
      loadNs: seconds(2),
      figures: { ...FIGURES, id },
    }));
    const { result } = await document({ plan: { parallel: 6 } }, () => ({
      streams,
      results: resultsWith({ streams: told }),
    }));
    expect(result.reason?.split('; ')).toHaveLength(5);
    expect(result.reason).toMatch(/; and 2 more$/);
  });

  it('names what contradicts, and leaves it out', async () => {
    const { result, told } = await document({}, () => ({ results: received(30_000) }));
    expect(result).toMatchObject({ error: { code: 'peer-figures' }, throughput: undefined });
    expect(result.notices).toMatchObject([{ code: 'peer-figures', count: 1 }]);
    expect(told).toHaveLength(1);
  });

  it.each<[string, Partial<TestOutcome>, object]>([
    [
      'a failure',
      { failure: Object.assign(new Error('it said nothing'), { code: 'ETIMEDOUT' }) },
      { complete: false, reason: 'it said nothing', error: { message: 'it said nothing' } },
    ],
    [
      'a server that was stopped, whatever that broke',
      { failure: new Error('reset'), stopped: { code: 'stopped', message: 'the server was stopped' } },
      { complete: false, reason: 'the server was stopped', error: { code: 'stopped' } },
    ],
    [
      'its user, which is no failure',
      { failure: new Error('reset'), interruption: 'interrupted' },
      { complete: false, reason: 'interrupted', error: undefined },
    ],
  ])('says why it was cut short: %s', async (_, known, expected) => {
    expect((await document({}, () => known)).result).toMatchObject(expected);
  });

  it('has one stream of which nothing is known, where nobody tells its figures', async () => {
    const { result } = await document({}, () => ({ streams: [], results: received(20_000) }));
    expect(result.streams).toMatchObject([{ id: 1, bytes: 20_000, sent: undefined }]);
    const nothing = await document({}, () => ({ streams: [] }));
    expect(nothing.result.streams).toMatchObject([{ id: 1, bytes: undefined, sent: undefined }]);
  });

  it('counts the base of far clocks from its own side', async () => {
    const base = async (isClient: boolean): Promise<number> => {
      const { facts, outcome, time } = setUp({ isClient, plan: { directions: [isClient ? 'down' : 'up'] } });
      const { session } = facts.agreed;
      // A peer whose clock stands in 1970.
      session.meet({ seconds: 0, nanoseconds: 0 });
      session.record(2e9, 2e9 + 4e6, { upNs: 2e6, downNs: 2e6 });
      await time.advance(seconds(4));
      const transit = {
        count: 1,
        meanNs: 0,
        sumSquares: 0,
        minNs: 0,
        maxNs: 0,
        referenceNs: 0,
        bins: [[0, 1]],
      } as const;
      const baseSeconds = -session.wall.peerBaseSeconds;
      const figures = { ...FIGURES, transit: { ...transit, baseSeconds } };
      const streams = [{ ...outcomeOf(1, 20_000), figures }];
      return documentOf(facts, outcome({ streams })).owd?.clock.offsetNs as number;
    };
    // The server's clock less the client's: 53 years and more, in either way.
    expect(await base(true)).toBeLessThan(-1.6e18);
    expect(await base(false)).toBeGreaterThan(1.6e18);
  });
});
