import { milliseconds, type Span, seconds, span } from '@pathgauge/units';

/** How long a client waits for what a server says next. */
export const CLIENT_PATIENCE = {
  connect: seconds(5),
  answer: seconds(5),
  /** A server may wait for another test's turn, or drain a slow path for ten seconds, before it says the next word. */
  end: seconds(15),
  /** Of a user who has interrupted the test: both ends are gone within a second of it. */
  interruptedEnd: milliseconds(600),
  interruptedFlush: milliseconds(250),
  interruptedQuiet: milliseconds(100),
} as const satisfies Readonly<Record<string, Span>>;

/** How long a server waits for what a client says next. */
export const SERVER_PATIENCE = {
  cookie: seconds(10),
  answer: seconds(10),
  stream: seconds(10),
  /** So much more for each of them, of all together: who opens them slowly holds the place of others. */
  eachStream: seconds(1),
  allStreams: seconds(120),
  /** A client has this long to read the results, megabytes of many streams, before it says farewell. */
  lastWord: seconds(5),
  /** A client that is turned away, or has ended its test, has this long to read why. */
  farewell: seconds(1),
  /** Of a server that stops, for its tests. */
  stop: milliseconds(900),
} as const satisfies Readonly<Record<string, Span>>;

/** A peer that does not close its side of a connection that has ended is not waited for. */
export const MAX_HANG_UP: Span = milliseconds(250);
/** A path that takes nothing any more must not hold up the end of the test: what is not taken by then never will be. */
export const MAX_FLUSH: Span = seconds(2);
/** Whoever works the streams has this long to tell their figures, when everything else is over. */
export const MAX_FIGURES: Span = seconds(1);
/** When nothing has come for so long, the rest of a stream is not waited for. */
export const MAX_QUIET: Span = milliseconds(250);
/** A slow path may go on bringing what its queues hold; a peer that never stops is not listened to for ever. */
export const MAX_DRAIN: Span = seconds(10);
/** Datagrams are waited for this long on a path whose round trip is next to nothing, */
const MIN_LAST_DATAGRAMS: Span = milliseconds(20);
/** and at the most this long on any. */
const MAX_LAST_DATAGRAMS: Span = seconds(1);

/**
 * How long datagrams may still be under way when the load is over: the word of its end takes half of the longest round trip that was
 * seen under load, and what was sent before it the other half; twice that, since paths change the order.
 */
export const lastDatagrams = (longestRoundTrip: Span | undefined): Span =>
  longestRoundTrip === undefined
    ? MAX_QUIET
    : span(Math.min(Math.max(2 * longestRoundTrip, MIN_LAST_DATAGRAMS), MAX_LAST_DATAGRAMS));
