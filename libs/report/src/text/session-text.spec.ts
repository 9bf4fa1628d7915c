import type { LoadResult, PingResult, RoundTripEvent, SessionEvent } from '@pathgauge/result';
import { counts, datagrams, delays, intervalOf, streamOf } from '../../test/measured';
import { LOAD_START, NOTHING_LOADED, NOTHING_PROBED, PING_START } from '../../test/nothing-measured';
import { ServerText } from './server-text';
import { SessionText } from './session-text';
import { PLAIN } from './style';

const probe = (sequence: number, outcome: RoundTripEvent['outcome'], reordered = false): RoundTripEvent => ({
  type: 'round-trip',
  isFinal: true,
  sequence,
  outcome,
  bytes: outcome === 'lost' ? undefined : 64,
  rttNs: outcome === 'lost' ? undefined : 214e3,
  reordered,
  cause: undefined,
  sentNs: sequence * 20e6,
});

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
const loadText = (result: Partial<LoadResult>): string => linesOf([loadSummary(result)]).join('\n');

describe('probes as text', () => {
  it.each([
    [probe(3, 'received'), 'seq=3 bytes=64 rtt=0.214 ms'],
    [probe(3, 'received', true), 'seq=3 bytes=64 rtt=0.214 ms out of order'],
    [probe(3, 'lost'), 'seq=3 lost: no reply within 2 s'],
    [{ ...probe(3, 'lost'), cause: 'TTL exceeded at 10.0.0.1' }, 'seq=3 lost: TTL exceeded at 10.0.0.1'],
    [probe(3, 'duplicate'), 'seq=3 duplicate: bytes=64 rtt=0.214 ms'],
    [probe(3, 'late'), 'seq=3 late: bytes=64 rtt=0.214 ms, stays counted as lost'],
  ])('%#', (event, line) => {
    expect(linesOf([PING_START, event])[1]).toBe(line);
  });

  it('begin with what is about to happen', () => {
    const [line] = linesOf([PING_START]);
    for (const part of ['host', '192.0.2.7', 'port 5', '10 probes of 64 bytes', '20 ms']) expect(line).toContain(part);
  });

  it('have a live line of what was sent and lost', () => {
    const text = new SessionText(PLAIN, false);
    text.update(PING_START);
    text.update(probe(0, 'received'));
    const { live } = text.update(probe(1, 'lost'));
    expect(live).toHaveLength(1);
    expect(live[0]).toContain('2 of 10 probes');
    expect(live[0]).toContain('50 %');
  });

  it('show the newest at once, as provisional, until its round trip is final', () => {
    const text = new SessionText(PLAIN, false);
    text.update(PING_START);
    const newest = { ...probe(0, 'received'), isFinal: false, rttNs: 362e3 };
    const atOnce = text.update(newest);
    expect(atOnce.lines).toStrictEqual([]);
    expect(atOnce.live).toStrictEqual(['~ seq=0 bytes=64 rtt=0.362 ms', expect.stringContaining('1 of 10 probes')]);
    const final = text.update(probe(0, 'received'));
    expect(final.lines).toStrictEqual(['seq=0 bytes=64 rtt=0.214 ms']);
    expect(final.live).toHaveLength(1);
    // The one before becomes final when the next is the newest already.
    text.update({ ...newest, sequence: 2 });
    expect(text.update(probe(1, 'received')).live[0]).toBe('~ seq=2 bytes=64 rtt=0.362 ms');
    expect(new SessionText(PLAIN, true).update(newest).live).toHaveLength(1);
  });

  it('leave the summary alone when quiet', () => {
    const lines = linesOf([PING_START, probe(0, 'received'), probe(1, 'lost'), summary({ probes: counts })], true);
    expect(lines.join('\n')).not.toContain('seq=');
    expect(lines.join('\n')).toContain('sent 1000, received 999, lost 1 (0.10 % loss)');
  });
});

describe('the summary of probes', () => {
  it('has every figure', () => {
    const text = summaryText({
      probes: counts,
      rtt: delays,
      jitter: { upNs: 1000e3, downNs: 2000e3, rttNs: 3000e3 },
      owd: {
        basis: 'bounds',
        up: delays,
        down: delays,
        uncertaintyNs: { low: -100e3, high: 300e3 },
        intervalNs: { up: { low: -100e3, high: 300e3 }, down: { low: -300e3, high: 100e3 } },
        clock: {
          offsetNs: 0,
          offsetLowNs: -300e3,
          offsetHighNs: 100e3,
          skewPpm: undefined,
          skewLowPpm: undefined,
          skewHighPpm: undefined,
          steps: 0,
        },
      },
    });
    for (const part of [
      'sent 1000, received 999, lost 1 (0.10 % loss)',
      'lost direction not known, late 1',
      'duplicates 3, out of order 2',
      "server's clock between 0.300 ms behind and 0.100 ms ahead at mid-run",
      'STAMP',
      'min',
      'avg',
      'max',
      'median',
      'p95',
      'p99',
      'stddev',
      'rtt',
      'jitter rtt 3.000 ms, up 1.000 ms, down 2.000 ms',
      // 0.214 - 0.1 and + 0.3 up; - 0.3 and + 0.1 down, and no delay is below 0.
      'one-way up 0.114 to 0.514 ms',
      'one-way down 0 to 0.314 ms',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/undefined|NaN|null/);
    expect(text).not.toContain('incomplete');
  });

  it('shows - for what a small count cannot carry, and never 0', () => {
    const [heading, row] = linesOf([summary({ rtt: delays })]).filter((line) => /^(ms|rtt) /.test(line));
    const cell = (name: string) => row?.split(/ +/)[heading?.split(/ +/).indexOf(name) ?? -1];
    expect([
      cell('min'),
      cell('avg'),
      cell('median'),
      cell('p95'),
      cell('p99'),
      cell('max'),
      cell('stddev'),
    ]).toStrictEqual(['0.100', '0.200', '0.214', '-', '-', '12.35', '0.0500']);
  });

  it('leaves out what is absent, and says why a run is incomplete', () => {
    const text = summaryText({ complete: false, reason: 'interrupted', probes: { ...counts, lossRatio: undefined } });
    expect(text).toContain('incomplete: interrupted');
    expect(text).toContain('(- loss)');
    expect(text).not.toMatch(/undefined|NaN|jitter|one-way|median/);
  });
});

describe('a load as text', () => {
  const interval = intervalOf();

  it('has a live line with its progress, none behind its end', () => {
    const text = new SessionText(PLAIN, false);
    text.update(LOAD_START);
    // A fifth of 24 marks.
    expect(text.update({ type: 'interval', interval }).live[0]).toContain(`[#####${'.'.repeat(19)}] 2.00 of 10.00 s`);
    expect(text.update({ type: 'interval', interval: { ...interval, endNs: 10e9 } }).live).toStrictEqual([]);
  });

  it('ends with what arrived', () => {
    const rate = { bytes: 1_048_576, durationNs: 1e9, bitsPerSecond: 8_388_608, messages: 8, messagesPerSecond: 8 };
    const text = loadText({
      runner: 'tcp-client',
      throughput: { up: rate, down: undefined },
      jitter: { upNs: 31_200, downNs: undefined },
      datagrams: datagrams({ sent: 8, received: 8, lost: 0, lossRatio: 0 }),
    });
    for (const part of ['throughput 8.39 Mbit/s', '1.00 MiB', '8 records', 'jitter 0.0312 ms', 'lost 0 (0 % loss)']) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/undefined|NaN/);
  });

  it.each([
    [{ runner: 'udp-client', direction: 'up' }, 'this host was held up once'],
    [{ runner: 'udp-client', direction: 'down' }, 'the server was held up once'],
    [{ runner: 'udp-server', direction: 'down' }, 'this host was held up once'],
    [{ runner: 'udp-server', direction: 'up' }, 'the client was held up once'],
  ] as const)('says who was held up: %p', ({ runner, direction }, expected) => {
    const stream = streamOf({ direction, notSent: 3 });
    const settings = { ...LOAD_START.settings, protocol: 'udp', direction } as const;
    const hostStalls = { count: 1, longestNs: 1e9 };
    const text = loadText({ runner, complete: false, hostStalls, settings, streams: [stream] });
    expect(text).toContain(expected);
    expect(text).toContain('not sent 3 of 5 datagrams');
  });

  it('has the segment size of a TCP stream, where it is told', () => {
    const text = loadText({ streams: [streamOf({ retransmits: 0, mssBytes: 1348 })] });
    expect(text).toMatch(/^retransmits 0, MSS 1348 bytes$/m);
  });

  it('does not blame the host for what the path of a connection did not take', () => {
    const text = loadText({ complete: true, reason: undefined, streams: [streamOf({ notSent: 3 })] });
    expect(text).toContain('not sent 3 of 5 records: the path, or the sender for a moment, was too slow');
    expect(text).not.toMatch(/held up|incomplete|never left/);
  });

  it('says so when nobody told what arrived', () => {
    const sent = { bytes: 2048, durationNs: 1e9, bitsPerSecond: 16_384, messages: 2, messagesPerSecond: 2 };
    const text = loadText({
      complete: false,
      reason: 'the connection was reset by the peer',
      streams: [streamOf({ bytes: undefined, durationNs: undefined, sent })],
    });
    expect(text).toContain('incomplete: the connection was reset by the peer');
    expect(text).toContain('sent 2.00 KiB');
    expect(text).toContain('what arrived is not known');
  });
});

describe('a server as text', () => {
  const endpoint = { address: '192.0.2.9', port: 4 };

  it('says where it listens and for what', () => {
    const lines = new ServerText(PLAIN, false).lines({
      type: 'listening',
      runner: 'udp-server',
      sockets: [
        { address: '::', port: 7, serves: 'probes' },
        { address: '192.0.2.1', port: 7, serves: 'udp-load' },
        { address: '0.0.0.0', port: 7, serves: 'echo' },
      ],
    });
    expect(lines[0]).toMatch(/^udp-server listening on all addresses port 7: .*probes/);
    expect(lines[1]).toMatch(/^udp-server listening on 192\.0\.2\.1 port 7: .*load/);
    expect(lines[2]).toMatch(/^udp-server listening on all IPv4 addresses port 7: UDP echo$/);
  });

  it('says of several addresses in one line what they are there for', () => {
    const lines = new ServerText(PLAIN, false).lines({
      type: 'listening',
      runner: 'tcp-server',
      sockets: ['::1', '127.0.0.1'].map((address) => ({ address, port: 7, serves: 'tcp-load' as const })),
    });
    expect(lines).toStrictEqual([
      'tcp-server listening on ::1 and 127.0.0.1 port 7: TCP load tests',
      'Ctrl-C stops it',
    ]);
  });

  it('keeps the clients apart by their number', () => {
    const text = new ServerText(PLAIN, false);
    const client = (number: number, event: SessionEvent) =>
      text.lines({ type: 'client', client: number, endpoint, event });
    expect(client(1, LOAD_START)[1]).toMatch(/^\[1\] .*192\.0\.2\.7/);
    expect(client(2, { ...LOAD_START, peer: { ...LOAD_START.peer, host: 'other' } })[1]).toMatch(/^\[2\] to other/);
    const all = client(1, loadSummary({ complete: false, reason: 'gone' }));
    expect(all.every((line) => line.startsWith('[1] '))).toBe(true);
    expect(all).toContain('[1] incomplete: gone');
  });

  it('ends with its totals, and passes on notices', () => {
    const text = new ServerText(PLAIN, false);
    const totals = {
      tests: 2,
      probeSessions: 3,
      probesAnswered: 30,
      datagramsIgnored: 4,
      ignored: {},
      connectionsIgnored: 5,
    };
    const lines = text.lines({ type: 'stopped', totals }).join('\n');
    expect(lines).toContain('load tests 2, probes answered 30 in 3 sessions');
    expect(lines).toContain('ignored: datagrams 4, connections 5');
    expect(text.lines({ type: 'notice', code: 'x', message: 'careful' })).toStrictEqual(['careful']);
  });
});
