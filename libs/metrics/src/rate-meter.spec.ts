import { instant, seconds, span } from '@pathgauge/units';
import { RateMeter, rateFrom } from './rate-meter';

describe('RateMeter', () => {
  it('tells totals and the first and last arrival', () => {
    const meter = new RateMeter();
    meter.record(1000, 1, instant(1e9));
    meter.record(2000, 2, instant(2e9));
    meter.record(2000, 1, instant(3e9));
    const { bytes, messages, first, last } = meter;
    expect({ bytes, messages, first, last }).toStrictEqual({ bytes: 5000, messages: 4, first: 1e9, last: 3e9 });
  });

  it('knows an arrival at instant 0 as the first', () => {
    const meter = new RateMeter();
    meter.record(500, 1, instant(0));
    meter.record(500, 1, instant(1e9));
    expect(meter.first).toBe(0);
  });

  it('knows no arrival before the first', () => {
    const { bytes, messages, first, last } = new RateMeter();
    expect({ bytes, messages, first, last }).toStrictEqual({
      bytes: 0,
      messages: 0,
      first: undefined,
      last: undefined,
    });
  });
});

describe('rateFrom', () => {
  it.each([
    [1000, 10, seconds(2), 4000, 5],
    [1000, undefined, seconds(2), 4000, undefined],
    [0, 0, seconds(2), 0, 0],
    [1000, 10, span(0), undefined, undefined],
    [1000, 10, span(-1), undefined, undefined],
  ])('%d bytes, %p messages, %d ns', (bytes, messages, durationNs, bitsPerSecond, messagesPerSecond) => {
    expect(rateFrom(bytes, messages, durationNs)).toStrictEqual({
      bytes,
      durationNs,
      bitsPerSecond,
      messages,
      messagesPerSecond,
    });
  });
});
