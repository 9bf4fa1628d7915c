import type { StreamSocket, Timer } from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, NS_PER_S, type Span, span } from '@pathgauge/units';
import {
  dueAfter,
  emptyStep,
  isOver,
  lastBytes,
  mostDueTogether,
  nextStep,
  owedWhenStopped,
  type Pace,
  paceOfOmitted,
  slipOf,
} from '../plan/pace';
import { Completion } from './completion';
import { pacingTimer } from './pacing-timer';
import { RecordChunk } from './record-chunk';
import type { Sender, SenderHost, SenderOptions } from './sender';
import { SentMeter } from './sent-meter';

// Writes that complete at once would otherwise never give the event loop a turn.
const WRITES_PER_TURN = 8;
/** The system counts headers, too, and must be able to catch up. */
const PACING_HEADROOM = 1.1;
/** As far apart as the messages of a bit rate are at the most, where they are larger than a packet. */
const MAX_SPREAD: Span = milliseconds(10);

export interface RecordSenderOptions extends SenderOptions {
  /** How often this host was held up so far. */
  readonly stalls: () => number;
  /** What the user lets the system send at most; undefined: no such limit. */
  readonly maxBytesPerSecond: number | undefined;
}

/**
 * Sends records or plain blocks over TCP, paced or as fast as the path takes them. Many fields: each record reads its state from
 * here, so that none costs an object more.
 */
export class RecordSender implements Sender {
  readonly sent: SentMeter;
  readonly #stream: StreamSocket;
  readonly #host: SenderHost;
  readonly #timer: Timer;
  readonly #options: RecordSenderOptions;
  readonly #chunk: RecordChunk;
  readonly #step = emptyStep();
  readonly #ended = new Completion();
  #pace: Pace;
  #start: Instant | undefined;
  #writes = 0;
  #isWriting = false;
  /** How many stalls there were when the latest write began; undefined when it was not the writing that was waited for. */
  #stallsBefore: number | undefined;
  #isStopping = false;
  #isFinished = false;

  constructor(stream: StreamSocket, options: RecordSenderOptions, host: SenderHost) {
    this.#stream = stream;
    this.#options = options;
    this.#host = host;
    this.#timer = pacingTimer(host, options.pace.spacing);
    this.#chunk = new RecordChunk(options.length, options.wall, mostDueTogether(options.pace), options.repeats);
    this.#chunk.isOmitted = options.omit > 0;
    this.#pace = options.omit > 0 ? paceOfOmitted(options.pace, options.omit) : options.pace;
    this.sent = new SentMeter(options.direction, options.progress);
  }

  start(at: Instant): void {
    const { pace, length, maxBytesPerSecond = Number.POSITIVE_INFINITY } = this.#options;
    // The messages of a bit rate are a burst each, which the system spreads over the time until the next. Those that a user sends
    // farther apart are to arrive as soon as they can.
    if (pace.spacing !== undefined && pace.spacing <= MAX_SPREAD)
      this.#stream.limitRate(Math.min((PACING_HEADROOM * length * NS_PER_S) / pace.spacing, maxBytesPerSecond));
    this.#start = at;
    this.#fill();
  }

  count(at: Instant): void {
    this.#chunk.isOmitted = false;
    this.#pace = this.#options.pace;
    this.#start = at;
    this.sent.restart();
  }

  /** An unpaced load sends one more chunk, with the mark of the last record in it. */
  stop(isUnread: boolean): void {
    this.#isStopping = true;
    if (this.#start !== undefined && !this.#isFinished && !isUnread) {
      const owed = owedWhenStopped(this.#pace, this.#passed(this.#start, this.#host.clock.now()), this.sent.settled);
      if (owed === undefined) return;
      this.#giveUp(owed);
    }
    if (this.#isPaced || this.#start === undefined || isUnread) this.#finish();
    if (isUnread) this.#ended.complete();
  }

  /** TCP itself sends nothing new that a peer does not acknowledge. */
  rest(): void {}

  onEnded(handler: () => void): void {
    this.#ended.onComplete(handler);
  }

  get #isPaced(): boolean {
    return this.#pace.spacing !== undefined;
  }

  #finish(): void {
    this.#isFinished = true;
    this.#timer.clear();
    if (!this.#isWriting) this.#ended.complete();
  }

  readonly #fill = (): void => {
    if (this.#isFinished || this.#start === undefined) return;
    const now = this.#host.clock.now();
    // What is omitted may end here, and the load begin anew.
    this.#options.beforeSend(now);
    const passed = this.#passed(this.#start, now);
    const step = nextStep(this.#pace, passed, this.sent.settled, this.#step);
    this.#giveUp(step.giveUp);
    if (step.send > 0) this.#write(step.send, now, passed);
    else if (!step.isOver) this.#wait(after(this.#start, step.dueAt));
    else if (this.#isPaced || this.#pace.planned !== undefined) this.#finish();
    // Without a plan nobody knows of the last record until it is time for it.
    else this.#write(Number.POSITIVE_INFINITY, now, passed);
  };

  /** Since the start. */
  #passed(start: Instant, now: Instant): Span {
    const passed = elapsed(start, now);
    const slip = slipOf(this.#pace, passed, this.sent.settled);
    if (slip === 0) return passed;
    this.#start = after(start, slip);
    return span(passed - slip);
  }

  #wait(until: Instant): void {
    this.#stallsBefore = undefined;
    this.#timer.set(until, this.#fill);
  }

  /** Writes as many of `due` messages as a chunk holds. */
  #write(due: number, now: Instant, passed: Span): void {
    const { length, stalls } = this.#options;
    const pace = this.#pace;
    const count = Math.min(due, this.#chunk.messages);
    const next = this.sent.settled;
    const isLast = (this.#isStopping && !this.#isPaced) || isOver(pace, passed, next + count);
    const bytes = this.#chunk.write(this.sent.messages, count, now, isLast, lastBytes(pace, length, next, count));
    if (this.#isPaced) for (let i = 0; i < count; i++) this.sent.recordError(passed - dueAfter(pace, next + i));
    this.sent.record(bytes.length, count, now);
    this.#isFinished ||= isLast;
    this.#isWriting = true;
    if (this.#isPaced) this.#stallsBefore = stalls();
    this.#stream.write(bytes, this.#onWritten);
  }

  readonly #onWritten = (taken: boolean): void => {
    this.#isWriting = false;
    if (!taken || this.#isFinished) this.#finish();
    else if (++this.#writes % WRITES_PER_TURN === 0) this.#host.soon(this.#fill);
    else this.#fill();
  };

  /** So many had their time while this host was held up, or while the path took nothing more. */
  #giveUp(missed: number): void {
    if (missed === 0) return;
    const isPath = this.#stallsBefore !== undefined && this.#stallsBefore === this.#options.stalls();
    this.sent.giveUp(missed, isPath ? 'blocked' : 'heldUp');
  }
}
