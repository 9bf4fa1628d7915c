import { NO_RECEIVER_FIGURES } from '@pathgauge/protocol';
import { span } from '@pathgauge/units';
import type { StreamOutcome } from '../src/load/streams/stream-outcome';

/** What a stream of which nothing is known but its bytes has come to. */
export const outcomeOf = (id: number, bytes: number): StreamOutcome => ({
  direction: 'up',
  isSending: false,
  figures: { ...NO_RECEIVER_FIGURES, id, bytes, messages: undefined, durationNs: 1e9 },
  loadNs: span(1e9),
  iperf3: undefined,
  sendError: undefined,
  congestion: undefined,
  icmp: [],
  offloads: [],
  clockSteps: undefined,
});
