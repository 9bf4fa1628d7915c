import { instant, milliseconds, seconds } from '@pathgauge/units';
import fc from 'fast-check';
import { paceOf, paceOfAmount } from '../../../test/load-plans';
import { loadSpan } from './load-span';

const BEGIN = 5e9;
const SENDING = { isSending: true, sentAll: undefined };
const at = (ms: number) => instant(BEGIN + ms * 1e6);

describe('loadSpan', () => {
  // Ten messages, at 0 to 900 ms.
  const paced = paceOf(milliseconds(100), seconds(1));
  const unpaced = paceOf(undefined, seconds(1));
  const endless = paceOf(undefined, undefined);
  it.each([
    ['that never began is 0', paced, undefined, 700, 600, 3, 0],
    ['without an end is until it is ended', endless, 0, 1700, 1600, 0, 1700],
    ['ended early is until then', paced, 0, 450, 400, 5, 450],
    ['whose end is told late is as long as was asked for', unpaced, 0, 1300, 900, 0, 1000],
    ['whose end is told late, of a plan that is not done with, likewise', paced, 0, 1300, 800, 9, 1000],
    ['whose end is told a little early, of a plan that is done with, is all of it', paced, 0, 990, 900, 10, 1000],
    ['that went on is until its last message', unpaced, 0, 1010, 1200, 0, 1200],
    ['of which nothing passed is as long as was asked for', paced, 0, 1300, undefined, 0, 1000],
    ['that ended before it began to arrive is 0', unpaced, 0, -50, undefined, 0, 0],
  ] as const)('of a load %s', (_, pace, beginMs, endMs, lastMs, settled, expectedMs) => {
    const begin = beginMs === undefined ? undefined : at(beginMs);
    const last = lastMs === undefined ? undefined : at(lastMs);
    expect(loadSpan(pace, { begin, end: at(endMs), last, settled, ...SENDING })).toBe(expectedMs * 1e6);
  });

  it.each([
    ['sent, until all of it was taken', { isSending: true, sentAll: at(340), last: at(300) }, 340],
    ['received, until the last of it came', { isSending: false, sentAll: undefined, last: at(300) }, 300],
    ['that was not done with, until it was ended', { isSending: true, sentAll: undefined, last: at(300) }, 700],
    ['of which nothing came, likewise', { isSending: false, sentAll: undefined, last: undefined }, 700],
  ])('of an amount %s', (_, seen, expectedMs) => {
    const pace = paceOfAmount(10, 50);
    expect(loadSpan(pace, { begin: at(0), end: at(700), settled: 10, ...seen })).toBe(expectedMs * 1e6);
  });

  it('is never less than until the last message, nor longer than that or what was asked for', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(5_000), fc.nat(20), (endMs, lastMs, settled) => {
        const seen = { begin: at(0), end: at(endMs), last: at(lastMs), settled, ...SENDING };
        const lasted = loadSpan(paced, seen);
        expect(lasted).toBeGreaterThanOrEqual(lastMs * 1e6);
        expect(lasted).toBeLessThanOrEqual(Math.max(lastMs, 1000) * 1e6);
      }),
    );
  });
});
