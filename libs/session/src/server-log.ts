import type { ErrorNoticeEvent, NoticeEvent, ServerEvent } from '@pathgauge/result';
import { codeOf, type Timer, type Transport } from '@pathgauge/transport';
import { after, type Span, seconds } from '@pathgauge/units';
import { EventQueue } from './event-queue';

const MINUTE: Span = seconds(60);
/** Made-up addresses must not fill the terminal: so many lines about strangers a minute, the rest is only counted. */
const MAX_STRANGERS_PER_MINUTE = 100;
/** Events that wait because the log stands still: a server that runs for months must not fill the memory with them. */
const MAX_EVENTS = 10_000;

/** What a server tells. It stays within bounds whatever strangers send. */
export class ServerLog {
  readonly events = new EventQueue<ServerEvent>({
    max: MAX_EVENTS,
    missed: (count) => ({
      type: 'notice',
      code: 'events-dropped',
      message: `${count} events were not told: the log stood still`,
    }),
  });
  readonly #timers: Pick<Transport, 'clock' | 'coarseTimer'>;
  readonly #minute: Timer;
  #strangers = 0;
  #hasToldExhausted = false;

  constructor(timers: Pick<Transport, 'clock' | 'coarseTimer'>) {
    this.#timers = timers;
    this.#minute = timers.coarseTimer();
    this.#beginMinute();
  }

  /** Tells no more by itself. */
  close(): void {
    this.#minute.clear();
  }

  notice(code: string, message: string, counts?: NoticeEvent['counts']): void {
    this.events.push({ type: 'notice', code, message, ...(counts === undefined ? {} : { counts }) });
  }

  /** Some reasons begin with the client's name already. */
  refused(client: string, why: string): void {
    this.stranger('refused', why.startsWith(`${client} `) || why.startsWith(`${client}:`) ? why : `${client}: ${why}`);
  }

  /** Why the server does not listen everywhere. */
  notListening(errors: readonly Error[]): void {
    for (const error of errors) {
      const { message } = error;
      const notice: ErrorNoticeEvent = { type: 'notice', code: 'not-listening', message, cause: codeOf(error) };
      this.events.push(notice);
    }
  }

  /** A line about somebody who need not even exist. */
  stranger(code: string, message: string): void {
    this.#strangers++;
    if (this.#strangers <= MAX_STRANGERS_PER_MINUTE) this.notice(code, message);
    else if (this.#strangers === MAX_STRANGERS_PER_MINUTE + 1) this.notice(code, 'and many more within this minute');
  }

  /** A client was told that the server is busy, since it may open no more files. */
  exhausted(): void {
    if (this.#hasToldExhausted) return;
    this.#hasToldExhausted = true;
    this.notice(
      'too-many-files',
      'too many open files: clients are told that the server is busy; ulimit -n sets the limit',
    );
  }

  #beginMinute(): void {
    this.#strangers = 0;
    this.#hasToldExhausted = false;
    this.#minute.set(after(this.#timers.clock.now(), MINUTE), () => this.#beginMinute());
  }
}
