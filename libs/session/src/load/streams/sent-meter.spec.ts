import { instant, span } from '@pathgauge/units';
import { SentMeter } from './sent-meter';
import { StreamProgress } from './stream-progress';

const STATE = { retransmits: 3, rttNs: 2e6, cwndBytes: 14_480 };
const PATH = { ...STATE, mssBytes: 1348, pathMtuBytes: 1400, congestion: 'cubic' };
const NO_PATH = { retransmits: undefined, rttNs: undefined, cwndBytes: undefined };

const setUp = () => {
  return { meter: new SentMeter('up') };
};

describe('SentMeter', () => {
  it('reports each interval for itself, measured where it is sent', () => {
    const { meter } = setUp();
    meter.record(1000, 2, instant(1e9));
    meter.record(500, 1, instant(1.5e9));
    expect(meter.report({ startNs: 0, endNs: 2e9 }, true, true, PATH)).toStrictEqual({
      interval: {
        startNs: 0,
        endNs: 2e9,
        stream: undefined,
        direction: 'up',
        measuredAt: 'sender',
        bytes: 1500,
        sentBytes: undefined,
        // 12 000 bits in 2 s.
        bitsPerSecond: 6000,
        messages: 3,
        lost: undefined,
        jitterNs: undefined,
        owdMeanNs: undefined,
        ...STATE,
      },
      transitMeanNs: undefined,
      transits: 0,
    });
    meter.record(250, 1, instant(2.5e9));
    expect(meter.report({ startNs: 2e9, endNs: 3e9 }, true, true)).toMatchObject({
      interval: { startNs: 2e9, endNs: 3e9, bytes: 250, bitsPerSecond: 2000, messages: 1, ...NO_PATH },
    });
    expect(meter.report({ startNs: 3e9, endNs: 4e9 }, true, true)).toMatchObject({
      interval: { bytes: 0, bitsPerSecond: 0, messages: 0 },
    });
    expect([meter.bytes, meter.messages]).toStrictEqual([1750, 4]);
  });

  it('has no messages for a stream without them, and no rate where that is switched off', () => {
    const { meter } = setUp();
    meter.record(1000, 2, instant(1e9));
    const { interval } = meter.report({ startNs: 0, endNs: 1e9 }, false, false);
    expect(interval).toMatchObject({ bytes: 1000, messages: undefined, bitsPerSecond: undefined });
  });

  it('has figures of all of it, with the path where that is told', () => {
    const { meter } = setUp();
    meter.record(1000, 2, instant(1e9));
    meter.report({ startNs: 0, endNs: 1e9 }, true, true);
    meter.record(500, 1, instant(2e9));
    expect(meter.figures(1, span(3e9), true, PATH)).toMatchObject({
      id: 1,
      bytes: 1500,
      messages: 3,
      durationNs: 3e9,
      expected: undefined,
      ...STATE,
      mssBytes: 1348,
      congestion: 'cubic',
      pathMtu: { bytes: 1400, from: undefined },
    });
    expect(meter.figures(1, span(3e9), false)).toMatchObject({ messages: undefined, ...NO_PATH });
  });

  it('begins anew behind what is omitted, and knows how much that was', () => {
    const progress = new StreamProgress();
    const meter = new SentMeter('up', progress);
    meter.record(1000, 2, instant(1e9));
    meter.giveUp(3, 'refused');
    meter.recordError(7);
    meter.restart();
    meter.omit(1);
    expect([meter.omitted, meter.settled, meter.messages, meter.bytes, meter.error()]).toStrictEqual([
      3,
      0,
      0,
      0,
      undefined,
    ]);
    expect([progress.bytes, meter.last]).toStrictEqual([0, undefined]);
    meter.record(500, 1, instant(2e9));
    expect(meter.report({ startNs: 0, endNs: 1e9 }, true, true).interval).toMatchObject({ bytes: 500, messages: 1 });
    expect(meter.figures(1, span(1e9), true)).toMatchObject({
      bytes: 500,
      notSent: { heldUp: 0, refused: 0, blocked: 0 },
    });
  });

  it('tells how late the messages were', () => {
    const { meter } = setUp();
    expect(meter.error()).toBeUndefined();
    for (const late of [0, 10, 50]) meter.recordError(late);
    expect(meter.error()).toMatchObject({
      count: 3,
      minNs: 0,
      meanNs: 20,
      maxNs: 50,
      bins: [
        [0, 1],
        [10, 1],
        [50, 1],
      ],
    });
  });
});
