import type { LoadTransport } from '@pathgauge/result';
import type { Transport } from '@pathgauge/transport';
import type { CarrierFacts, StreamOutcome } from '../streams/stream-outcome';

/** What carried a load. What is sent is stamped by the program: stamps of the kernel would cost more than the send. */
export const loadTransportUse = (
  { kind, note, clock }: Pick<Transport, 'kind' | 'note' | 'clock'>,
  carrier: CarrierFacts | undefined,
  streams: readonly StreamOutcome[],
): LoadTransport => ({
  kind,
  sendTimestamps: 'user',
  receiveTimestamps: carrier?.receiveTimestamps ?? 'user',
  note,
  offloads: [...new Set(streams.flatMap(({ offloads }) => offloads))],
  receiveBufferBytes: carrier?.receiveBufferBytes,
  clockSteps: clockStepsOf(streams) ?? clock.steps,
});

/** As far as whoever worked the streams has seen. */
function clockStepsOf(streams: readonly StreamOutcome[]): number | undefined {
  const seen = streams.flatMap(({ clockSteps }) => clockSteps ?? []);
  return seen.length === 0 ? undefined : Math.max(...seen);
}
