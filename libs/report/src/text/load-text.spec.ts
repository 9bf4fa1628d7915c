import type { LoadResult } from '@pathgauge/result';
import { datagrams, delays, intervalOf, oneWay, streamOf } from '../../test/measured';
import { LOAD_START, NOTHING_LOADED } from '../../test/nothing-measured';
import { accountText } from './load-account';
import { loadSummaryLines } from './load-text';
import { PLAIN } from './style';

const linesOf = (known: Partial<LoadResult>, settings: Partial<LoadResult['settings']> = {}): string[] =>
  loadSummaryLines({ ...NOTHING_LOADED, settings: { ...LOAD_START.settings, ...settings }, ...known }, PLAIN);

const rate = (bytes: number, messages: number) => ({
  bytes,
  durationNs: 1e9,
  bitsPerSecond: bytes * 8,
  messages,
  messagesPerSecond: messages,
});

describe('a load of both directions', () => {
  const BOTH = { direction: 'both', protocol: 'udp' } as const;

  it('has throughput, loss, jitter and delay of each', () => {
    const up = oneWay({
      sent: 100,
      received: 98,
      lost: 2,
      lossRatio: 0.02,
      lossBursts: { count: 1, longest: 2, lengths: {} },
    });
    const lines = linesOf(
      {
        throughput: { up: rate(1000, 98), down: rate(2000, 100) },
        datagrams: datagrams({ sent: 200, received: 198, lost: 2, lostUp: 2, lostDown: 0, up, down: oneWay() }),
        jitter: { upNs: 31_200, downNs: 214e3 },
        queueing: { up: delays, down: delays },
      },
      BOTH,
    );
    expect(lines[1]).toContain('up and down at once');
    for (const line of [
      'throughput up 8.00 kbit/s  (1000 B, 98 datagrams in 1.00 s, received)',
      'throughput down 16.0 kbit/s  (1.95 KiB, 100 datagrams in 1.00 s, received)',
      'up: sent 100, received 98, lost 2 (2 % loss); 1 run, longest 2',
      'down: sent 100, received 100, lost 0 (0 % loss)',
      'jitter up 0.0312 ms, down 0.214 ms',
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.filter((line) => line.startsWith('queueing'))).toHaveLength(2);
  });

  it('tells of each what was not sent, and what nobody knows the arrival of', () => {
    const streams = [
      streamOf({ bytes: undefined, notSent: 3 }),
      streamOf({ id: 3, direction: 'down', bytes: undefined, notSent: 0 }),
    ];
    const lines = linesOf({ complete: false, reason: 'gone', streams }, BOTH);
    expect(lines).toContain('sent up 2.00 KiB in 1.00 s; what arrived is not known');
    expect(lines).toContain('sent down 2.00 KiB in 1.00 s; what arrived is not known');
    expect(lines.filter((line) => line.includes('not sent'))).toStrictEqual([
      'up not sent 3 of 5 datagrams: neither sent nor lost, they never left the host',
    ]);
  });

  it('blames no end of a stall that may be of either', () => {
    expect(linesOf({ hostStalls: { count: 1, longestNs: 1e9 } }, BOTH)).toContain(
      'a host that sends was held up once, for 1 s',
    );
  });
});

describe('a load of several streams', () => {
  it('has what is the same of all of them, and sums', () => {
    const path = { mssBytes: 1448, congestion: 'bbr', cwndBytes: 5, rttNs: 5 };
    const streams = [streamOf({ ...path, retransmits: 1 }), streamOf({ ...path, id: 3, retransmits: 4 })];
    const lines = linesOf({ streams, throughput: { up: rate(4096, 4), down: undefined } }, { parallel: 2 });
    expect(lines).toContain('retransmits 5, MSS 1448 bytes, congestion control bbr');
    expect(lines).toContain('throughput 32.8 kbit/s  (4.00 KiB, 4 records in 1.00 s, received)');
    expect(lines.findIndex((line) => line.startsWith('stream'))).toBe(2);
  });
});

describe('what both ends say of themselves', () => {
  const cpu = {
    local: { percent: 12.34, userPercent: 4, systemPercent: 8.34 },
    remote: { percent: 150, userPercent: 100, systemPercent: 50 },
  };

  it.each([
    ['tcp-client', 'of one processor: client 12.3 % (user 4 %), server 150 % (user 100 %)'],
    ['tcp-server', 'of one processor: client 150 % (user 100 %), server 12.3 % (user 4 %)'],
  ] as const)('is told of each in its place: %s', (runner, line) => {
    expect(linesOf({ cpu, runner })).toContain(line);
  });

  it('is told as far as it is known', () => {
    expect(linesOf({ cpu: { ...cpu, remote: undefined } })).toContain('of one processor: client 12.3 % (user 4 %)');
    expect(linesOf({}).join()).not.toContain('processor');
  });

  it('is a server in its own words at the end', () => {
    const lines = linesOf({ serverOutput: { text: 'so it went', json: undefined } });
    expect(lines.slice(-2)).toStrictEqual(["the server's own account:", 'so it went']);
  });
});

it('the account for a client has the intervals and the summary, as plain lines', () => {
  const throughput = { up: rate(4096, 4), down: undefined };
  const text = accountText({ ...NOTHING_LOADED, intervals: [intervalOf()], throughput });
  expect(text).toMatch(/^ +1\.00-2\.00 s .*\n--- .* ---\nthroughput 32\.8 kbit\/s .*\n$/);
  const long = accountText({ ...NOTHING_LOADED, intervals: Array.from({ length: 5000 }, () => intervalOf()) });
  // With the rest of a results message it must stay within what a peer reads.
  expect(long.length).toBeLessThan(200_000);
});
