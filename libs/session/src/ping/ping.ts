import type { SessionEvent } from '@pathgauge/result';
import type { DatagramOptions, DatagramSocket, Endpoint, Thread, ThreadSide, Transport } from '@pathgauge/transport';
import { EventQueue } from '../event-queue';
import { type Bell, interruptedEarly, unlessInterrupted } from '../interruption';
import type { PingOptions } from './ping-options';
import { PingRun } from './ping-run';

const INTERRUPT = 'interrupt';
const INTERIM = 'interim';

/**
 * Sends probes to a reflector and tells what became of each: `start`, a `probe` each, `notice`s, and last the `summary`.
 * An abort of `signal` ends it early, with its summary; a ring of `bell` has it tell the figures so far. Throws `TransportError` when it cannot begin at all.
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
  const { socket, peer } = await unlessInterrupted(signal, openSocket(options, transport));
  const events = new EventQueue<SessionEvent>();
  const run = new PingRun(options, transport, socket, peer, (event) => {
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
  const { socket, peer } = await openSocket(options, side.transport);
  const run = new PingRun(options, side.transport, socket, peer, (event) => side.post(event));
  side.onMessage((message) => {
    if (message === INTERRUPT) run.interrupt();
    else if (message === INTERIM) run.tellInterim();
  });
  try {
    run.begin();
    await side.run(() => run.finished);
  } finally {
    run.release();
  }
}

/** What is needed to open a socket, in whichever thread. */
interface Opener extends Pick<Transport, 'resolve'> {
  connectDatagrams(peer: Endpoint, options: DatagramOptions): DatagramSocket | Promise<DatagramSocket>;
}

/** A socket to the first of the host's addresses that this host has a way to. */
async function openSocket(
  { host, family, port, bind, ttl, dscp }: PingOptions,
  opener: Opener,
): Promise<{ socket: DatagramSocket; peer: Endpoint }> {
  let failure: unknown;
  for (const address of await opener.resolve(host, family)) {
    const peer = { address, port };
    try {
      const socket = await opener.connectDatagrams(peer, {
        bind: { address: bind },
        ttl,
        dscp,
        stamps: ['queued', 'sent'],
      });
      return { socket, peer };
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}
