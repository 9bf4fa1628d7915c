import {
  decodeJsonBody,
  MAX_REPORT_BYTES,
  MAX_REPORTED_INTERVALS,
  type ReportedInterval,
  reportFromJson,
  STATE,
} from '@pathgauge/protocol';
import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { milliseconds } from '@pathgauge/units';
import { TokenBucket } from '../../token-bucket';
import { REPORT_BURST, REPORTS_PER_SECOND, ReportOutbox } from './report-outbox';

const ms = milliseconds;

/** The interval with this number; the figures are as long as they can be. */
const interval = (bytes: number): ReportedInterval => ({
  stream: 128,
  direction: 'down',
  startNs: 9_007_199_254_740_990,
  endNs: 9_007_199_254_740_992,
  bytes,
  messages: 9_007_199_254_740_991,
  lost: -9_007_199_254_740_991,
  jitterNs: 1_234_567_890.123_456_7,
  owdMeanNs: -1_234_567_890.123_456_7,
});
const intervals = (count: number): ReportedInterval[] => Array.from({ length: count }, (_, i) => interval(i));

function setUp() {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const begin = time.now();
  const sent: { readonly atMs: number; readonly bytes: readonly number[] }[] = [];
  const lengths: number[] = [];
  const outbox = new ReportOutbox({
    timers: { clock, coarseTimer: () => new VirtualTimer(time, clock) },
    sendState: (state: number, message: Uint8Array) => {
      expect(state).toBe(STATE.report);
      const json = decodeJsonBody(message.subarray(4));
      const report = json.ok ? reportFromJson(json.value) : json;
      if (!report.ok) throw new Error('a report that the peer cannot read');
      lengths.push(message.length);
      sent.push({ atMs: (time.now() - begin) / 1e6, bytes: report.value.map(({ bytes }) => bytes) });
    },
  } as never);
  return { time, outbox, sent, lengths };
}

describe('reports', () => {
  it('go out at once, and what comes soon behind them together', async () => {
    const { time, outbox, sent } = setUp();
    outbox.add([interval(1), interval(2)]);
    await time.advance(ms(10));
    outbox.add([interval(3)]);
    outbox.add([interval(4)]);
    await time.advance(ms(1000));
    outbox.add([interval(5)]);
    expect(sent).toStrictEqual([
      { atMs: 0, bytes: [1, 2] },
      { atMs: 50, bytes: [3, 4] },
      { atMs: 1010, bytes: [5] },
    ]);
  });

  it('are as long as the peer reads at the most, in their order', async () => {
    const { time, outbox, sent, lengths } = setUp();
    outbox.add(intervals(2 * MAX_REPORTED_INTERVALS + 1));
    await time.advance(ms(1000));
    expect(sent.map(({ atMs, bytes }) => [atMs, bytes.length])).toStrictEqual([
      [0, MAX_REPORTED_INTERVALS],
      [50, MAX_REPORTED_INTERVALS],
      [100, 1],
    ]);
    expect(sent.flatMap(({ bytes }) => bytes)).toStrictEqual(
      intervals(2 * MAX_REPORTED_INTERVALS + 1).map((each) => each.bytes),
    );
    expect(Math.max(...lengths)).toBeLessThanOrEqual(MAX_REPORT_BYTES);
  });

  it('that wait all go out before the last word, and none behind it', async () => {
    const { time, outbox, sent } = setUp();
    outbox.add([interval(1)]);
    outbox.add(intervals(MAX_REPORTED_INTERVALS + 1));
    outbox.flush();
    expect(sent.map(({ bytes }) => bytes.length)).toStrictEqual([1, MAX_REPORTED_INTERVALS, 1]);
    await time.advance(ms(1000));
    expect(sent).toHaveLength(3);
  });

  it('are given up with the test', async () => {
    const { time, outbox, sent } = setUp();
    outbox.add([interval(1)]);
    outbox.add([interval(2)]);
    outbox.stop();
    await time.advance(ms(1000));
    expect(sent).toHaveLength(1);
  });

  it('have a bound where intervals end faster than they are told', async () => {
    const { time, outbox, sent } = setUp();
    for (let i = 0; i < 100; i++) outbox.add(intervals(MAX_REPORTED_INTERVALS));
    await time.advance(ms(10_000));
    // The first left at once, and made room for one more.
    expect(sent).toHaveLength(21);
  });

  it('come as seldom as the peer takes them, however they are made', async () => {
    const { time, outbox, sent } = setUp();
    for (let i = 0; i < 10_000; i++) {
      outbox.add([interval(i)]);
      await time.advance(ms(1));
    }
    outbox.flush();
    const bucket = new TokenBucket(REPORT_BURST, REPORTS_PER_SECOND);
    expect(sent.every(({ atMs }) => bucket.take((atMs * 1e6) as never))).toBe(true);
    expect(sent.flatMap(({ bytes }) => bytes)).toHaveLength(10_000);
  });
});
