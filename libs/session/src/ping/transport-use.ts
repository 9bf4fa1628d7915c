import type { PingTransport, UserStamped } from '@pathgauge/result';
import type { Transport } from '@pathgauge/transport';
import type { ProbeSocket } from './probe-socket';

/** Stamps that programs took, and how many probes were answered in time. */
export interface ProgramStampCounts extends UserStamped {
  readonly answered: number;
}

/** What a flow has used of the transport. `programs`: at its end; undefined before. */
export function transportUse(
  { kind, note, clock }: Pick<Transport, 'kind' | 'note' | 'clock'>,
  { receiveBufferBytes, sendTimestamps, receiveTimestamps }: ProbeSocket['current'],
  programs?: ProgramStampCounts,
): PingTransport {
  // The kernel was asked, but where it has stamped nothing the program's stamps are what was used.
  const isProgramOnly = (count: number | undefined): boolean =>
    programs !== undefined && programs.answered > 0 && count === programs.answered;
  return {
    kind,
    sendTimestamps: isProgramOnly(programs?.sent) ? 'user' : sendTimestamps,
    receiveTimestamps: isProgramOnly(programs?.received) ? 'user' : receiveTimestamps,
    note,
    receiveBufferBytes,
    clockSteps: clock.steps,
    userStamped: programs && { sent: programs.sent, replied: programs.replied, received: programs.received },
  };
}
