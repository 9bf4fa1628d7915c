import type { Distribution, LoadResult, OneWayDelay, PingResult, ProbeCounts, SessionEvent } from '@pathgauge/result';
import fc from 'fast-check';
import { counts, datagrams, delays, streamOf } from '../../test/measured';
import { NOTHING_LOADED, NOTHING_PROBED } from '../../test/nothing-measured';
import { SessionText } from './session-text';
import { PLAIN } from './style';

const ASSUMPTIONS = 'E-model of G.107: G.711 without loss concealment, no jitter buffer';

const summary = (result: Partial<PingResult>): SessionEvent => ({
  type: 'summary',
  result: { ...NOTHING_PROBED, ...result },
});

const loadSummary = (result: Partial<LoadResult>): SessionEvent => ({
  type: 'summary',
  result: { ...NOTHING_LOADED, ...result },
});

/** All lines of these events. */
const linesOf = (events: readonly SessionEvent[], quiet = false): string[] => {
  const text = new SessionText(PLAIN, quiet);
  return events.flatMap((event) => [...text.update(event).lines]);
};

const summaryText = (result: Partial<PingResult>): string => linesOf([summary(result)]).join('\n');

describe('what became of probes as text', () => {
  const lines = (probes: Partial<ProbeCounts>, result: Partial<PingResult> = {}): string[] =>
    linesOf([summary({ probes: { ...counts, late: 0, ...probes }, ...result })]);
  const lineWith = (start: string, all: readonly string[]) => all.find((line) => line.startsWith(start));

  it('says again that the own address has changed, and nothing of other notices', () => {
    const message = 'the own address is 192.0.2.2 now, 192.0.2.1 before; probes go on from there';
    const notices = [
      { code: 'address-changed', message, count: 1 },
      { code: 'address-changed', message: 'again', count: 3 },
      { code: 'ENETUNREACH', message: 'network unreachable', count: 9 },
    ];
    const text = lines({}, { notices });
    expect(text).toContain(message);
    expect(text).toContain('again (3 times)');
    expect(text.join()).not.toContain('unreachable');
  });

  it.each<[string, Partial<ProbeCounts>, string]>([
    ['both ways', { lost: 5, lostUp: 3, lostDown: 2 }, 'lost up 3, down 2'],
    ['none of it on one way', { lost: 5, lostUp: 0, lostDown: 5 }, 'lost up 0, down 5'],
    ['late ones among them', { lost: 6, lostUp: 3, lostDown: 2, late: 1 }, 'lost up 3, down 2, late 1'],
    ['the direction not known', { lost: 5 }, 'lost direction not known'],
    [
      'a range of each',
      { lost: 287, lostUpRange: [31, 250], lostDownRange: [37, 256] },
      'lost up 31 to 250, down 37 to 256',
    ],
    [
      'a range of some',
      { lost: 6, lostUpRange: [3, 4], lostDownRange: [0, 1], late: 2 },
      'lost up 3 to 4, down 0 to 1, late 2',
    ],
    ['a range of all', { lost: 5, lostUpRange: [0, 5], lostDownRange: [0, 5] }, 'lost direction not known'],
    ['nothing known but that it is late', { lost: 1, late: 1 }, 'lost direction not known, late 1'],
  ])('tells where it was lost: %s', (_, probes, line) => {
    expect(lines(probes)).toContain(line);
  });

  it('tells in which runs', () => {
    const lost = { lost: 5, lostUp: 3, lostDown: 2 };
    const bursts = (count: number, longest: number) => ({ lossBursts: { count, longest, lengths: {} } });
    expect(lines(lost, bursts(3, 2))).toContain('lost up 3, down 2; 3 runs, longest 2');
    expect(lines(lost, bursts(1, 5))).toContain('lost up 3, down 2; 1 run, longest 5');
  });

  it('has no line for a loss that did not happen', () => {
    const none = { lost: 0, lostUp: 0, lostDown: 0, hostDropped: 0 };
    expect(lineWith('lost', lines(none, { lossBursts: { count: 0, longest: 0, lengths: {} } }))).toBeUndefined();
    expect(lines(none).join('\n')).not.toContain('host itself');
    expect(lines({}).join('\n')).not.toContain('host itself');
  });

  it('says nothing of copies and order that nobody has counted', () => {
    const plain = { duplicates: undefined, reordered: undefined, late: undefined };
    expect(lines(plain).join('\n')).not.toMatch(/duplicates|out of order|late|undefined|NaN/);
    expect(lines({ ...plain, reordered: 2 })).toContain('out of order 2');
    expect(lines({ ...plain, duplicates: 3 })).toContain('duplicates 3');
  });

  it('tells what the host itself dropped', () => {
    expect(lineWith('of the lost', lines({ hostDropped: 12 }))).toMatch(/^of the lost, .*host itself: 12 /);
  });

  it('tells the direction of duplicates and how far reordering went', () => {
    const both = { duplicatesUp: 1, duplicatesDown: 2, reorderExtent: { mean: 1.5, max: 4 } };
    expect(lines(both)).toContain('duplicates 3 (up 1, down 2), out of order 2 (by at most 4)');
    expect(lines({})).toContain('duplicates 3, out of order 2');
  });
});

describe('the clocks and the voice of a summary', () => {
  const owd = (clock: Partial<OneWayDelay['clock']>, basis: OneWayDelay['basis'] = 'bounds') => ({
    owd: {
      basis,
      up: delays,
      down: delays,
      uncertaintyNs: { low: -100e3, high: 300e3 },
      intervalNs: { up: { low: -100e3, high: 300e3 }, down: { low: -300e3, high: 100e3 } },
      clock: {
        offsetNs: 0,
        offsetLowNs: 0,
        offsetHighNs: 0,
        skewPpm: undefined,
        skewLowPpm: undefined,
        skewHighPpm: undefined,
        steps: 0,
        ...clock,
      },
    },
  });

  it.each<[Partial<OneWayDelay['clock']>, string]>([
    [
      { offsetLowNs: -9.98e6, offsetHighNs: 30.02e6 },
      "server's clock between 9.980 ms behind and 30.02 ms ahead at mid-run",
    ],
    [{ offsetLowNs: 12.1e6, offsetHighNs: 12.6e6 }, "server's clock between 12.10 and 12.60 ms ahead at mid-run"],
    [{ offsetLowNs: -12.6e6, offsetHighNs: -12.1e6 }, "server's clock between 12.10 and 12.60 ms behind at mid-run"],
    [{ skewPpm: 12.34, skewLowPpm: 8.09, skewHighPpm: 16.6 }, '  it gains 12.3 ppm, between 8.1 ppm and 16.6 ppm'],
    [{ skewPpm: -0.26, skewLowPpm: -0.5, skewHighPpm: -0.02 }, '  it loses 0.260 ppm, between 0.020 ppm and 0.500 ppm'],
    [{ steps: 1 }, '  it stepped once'],
    [
      { skewPpm: 5, skewLowPpm: 4, skewHighPpm: 6, steps: 3 },
      '  it gains 5.0 ppm, between 4.0 ppm and 6.0 ppm, stepped 3 times',
    ],
  ])('tell how the clocks ran: %#', (clock, line) => {
    expect(linesOf([summary(owd(clock))])).toContain(line);
    expect(linesOf([loadSummary(owd(clock))])).toContain(line);
  });

  it('have a value only where a clock is trusted, and never without its interval', () => {
    // Both 12.35 ms ahead; with nothing trusted that is no more than the middle of the bounds.
    const offsets = { offsetNs: 12.35e6, offsetLowNs: 12.1e6, offsetHighNs: 12.6e6 };
    const trusted = summaryText(owd(offsets, 'synchronised'));
    expect(trusted).toContain("server's clock 12.35 ms ahead, between 12.10 and 12.60 ms ahead at mid-run");
    expect(trusted).toContain('one-way up 0.214 ms, between 0.114 and 0.514');
    // 0.214 - 0.3 is below 0, which no delay is.
    expect(trusted).toContain('one-way down 0.214 ms, between 0 and 0.314');
    expect(trusted).toMatch(/^one-way up +0\.100 /m);
    for (const event of [summary(owd(offsets)), loadSummary(owd(offsets))]) {
      const text = linesOf([event]).join('\n');
      expect(text).toContain('one-way up 0.114 to 0.514 ms\none-way down 0 to 0.314 ms\n');
      expect(text).not.toMatch(/0\.214|12\.35/);
    }
  });

  it('tell nothing of a clock that is one', () => {
    expect(summaryText(owd({}, 'same-clock'))).not.toContain("server's clock");
    expect(summaryText({})).not.toContain("server's clock");
  });

  it('have what needs no offset before the one-way delays', () => {
    const lines = linesOf([
      summary({ rtt: delays, queueing: { up: delays, down: delays }, ipdv: { up: delays, down: delays }, ...owd({}) }),
    ]);
    const names = [
      'rtt ',
      'queueing up',
      'queueing down',
      'ipdv up',
      'ipdv down',
      'one-way up',
      'one-way down',
      'server',
    ];
    const places = names.map((name) => lines.findIndex((line) => line.startsWith(name)));
    expect(places).not.toContain(-1);
    expect(places).toStrictEqual([...places].sort((a, b) => a - b));
  });

  it('have a score for each direction that is known, with its range', () => {
    const up = { rFactor: 75.1, mos: 3.83, mosLow: 3.67, mosHigh: 4.41 };
    const text = summaryText({ voice: { up, down: undefined, assumptions: 'as assumed' } });
    expect(text).toContain('voice up, an estimate: MOS 3.83, between 3.67 and 4.41; R 75.1');
    expect(text).toContain('(as assumed)');
    expect(text).not.toContain('voice down');
    expect(summaryText({})).not.toContain('voice');
    const guess = summaryText({ voice: { up, down: undefined, assumptions: 'as assumed' }, ...owd({}) });
    expect(guess).toContain('voice up, an estimate: MOS between 3.67 and 4.41\n');
  });
});

describe('every line of a summary', () => {
  const ns = fc.integer({ min: 0, max: 5e9 });
  const number = fc.nat(9999);
  const distributions = fc.array(ns, { minLength: 9, maxLength: 9 }).map((all): Distribution => {
    const [minNs, meanNs, stddevNs, medianNs, p90Ns, p95Ns, p99Ns, p999Ns, maxNs] = all;
    return { count: 1e6, minNs, meanNs, stddevNs, medianNs, p90Ns, p95Ns, p99Ns, p999Ns, maxNs } as Distribution;
  });
  const score = fc.constant({ rFactor: 93.2, mos: 4.41, mosLow: 4.41, mosHigh: 4.41 });

  it('fits 80 columns', () => {
    fc.assert(
      fc.property(
        distributions,
        fc.tuple(number, number, number, number, number),
        fc.tuple(fc.integer({ min: -3.6e12, max: 3.6e12 }), fc.integer({ min: -500, max: 500 }), fc.nat(20)),
        fc.tuple(ns, ns),
        score,
        (delay, [a, b, c, d, e], [offsetNs, skewPpm, steps], [low, high], estimate) => {
          const both = { up: delay, down: delay };
          const intervalNs = { up: { low: -low, high }, down: { low: -high, high: low } };
          const clock = {
            offsetNs,
            offsetLowNs: offsetNs - low,
            offsetHighNs: offsetNs + high,
            skewPpm,
            skewLowPpm: skewPpm - 9.9,
            skewHighPpm: skewPpm + 9.9,
            steps,
          };
          const counts = {
            ...{ sent: 5e6, received: 5e6 - a - b - c, lost: a + b + c, lostUp: a, lostDown: b, late: c },
            ...{ lossRatio: (a + b + c) / 5e6, duplicates: d + e, duplicatesUp: d, duplicatesDown: e },
            ...{ reordered: a, reorderExtent: { mean: 1.5, max: b }, hostDropped: c, hostDroppedEstimated: false },
            notSent: e,
            ...{ lostUpRange: undefined, lostDownRange: undefined },
          };
          const delays = {
            ...{ queueing: both, pdv: both, sendErrorNs: delay },
            lossBursts: { count: a, longest: b, lengths: {} },
            owd: { basis: 'bounds', ...both, uncertaintyNs: { low: -low, high }, intervalNs, clock },
          } as const;
          const cpu = { percent: 1200, userPercent: 1100, systemPercent: 100 };
          const sent = { bytes: 1e9, durationNs: 1e9, bitsPerSecond: 8e9, messages: 5e6, messagesPerSecond: 5e6 };
          const path = { retransmits: a, cwndBytes: 1e9, mssBytes: 65_483, congestion: 'congestionname15' };
          const jitter = { upNs: delay.meanNs, downNs: delay.meanNs };
          const lines = linesOf([
            summary({
              ...delays,
              ...{ probes: counts, rtt: delay, ipdv: both, jitter: { ...jitter, rttNs: delay.meanNs } },
              voice: { up: estimate, down: estimate, assumptions: ASSUMPTIONS },
            }),
            loadSummary({ ...delays, datagrams: datagrams(counts), jitter }),
            loadSummary({ cpu: { local: cpu, remote: cpu }, streams: [streamOf({ ...path, rttNs: delay.maxNs })] }),
            loadSummary({
              datagrams: datagrams(counts),
              settings: { ...NOTHING_LOADED.settings, protocol: 'udp', direction: 'both' },
              streams: [streamOf({ notSent: 1e6 + e, sent }), streamOf({ direction: 'down', notSent: 1e6 + e, sent })],
            }),
          ]);
          expect(lines.filter((line) => line.length > 80)).toStrictEqual([]);
        },
      ),
    );
  });
});
