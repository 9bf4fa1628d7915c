import type { LoadResult } from '@pathgauge/result';
import { streamOf } from '../../test/measured';
import { LOAD_START, NOTHING_LOADED } from '../../test/nothing-measured';
import { columnsOf } from './interval-text';
import { streamLines } from './stream-table';

function linesOf(settings: Partial<LoadResult['settings']>, streams: LoadResult['streams']): string[][] {
  const result = { ...NOTHING_LOADED, settings: { ...LOAD_START.settings, ...settings }, streams };
  return streamLines(result, columnsOf(result.settings, 'records')).map((line) => line.split(/ {2,}/));
}

describe('the streams of a load', () => {
  it('have a line each, of TCP with the state of its path', () => {
    const streams = [
      streamOf({ id: 1, retransmits: 3, rttNs: 1.5e6, cwndBytes: 65_536, jitterNs: 31_200 }),
      streamOf({ id: 3, bytes: undefined, bitsPerSecond: undefined }),
    ];
    expect(linesOf({ parallel: 2 }, streams)).toStrictEqual([
      ['stream', 'received', 'rate', 'rexmt', 'rtt ms', 'cwnd', 'jitter ms'],
      ['[', '1]', '2.00 KiB', '16.4 kbit/s', '3', '1.500', '64.0 KiB', '0.0312'],
      ['[', '3]', '-', '-', '-', '-', '-', '-'],
    ]);
  });

  it('have what was lost, of UDP, and the direction where there are two', () => {
    const streams = [
      streamOf({ id: 1, lost: 1 }),
      streamOf({ id: 3 }),
      streamOf({ id: 4, direction: 'down', lost: 0 }),
    ];
    const lines = linesOf({ protocol: 'udp', parallel: 2, direction: 'both' }, streams);
    expect(lines[0]).toStrictEqual(['stream', 'received', 'rate', 'lost', 'loss', 'jitter ms']);
    expect(lines[1]).toStrictEqual(['[', '1] up', '2.00 KiB', '16.4 kbit/s', '1', '50 %', '-']);
    expect(lines[3]).toStrictEqual(['[', '4] down', '2.00 KiB', '16.4 kbit/s', '0', '0 %', '-']);
  });

  it('are not told apart where there is one, or nobody tells', () => {
    expect([linesOf({}, [streamOf()]), linesOf({ parallel: 2 }, undefined)]).toStrictEqual([[], []]);
  });
});
