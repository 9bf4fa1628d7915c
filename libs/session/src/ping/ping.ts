import type { SessionEvent } from '@pathgauge/result';
import type { Thread, ThreadSide, Transport } from '@pathgauge/transport';
import { EventQueue } from '../event-queue';
import { aborted, type Bell, interruptedEarly, unlessInterrupted } from '../interruption';
import type { AddressTrial } from './address-trial';
import type { PingOptions } from './ping-options';
import { PingRun } from './ping-run';
import { reach } from './reach';

const INTERRUPT = 'interrupt';
const INTERIM = 'interim';

/**
 * Sends probes to a reflector and tells what became of each: `start`, a `probe` each, `notice`s, and last the `summary`.
 * An abort of `signal` ends it early, with its summary; a ring of `bell` has it tell the figures so far. Throws `TransportError`
 * when it cannot begin at all.
 */
export function ping(
  options: PingOptions,
  transport: Transport,
  signal: AbortSignal,
  bell?: Bell,
): AsyncGenerator<SessionEvent> {
  return transport.threads === undefined
    ? pingHere(options, transport, signal, bell)
    : pingThere(transport.threads.start('ping', options), signal, bell);
}

/** On the event loop. */
async function* pingHere(
  options: PingOptions,
  transport: Transport,
  signal: AbortSignal,
  bell: Bell | undefined,
): AsyncGenerator<SessionEvent> {
  const untilOver = ({ over }: AddressTrial): Promise<void> => Promise.race([over, aborted(signal)]);
  const reached = await unlessInterrupted(signal, reach(options, transport, untilOver));
  const events = new EventQueue<SessionEvent>();
  const run = new PingRun(options, transport, reached, (event) => {
    events.push(event);
    if (event.type === 'summary') events.end();
  });
  const stop = (): void => run.interrupt();
  signal.addEventListener('abort', stop);
  const unhook = bell?.onRing(() => run.tellInterim());
  try {
    run.begin();
    if (signal.aborted) stop();
    yield* events;
  } finally {
    signal.removeEventListener('abort', stop);
    unhook?.();
    run.release();
  }
}

/** In a thread, which tells the events. */
async function* pingThere(thread: Thread, signal: AbortSignal, bell: Bell | undefined): AsyncGenerator<SessionEvent> {
  const events = new EventQueue<SessionEvent>();
  let begun = false;
  thread.onMessage((event) => {
    begun = true;
    events.push(event as SessionEvent);
  });
  thread.ended.then(
    () => events.end(),
    (error) => events.fail(error),
  );
  const stop = (): void => {
    thread.post(INTERRUPT);
    // It may still be waiting for a name server, which listens to nobody.
    if (!begun) events.fail(interruptedEarly());
  };
  signal.addEventListener('abort', stop);
  const unhook = bell?.onRing(() => thread.post(INTERIM));
  if (signal.aborted) stop();
  try {
    yield* events;
  } finally {
    signal.removeEventListener('abort', stop);
    unhook?.();
    thread.post(INTERRUPT);
    if (begun) await thread.ended.catch(() => {});
  }
}

/** The thread's side. */
export async function pingInThread(side: ThreadSide): Promise<void> {
  const options = side.data as PingOptions;
  let run: PingRun | undefined;
  let isInterrupted = false;
  side.onMessage((message) => {
    if (message === INTERIM) run?.tellInterim();
    if (message !== INTERRUPT) return;
    isInterrupted = true;
    run?.interrupt();
  });
  const untilOver = (trial: AddressTrial): Promise<void> => side.run(() => trial.isOver || isInterrupted);
  run = new PingRun(options, side.transport, await reach(options, side.transport, untilOver), (event) =>
    side.post(event),
  );
  try {
    run.begin();
    await side.run(() => run.finished);
  } finally {
    run.release();
  }
}
