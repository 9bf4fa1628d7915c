import { DATAGRAM_BYTES, RECORD_BYTES } from '../../message-lengths';
import { shareOfAmount } from './load-amount';
import type { LoadPlan } from './load-plan';
import { type Pace, plannedMessages } from './pace';

/** The pace of stream `index`, which counts from 0, of those in one direction. */
export function paceOfStream(plan: LoadPlan, index: number): Pace {
  const { protocol, parallel, length, spacing, burst, asked, duration, amount } = plan;
  // A datagram longer than asked for might not fit the path.
  const { min, max } = protocol === 'udp' ? { min: DATAGRAM_BYTES.min, max: length } : RECORD_BYTES;
  const share =
    amount === undefined
      ? { planned: plannedMessages(spacing, asked, burst), lastLength: undefined }
      : shareOfAmount(amount, parallel, index, { length, min, max });
  return { spacing, burst, ...share, duration };
}
