import fc from 'fast-check';
import type { TimestampFormat } from '../src/stamp/timestamp';

/** Reply 5 left at Unix 1 700 000 000.5, which is e8fe6f80.80000000 in NTP and 6553f100 s, 1dcd6500 ns in PTP. */
export const FOLLOW_UP = { sequence: 5, transmit: { seconds: 1_700_000_000, nanoseconds: 500_000_000 } };

export const dscps = fc.nat(63);
// All zero is no timestamp: at least a nanosecond.
const followUps = fc.record(
  {
    sequence: fc.nat(0xffffffff),
    transmit: fc.record(
      { seconds: fc.nat(0xffffffff), nanoseconds: fc.integer({ min: 1, max: 999_999_999 }) },
      { noNullPrototype: true },
    ),
  },
  { noNullPrototype: true },
);
export const factsOf = fc.record({
  trafficClass: fc.option(fc.nat(255), { nil: undefined }),
  followUp: fc.option(followUps, { nil: undefined }),
  format: fc.constantFrom<TimestampFormat>('ntp', 'ptp'),
});
export const noisy = fc.array(fc.constantFrom(0, 1, 2, 4, 7, 16, 0x80, 0xff), { maxLength: 120, size: 'max' });
