import type { NoticeEvent } from './session-events';

// What a program needs that has something to add in its own words: libraries know no command line.

/** Stands in each message that says so of a peer. */
export const NOBODY_LISTENS = 'answers that nobody listens on that UDP port';

/** A notice whose message is that of an error. `cause`: the error's code, for the program alone. */
export interface ErrorNoticeEvent extends NoticeEvent {
  readonly cause: string | undefined;
}
