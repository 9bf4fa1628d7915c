import { codeOf } from '@pathgauge/transport';
import { elapsed, type Instant, milliseconds, NS_PER_S, type Span, span } from '@pathgauge/units';
import { unlessInterrupted } from '../interruption';
import type { Notices } from '../notices';
import { sleep, type Timers } from '../waiting';
import { ProtocolError } from './conversation/control-channel';

/** Often enough to get the next free place of a server with short tests, seldom enough for a server that many wait for. */
const RETRY_PERIOD: Span = milliseconds(500);

/** How long a user waits for a server that is busy, and how he is told. */
interface BusyPatience {
  /** From the first attempt on; undefined: one attempt is all. */
  readonly limit: Span | undefined;
  readonly timers: Timers;
  readonly signal: AbortSignal;
  readonly notices: Notices;
}

/** Makes `attempt` until it finds the server not busy, or the time is over. Any other failure ends it at once. */
export async function unlessBusy(attempt: () => Promise<void>, patience: BusyPatience): Promise<void> {
  const { limit, timers, signal, notices } = patience;
  const begin = timers.clock.now();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (limit === undefined || codeOf(error) !== 'EBUSY') throw error;
      const left = leftOf(limit, begin, timers);
      if (left <= 0) throw stillBusy(error as Error, limit);
      notices.note('server-busy', `the server is busy; it is asked again for ${limit / NS_PER_S} s`);
      await unlessInterrupted(signal, sleep(timers, span(Math.min(left, RETRY_PERIOD))));
    }
  }
}

const leftOf = (limit: Span, begin: Instant, { clock }: Timers): number => limit - elapsed(begin, clock.now());

const stillBusy = ({ message }: Error, limit: Span): ProtocolError =>
  new ProtocolError(`${message} (it was asked for ${limit / NS_PER_S} s)`, 'EBUSY');
