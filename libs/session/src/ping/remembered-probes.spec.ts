import { milliseconds, type Span, seconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { flowMemory } from './remembered-probes';

const FORMER_LEAST = 65_536;
const FORMER_MOST = 2 ** 20;
const MINUTE = 60e9;

const plans = fc.record({
  interval: fc.oneof(
    fc.constant(0),
    fc.double({ min: 4, max: 11.5, noNaN: true }).map((log) => Math.round(10 ** log)),
  ),
  timeout: fc.integer({ min: 1, max: 600_000 }).map((ms) => milliseconds(ms)),
  burst: fc.integer({ min: 1, max: 1000 }),
  kind: fc.constantFrom('even' as const, 'poisson' as const),
  ends: fc.constantFrom<{ count: number | undefined; duration: Span | undefined }>(
    { count: 100_000, duration: undefined },
    { count: undefined, duration: seconds(86_400) },
    { count: undefined, duration: undefined },
  ),
});
type Drawn = typeof plans extends fc.Arbitrary<infer Value> ? Value : never;

const memoryOf = ({ interval, timeout, burst, kind, ends }: Drawn) =>
  flowMemory({ interval: span(interval), timeout, schedule: { kind, burst }, ...ends });
const withinTimeout = ({ interval, timeout, burst }: Drawn): number =>
  interval === 0 ? 1 : Math.ceil(timeout / interval) * burst;
const isEndless = ({ ends }: Drawn): boolean => ends.count === undefined && ends.duration === undefined;

describe('what a flow remembers', () => {
  it('is everything within twice the timeout, as far as memory is bounded', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(memoryOf(plan).remembered).toBeGreaterThanOrEqual(Math.min(2 * withinTimeout(plan), FORMER_MOST));
        expect(memoryOf(plan).remembered).toBeLessThanOrEqual(FORMER_MOST);
      }),
    );
  });

  it('is the last 65,536 probes at the least, of a flow that ends or is quick', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        fc.pre(!isEndless(plan) || plan.interval <= 10e6);
        expect(memoryOf(plan).remembered).toBeGreaterThanOrEqual(FORMER_LEAST);
      }),
    );
  });

  it('is ten minutes at the least and no more than 65,536 probes, of a slow one without an end and a short timeout', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        fc.pre(isEndless(plan) && plan.interval > 10e6 && 2 * withinTimeout(plan) <= FORMER_LEAST);
        const { remembered } = memoryOf(plan);
        expect(remembered).toBeLessThanOrEqual(FORMER_LEAST);
        const isLong = (Math.floor(remembered / plan.burst) + 1) * plan.interval >= 10 * MINUTE;
        expect(isLong || remembered === FORMER_LEAST).toBe(true);
      }),
    );
  });

  it('has room at once where there is no time to make it, and else for no more than what may be outstanding', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { remembered, initial } = memoryOf(plan);
        if (plan.interval / plan.burst <= 10e6) expect(initial).toBe(remembered);
        else expect(initial).toBeLessThanOrEqual(Math.max(4, 4 * withinTimeout(plan)));
      }),
    );
  });

  it('keeps what is unsettled apart in a power of two, with 64 more that wait for a Follow-up', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { unsettled, remembered, buffers } = memoryOf(plan);
        expect(Math.log2(unsettled) % 1).toBe(0);
        expect(unsettled).toBeGreaterThanOrEqual(Math.min(2 * withinTimeout(plan) + 64, remembered));
        expect(buffers).toBeGreaterThanOrEqual(4);
        expect(buffers).toBeLessThanOrEqual(64);
      }),
    );
  });

  it.each([
    // A probe a second for ever: 656 are eleven minutes.
    [seconds(1), seconds(3), undefined, { remembered: 656, initial: 8, unsettled: 128, buffers: 4 }],
    [seconds(1), seconds(3), 10, { remembered: 65_536, initial: 8, unsettled: 128, buffers: 4 }],
    [milliseconds(1), seconds(3), undefined, { remembered: 65_536, initial: 65_536, unsettled: 8192, buffers: 64 }],
    [span(0), seconds(3), 10, { remembered: 65_536, initial: 65_536, unsettled: 128, buffers: 64 }],
    [span(10_000), seconds(3), 10, { remembered: 600_000, initial: 600_000, unsettled: 2 ** 20, buffers: 64 }],
  ])('at an interval of %d ns and a timeout of %d ns, %s probes: %o', (interval, timeout, count, memory) => {
    const plan = { interval, timeout, schedule: { kind: 'even', burst: 1 }, count, duration: undefined } as const;
    expect(flowMemory(plan)).toStrictEqual(memory);
  });
});
