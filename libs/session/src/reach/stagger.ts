import { milliseconds, type Span } from '@pathgauge/units';

/** RFC 8305 section 5, Connection Attempt Delay: so long after one address the next is tried, or at once when that one has failed. */
export const STAGGER: Span = milliseconds(250);
