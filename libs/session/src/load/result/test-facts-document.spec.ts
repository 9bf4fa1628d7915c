import { figuresToJson } from '@pathgauge/protocol';
import { seconds } from '@pathgauge/units';
import { documentWith, FIGURES, GRANT, received, setUp } from '../../../test/facts-scene';
import { intervalOf } from '../../../test/interval-reports';
import { reportWith, resultsWith } from '../../../test/results';
import { outcomeOf } from '../../../test/stream-outcomes';
import { documentOf, type TestOutcome } from './test-facts';

describe('documentOf', () => {
  it('has both ends figures of a test that went well', async () => {
    const { result, told } = await documentWith({}, () => ({ results: received(20_000) }));
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
    const full = await documentWith({ grant: GRANT }, () => ({ results: received(20_000, extension) }));
    expect(full.result).toMatchObject({ complete: true, jitter: { upNs: 5 } });
    const broken = await documentWith({ grant: GRANT }, () => ({
      results: received(20_000, { version: 1, streams: 5 }),
    }));
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
    const client = await documentWith({}, () => ({ cpu, results }));
    expect(client.result).toMatchObject({ cpu: { local: cpu, remote: { percent: 9 } }, serverOutput });
    const server = await documentWith({ isClient: false, plan: { directions: ['down'] } }, () => ({ results }));
    expect(server.result).toMatchObject({ cpu: { local: undefined, remote: { percent: 9 } }, serverOutput: undefined });
    expect((await documentWith({})).result.cpu).toBeUndefined();
  });

  it('knows each stream by its id, in whatever order the peer tells of them', async () => {
    const figures = (id: number) => ({ ...FIGURES, id });
    const streams = [1, 3].map((id) => ({ ...outcomeOf(id, 20_000), loadNs: seconds(2), figures: figures(id) }));
    const told = [3, 1].map((id) => reportWith({ id, bytes: id * 1000 }));
    const { result } = await documentWith({ plan: { parallel: 2 } }, () => ({
      streams,
      results: resultsWith({ streams: told }),
    }));
    expect(result.streams).toMatchObject([
      { id: 1, bytes: 1000, sent: { bytes: 20_000 } },
      { id: 3, bytes: 3000, sent: { bytes: 20_000 } },
    ]);
    // Nobody tells of a second one: it was asked for all the same.
    const missing = await documentWith({ plan: { parallel: 2 } }, () => ({ results: received(20_000) }));
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
    const { result } = await documentWith({ plan: { directions: ['up', 'down'] } }, () => ({
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

  it.each([
    ['a stream twice', [1, 1], 'a stream that is told of more than once'],
    ['a stream of another test', [1, 7], 'stream 7, which is none of the test'],
  ])('does not take %s for one of the test', async (_, ids, words) => {
    const results = resultsWith({ streams: ids.map((id) => reportWith({ id, bytes: 20_000 })) });
    const { result } = await documentWith({}, () => ({ results }));
    expect(result).toMatchObject({
      complete: false,
      error: { code: 'peer-figures' },
      streams: [{ id: 1, bytes: 20_000 }],
    });
    expect(result.reason?.endsWith(`: ${words}`)).toBe(true);
  });

  it('holds what was reported against what was sent', async () => {
    const interval = intervalOf(0, 30_000, { sentBytes: 20_000 });
    const own = intervalOf(0, 20_000, { measuredAt: 'sender' });
    const reports = { faults: [], asSent: () => own };
    const known = { intervals: [interval], reports, results: received(20_000) };
    const { result } = await documentWith({}, () => known);
    expect(result).toMatchObject({ complete: false, error: { code: 'peer-figures' }, intervals: [own] });
    expect(result.reason).toContain('bytes reported 30000, sent 20000');
    const server = await documentWith({ isClient: false }, () => known);
    expect(server.result.intervals).toStrictEqual([interval]);
  });

  it('names no more of what contradicts than a line has room for', async () => {
    const told = [1, 3, 4, 5, 6, 7].map((id) => reportWith({ id, bytes: 30_000 }));
    const streams = told.map(({ id }) => ({
      ...outcomeOf(id, 20_000),
      loadNs: seconds(2),
      figures: { ...FIGURES, id },
    }));
    const { result } = await documentWith({ plan: { parallel: 6 } }, () => ({
      streams,
      results: resultsWith({ streams: told }),
    }));
    expect(result.reason?.split('; ')).toHaveLength(5);
    expect(result.reason).toMatch(/; and 2 more$/);
  });

  it('names what contradicts, and leaves it out', async () => {
    const { result, told } = await documentWith({}, () => ({ results: received(30_000) }));
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
    expect((await documentWith({}, () => known)).result).toMatchObject(expected);
  });

  it('has one stream of which nothing is known, where nobody tells its figures', async () => {
    const { result } = await documentWith({}, () => ({ streams: [], results: received(20_000) }));
    expect(result.streams).toMatchObject([{ id: 1, bytes: 20_000, sent: undefined }]);
    const nothing = await documentWith({}, () => ({ streams: [] }));
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
