import type { Interval } from '@pathgauge/result';
import fc from 'fast-check';
import { intervalOf } from '../../test/measured';
import { type IntervalColumns, intervalLine } from './interval-text';

const ALONE: IntervalColumns = { noun: 'datagrams', hasStreams: false, hasBothWays: false };
const cellsOf = (interval: Partial<Interval>, columns: Partial<IntervalColumns> = {}): string[] =>
  intervalLine(intervalOf(interval), { ...ALONE, ...columns })
    .split(/ {2,}/)
    .filter((cell) => cell !== '');

const NOTHING = { messages: undefined, lost: undefined, jitterNs: undefined, owdMeanNs: undefined };
const PATH = { retransmits: 3, rttNs: 1.5e6, cwndBytes: 65_536 };

describe('the line of an interval', () => {
  it.each<[string, Partial<Interval>, Partial<IntervalColumns>, readonly string[]]>([
    ['datagrams, of which some were lost', { owdMeanNs: undefined }, {}, ['lost 2/10', '(20 %)', 'jitter 0.0312 ms']],
    ['datagrams, none of them lost', { lost: 0 }, {}, ['lost 0/8', 'jitter 0.0312 ms', 'one-way 0.214 ms']],
    ['one that came late', { lost: -1 }, {}, ['lost -1', 'jitter 0.0312 ms', 'one-way 0.214 ms']],
    ['none at all', { ...NOTHING, messages: 0, lost: 0 }, {}, ['lost 0']],
    ['datagrams as they were sent', { ...NOTHING, messages: 8, measuredAt: 'sender' }, {}, ['8 datagrams', 'sent']],
    ['records', { ...NOTHING, messages: 8, lost: 0 }, { noun: 'records' }, ['8 records']],
    ['one record', { ...NOTHING, messages: 1, lost: 0 }, { noun: 'records' }, ['1 record']],
    ['the path of a sender', { ...NOTHING, ...PATH, messages: 8 }, {}, ['rexmt 3', 'rtt 1.500 ms', 'cwnd 64.0 KiB']],
    ['nothing but bytes', { ...NOTHING, bitsPerSecond: undefined }, {}, []],
  ])('has what is known: %s', (_, interval, columns, cells) => {
    const [times, passed, ...others] = cellsOf(interval, columns);
    expect([times, passed]).toStrictEqual(['1.00-2.00 s', 'bitsPerSecond' in interval ? '1.00 MiB' : '8.39 Mbit/s']);
    expect(others).toStrictEqual(cells);
  });

  it.each<[Partial<Interval>, Partial<IntervalColumns>, RegExp]>([
    [{ stream: 3 }, { hasStreams: true }, /^\[ {2}3] +1\.00-2\.00 s /],
    [{ stream: 129 }, { hasStreams: true }, /^\[129] +1\.00-2\.00 s /],
    [{ stream: undefined }, { hasStreams: true }, /^\[SUM] +1\.00-2\.00 s /],
    [{ direction: 'down' }, { hasBothWays: true }, /^down +1\.00-2\.00 s /],
    [{ stream: 4, direction: 'up' }, { hasStreams: true, hasBothWays: true }, /^\[ {2}4] up +1\.00-2\.00 s /],
    [{ stream: 4, direction: 'up' }, {}, /^ +1\.00-2\.00 s /],
  ])('says whose it is: %j %j', (interval, columns, start) => {
    expect(intervalLine(intervalOf(interval), { ...ALONE, ...columns })).toMatch(start);
  });

  it('fits a terminal, whatever is known; what was lost and sent again is always there', () => {
    const known = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const ns = fc.integer({ min: 0, max: 9.9e9 });
    const intervals = fc.record(
      {
        startNs: fc.constant(86_399e9),
        endNs: fc.constant(86_400e9),
        stream: known(fc.integer({ min: 1, max: 257 })),
        direction: fc.constantFrom('up' as const, 'down' as const),
        measuredAt: fc.constantFrom('sender' as const, 'receiver' as const),
        messages: known(fc.nat(9_999_999)),
        lost: known(fc.integer({ min: -999, max: 9_999_999 })),
        jitterNs: known(ns),
        owdMeanNs: known(ns),
        retransmits: known(fc.nat(99_999)),
        rttNs: known(ns),
        cwndBytes: known(fc.nat(1e9)),
      },
      { noNullPrototype: true },
    );
    const columns = fc.record(
      {
        noun: fc.constantFrom('datagrams' as const, 'records' as const),
        hasStreams: fc.boolean(),
        hasBothWays: fc.boolean(),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(intervals, columns, (interval, how) => {
        const line = intervalLine(intervalOf(interval), how);
        expect(line.length).toBeLessThanOrEqual(80);
        if (how.noun === 'datagrams' && interval.lost !== undefined && interval.messages !== undefined)
          expect(line).toContain(`lost ${interval.lost}`);
        if (interval.lost === undefined && interval.retransmits !== undefined)
          expect(line).toContain(`rexmt ${interval.retransmits}`);
      }),
    );
  });
});
