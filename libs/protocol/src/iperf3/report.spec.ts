import fc from 'fast-check';
import { encodeJsonMessage } from './json-message';
import { MAX_REPORT_BYTES, type ReportedInterval, reportFromJson, reportToJson } from './report';

const INTERVAL: ReportedInterval = {
  stream: 3,
  direction: 'down',
  startNs: 1e9,
  endNs: 2e9,
  bytes: 1_250_000,
  messages: 893,
  lost: -1,
  jitterNs: 12_345.5,
  owdMeanNs: -7.25,
};
const overTheWire = (intervals: readonly ReportedInterval[]) =>
  reportFromJson(JSON.parse(JSON.stringify(reportToJson(intervals))));

it('comes over the wire as it was, and what is not known is not there', () => {
  const sum = { direction: 'up', startNs: 0, endNs: 0.5, bytes: 0 } as const;
  const unknown = {
    stream: undefined,
    messages: undefined,
    lost: undefined,
    jitterNs: undefined,
    owdMeanNs: undefined,
  };
  expect(overTheWire([INTERVAL, { ...unknown, ...sum }])).toStrictEqual({
    ok: true,
    value: [INTERVAL, { ...unknown, ...sum }],
  });
  expect(reportToJson([{ ...unknown, ...sum }])).toStrictEqual({ intervals: [sum] });
});

it('tells nothing else that an interval has', () => {
  const more: ReportedInterval = Object.assign({ rttNs: 5, measuredAt: 'receiver' }, INTERVAL);
  expect(reportToJson([more])).toStrictEqual({ intervals: [{ ...INTERVAL }] });
});

it('may be of all streams in both directions, and fits its bound then, whatever the figures are', () => {
  const figure = fc.double({ min: 0, max: 1e15, noNaN: true });
  const any = fc.record({ startNs: figure, bytes: fc.maxSafeNat(), lost: fc.maxSafeInteger(), jitterNs: figure });
  fc.assert(
    fc.property(any, ({ startNs, ...figures }) => {
      const interval = { ...INTERVAL, ...figures, startNs, endNs: startNs, messages: figures.bytes };
      const all = Array.from({ length: 258 }, (_, i) => ({ ...interval, stream: i }));
      expect(encodeJsonMessage(reportToJson(all)).length).toBeLessThan(MAX_REPORT_BYTES);
      expect(overTheWire(all)).toStrictEqual({ ok: true, value: all });
    }),
    { numRuns: 20 },
  );
});

it.each<[string, unknown, string, string]>([
  ['no list', { intervals: 1 }, 'intervals', 'is not a list'],
  ['too many intervals', { intervals: Array(259).fill(INTERVAL) }, 'intervals', 'is too long'],
  ['an interval that is none', { intervals: [1] }, 'intervals', 'has an entry that is not an object'],
  [
    'a direction that is none',
    { intervals: [{ ...INTERVAL, direction: 'sideways' }] },
    'direction',
    'is not a direction',
  ],
  [
    'an interval that ends before it begins',
    { intervals: [{ ...INTERVAL, endNs: 1e9 - 1 }] },
    'endNs',
    'is before startNs',
  ],
])('is refused with %s', (_, json, field, problem) => {
  expect(reportFromJson(json)).toStrictEqual({ ok: false, failure: { code: 'invalid', field, problem } });
});
