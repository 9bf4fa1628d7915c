import type { SessionEvent } from '@pathgauge/result';
import type { Role, Transport } from '@pathgauge/transport';
import { EventQueue } from '../event-queue';
import { type Bell, interruptedEarly } from '../interruption';
import { requireMarks } from '../marks';
import type { PingOptions } from './ping-options';
import { PingRun } from './ping-run';
import { reach } from './reach';

/** What a run of probes is told: to end with its summary, or to tell the figures so far. */
type PingOrder = 'interrupt' | 'interim';

/**
 * Sends probes to a reflector and tells what became of each: `start`, a `probe` each, `notice`s, and last the `summary`.
 * An abort of `signal` ends it early, with its summary; a ring of `bell` has it tell the figures so far. Throws `TransportError`
 * when it cannot begin at all.
 */
export async function* ping(
  options: PingOptions,
  transport: Transport,
  signal: AbortSignal,
  bell?: Bell,
): AsyncGenerator<SessionEvent> {
  requireMarks(transport, options);
  const role = transport.start(PING, options);
  const events = new EventQueue<SessionEvent>();
  let hasBegun = false;
  role.onMessage((event) => {
    hasBegun = true;
    events.push(event);
  });
  role.ended.then(
    () => events.end(),
    (error) => events.fail(error),
  );
  const stop = (): void => {
    role.post('interrupt');
    // It may still be waiting for a name server, which listens to nobody.
    if (!hasBegun) events.fail(interruptedEarly());
  };
  signal.addEventListener('abort', stop);
  const unhook = bell?.onRing(() => role.post('interim'));
  if (signal.aborted) stop();
  try {
    yield* events;
  } finally {
    signal.removeEventListener('abort', stop);
    unhook?.();
    role.post('interrupt');
    if (hasBegun) await Promise.allSettled([role.ended]);
  }
}

/** Where the probes are: reaches the peer, and tells the events of a run. */
export const PING: Role<PingOptions, PingOrder, SessionEvent> = {
  name: 'ping',
  spins: () => true,
  async run(side) {
    const { data: options, transport } = side;
    const interruption = new AbortController();
    let run: PingRun | undefined;
    side.onMessage((order) => {
      if (order === 'interim') run?.reportInterim();
      else interruption.abort();
    });
    const reached = await reach(options, side, interruption.signal);
    if (interruption.signal.aborted) {
      reached.socket.close();
      throw interruptedEarly();
    }
    run = new PingRun(options, transport, reached, (event) => side.post(event));
    try {
      run.begin();
      interruption.signal.addEventListener('abort', () => run.interrupt());
      await side.run(run.over);
    } finally {
      run.release();
    }
  },
};
