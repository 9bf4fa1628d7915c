import { codeOf, type DatagramSocket, type SendOutcome, type Timer } from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, type Span, span } from '@pathgauge/units';
import {
  dueAfter,
  emptyStep,
  lastBytes,
  nextStep,
  owedWhenStopped,
  type Pace,
  paceOfOmitted,
  type Step,
  slipOf,
} from '../plan/pace';
import { Completion } from './completion';
import { DatagramRing } from './datagram-ring';
import { pacingTimer } from './pacing-timer';
import type { Sender, SenderHost, SenderOptions } from './sender';
import { SentMeter } from './sent-meter';

/** In one turn, so that there is time to receive. */
const RINGS_PER_TURN = 2;
/** Before a system that has no room, or refuses what has no pace of its own, is asked again. */
const PAUSE: Span = milliseconds(1);
const NO_TIME = span(0);
/** While it rests, it looks this often whether the load is over. */
const REST: Span = milliseconds(20);

export interface DatagramSenderOptions extends SenderOptions {
  readonly counters64Bit: boolean;
  /** What is omitted is marked, and what follows it numbered anew; otherwise the numbers go on. */
  readonly marksOmitted: boolean;
  /** The system did not send what was due. */
  readonly onRefused: (error: Error) => void;
}

/** Datagrams that were handed over, until the system has told what became of them. */
interface UnderWay {
  readonly now: Instant;
  /** Since the start. */
  readonly passed: Span;
  readonly count: number;
  readonly bytesOfEach: number;
  readonly isOmitted: boolean;
}

/**
 * Sends numbered datagrams, paced or as fast as the system takes them. Many fields: each datagram reads its state from here, so that
 * none costs an object or a call more.
 */
export class DatagramSender implements Sender {
  readonly sent: SentMeter;
  readonly #socket: DatagramSocket;
  readonly #host: SenderHost;
  readonly #timer: Timer;
  readonly #pause: Timer;
  readonly #options: DatagramSenderOptions;
  readonly #ring: DatagramRing;
  readonly #step = emptyStep();
  readonly #ended = new Completion();
  #pace: Pace;
  #start: Instant | undefined;
  #isOmitting: boolean;
  /** How many more may be sent in this turn. */
  #left = 0;
  #underWay: UnderWay | undefined;
  #isSending = false;
  #isFull = false;
  #mustPause = false;
  #isResting = false;

  constructor(socket: DatagramSocket, options: DatagramSenderOptions, host: SenderHost) {
    this.#socket = socket;
    this.#options = options;
    this.#host = host;
    this.#timer = pacingTimer(host, options.pace.spacing);
    this.#pause = host.coarseTimer();
    this.#ring = new DatagramRing(options.length, options.counters64Bit, options.wall, options.repeats);
    this.#isOmitting = options.omit > 0;
    this.#ring.isOmitted = this.#isOmitting && options.marksOmitted;
    this.#pace = this.#isOmitting ? paceOfOmitted(options.pace, options.omit) : options.pace;
    this.sent = new SentMeter(options.direction, options.progress);
  }

  start(at: Instant): void {
    this.#start = at;
    this.#turn();
  }

  count(at: Instant): void {
    this.#isOmitting = false;
    this.#ring.isOmitted = false;
    this.#pace = this.#options.pace;
    this.#start = at;
    this.sent.restart();
  }

  stop(): void {
    if (this.#ended.isComplete) return;
    if (this.#start !== undefined) {
      const owed = owedWhenStopped(this.#pace, this.#passed(), this.#settled);
      if (owed === undefined) return;
      this.#giveUp(owed);
    }
    this.#finish();
  }

  rest(isResting: boolean): void {
    if (this.#ended.isComplete || this.#isResting === isResting) return;
    this.#giveUp(this.#nextStep(this.#passed()).giveUp);
    this.#isResting = isResting;
  }

  onEnded(handler: () => void): void {
    this.#ended.onComplete(handler);
  }

  #finish(): void {
    this.#timer.clear();
    this.#pause.clear();
    this.#ended.complete();
  }

  /** Messages that are done with, or under way. */
  get #settled(): number {
    const isCounted = this.#underWay?.isOmitted === this.#isOmitting;
    return this.sent.settled + (isCounted ? (this.#underWay?.count ?? 0) : 0);
  }

  /** What is next, counted from 0, as datagrams are numbered. */
  get #index(): number {
    return this.sent.messages + (this.#options.marksOmitted ? 0 : this.sent.omitted);
  }

  /** What becomes due while it sends waits for the next turn: otherwise a fast load would send one by one, and never sleep. */
  readonly #turn = (): void => {
    this.#left = Math.min(this.#nextStep(this.#passed()).send, RINGS_PER_TURN * this.#ring.slots);
    this.#mustPause = false;
    this.#sendDue();
  };

  #sendDue(): void {
    this.#isSending = true;
    while (!this.#ended.isComplete && this.#underWay === undefined && !this.#sendSome());
    this.#isSending = false;
  }

  /** Hands over what is due; true when it is to go on later. */
  #sendSome(): boolean {
    const now = this.#host.clock.now();
    // What is omitted may end here, and the load begin anew.
    this.#options.beforeSend(now);
    const passed = this.#passed(now);
    const step = this.#nextStep(passed);
    this.#giveUp(step.giveUp);
    if (step.isOver) {
      this.#finish();
      return true;
    }
    const due = Math.min(step.send, this.#left);
    if (due === 0 || this.#mustPause) {
      this.#wait(now, step.dueAt);
      return true;
    }
    this.#send(due, now, passed);
    return false;
  }

  #nextStep(passed: Span): Step {
    return nextStep(this.#pace, passed, this.#settled, this.#step, !this.#isResting);
  }

  /** So many have had their time. */
  #giveUp(missed: number): void {
    if (missed > 0) this.sent.giveUp(missed, this.#isResting ? 'blocked' : this.#isFull ? 'refused' : 'heldUp');
  }

  #wait(now: Instant, dueAt: Span): void {
    if (this.#isResting) this.#pause.set(after(now, REST), this.#turn);
    else if (this.#mustPause) this.#pause.set(after(now, PAUSE), this.#turn);
    else if (this.#pace.spacing === undefined) this.#host.soon(this.#turn);
    else this.#timer.set(after(this.#start as Instant, dueAt), this.#turn);
  }

  /** Hands over `most` at the most, as far as the ring goes on without a break. */
  #send(most: number, now: Instant, passed: Span): void {
    const { length } = this.#options;
    const index = this.#index;
    const run = this.#ring.run(index, most);
    const lastLength = lastBytes(this.#pace, length, this.sent.settled, run);
    // All of one call are of one length.
    const count = lastLength === length ? run : Math.max(1, run - 1);
    const bytesOfEach = count === run ? lastLength : length;
    this.#underWay = { now, passed, count, bytesOfEach, isOmitted: this.#isOmitting };
    this.#socket.sendMany(this.#ring.write(index, count, now, bytesOfEach), bytesOfEach, undefined, this.#onOutcome);
  }

  /** What was not sent uses up no number: the receiver would take it for lost on the path. */
  readonly #onOutcome: SendOutcome = (sent, refused, error) => {
    const underWay = this.#underWay as UnderWay;
    this.#underWay = undefined;
    this.#left -= sent + refused;
    this.#isFull = sent + refused === 0;
    this.#mustPause = this.#isFull || (this.#isTriedAgain && refused > 0);
    if (underWay.isOmitted !== this.#isOmitting) this.sent.omit(sent);
    else if (sent > 0) this.#record(sent, underWay);
    // A full queue is what sets the pace of a load that has none.
    if (error !== undefined && !(this.#isTriedAgain && codeOf(error) === 'ENOBUFS')) {
      this.sent.giveUp(refused, 'refused');
      this.#options.onRefused(error);
    }
    if (!this.#isSending) this.#sendDue();
  };

  /** Whether what finds a full queue is sent later: where nothing else sets the pace, and of an amount that is to be kept. */
  get #isTriedAgain(): boolean {
    return this.#pace.spacing === undefined || this.#pace.lastLength !== undefined;
  }

  #record(sent: number, { now, passed, bytesOfEach }: UnderWay): void {
    const pace = this.#pace;
    const { settled } = this.sent;
    if (pace.spacing !== undefined)
      for (let i = 0; i < sent; i++) this.sent.recordError(passed - dueAfter(pace, settled + i));
    this.sent.record(sent * bytesOfEach, sent, now);
  }

  /** Since the start. */
  #passed(now = this.#host.clock.now()): Span {
    if (this.#start === undefined) return NO_TIME;
    const passed = elapsed(this.#start, now);
    const slip = slipOf(this.#pace, passed, this.#settled);
    if (slip === 0) return passed;
    this.#start = after(this.#start, slip);
    return span(passed - slip);
  }
}
