import { codeOf, type DatagramSocket, type SendOutcome, type Timer } from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, type Span } from '@pathgauge/units';
import { dueAfter, emptyStep, nextStep, owedWhenStopped, type Step } from '../plan/pace';
import { Completion } from './completion';
import { DatagramRing } from './datagram-ring';
import { pacingTimer } from './pacing-timer';
import type { Sender, SenderHost, SenderOptions } from './sender';
import { SentMeter } from './sent-meter';

/** In one turn, so that there is time to receive. */
const RINGS_PER_TURN = 2;
/** Before a system that has no room, or refuses what has no pace of its own, is asked again. */
const PAUSE: Span = milliseconds(1);
/** While it rests, it looks this often whether the load is over. */
const REST: Span = milliseconds(20);

export interface DatagramSenderOptions extends SenderOptions {
  readonly counters64Bit: boolean;
  /** The system did not send what was due. */
  readonly onRefused: (error: Error) => void;
}

/** Datagrams that were handed over, until the system has told what became of them. */
interface UnderWay {
  readonly now: Instant;
  /** Since the start. */
  readonly passed: Span;
  readonly count: number;
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
  #start: Instant | undefined;
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
    this.#ring = new DatagramRing(options.length, options.counters64Bit, options.wall);
    this.sent = new SentMeter(options.direction, options.beforeSend, options.progress);
  }

  start(): void {
    this.#start = this.#host.clock.now();
    this.#turn();
  }

  stop(): void {
    if (this.#ended.isComplete) return;
    if (this.#start !== undefined) {
      const owed = owedWhenStopped(this.#options.pace, this.#passed(), this.#settled);
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
    return this.sent.settled + (this.#underWay?.count ?? 0);
  }

  readonly #turn = (): void => {
    this.#left = RINGS_PER_TURN * this.#ring.slots;
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
    return nextStep(this.#options.pace, passed, this.#settled, this.#step, !this.#isResting);
  }

  /** So many have had their time. */
  #giveUp(missed: number): void {
    if (missed > 0) this.sent.giveUp(missed, this.#isResting ? 'blocked' : this.#isFull ? 'refused' : 'heldUp');
  }

  #wait(now: Instant, dueAt: Span): void {
    if (this.#isResting) this.#pause.set(after(now, REST), this.#turn);
    else if (this.#mustPause) this.#pause.set(after(now, PAUSE), this.#turn);
    else if (this.#options.pace.spacing === undefined) this.#host.soon(this.#turn);
    else this.#timer.set(after(this.#start as Instant, dueAt), this.#turn);
  }

  /** Hands over `most` at the most, as far as the ring goes on without a break. */
  #send(most: number, now: Instant, passed: Span): void {
    const index = this.sent.messages;
    const count = this.#ring.run(index, most);
    this.#underWay = { now, passed, count };
    this.#socket.sendMany(this.#ring.write(index, count, now), this.#options.length, undefined, this.#onOutcome);
  }

  /** What was not sent uses up no number: the receiver would take it for lost on the path. */
  readonly #onOutcome: SendOutcome = (sent, refused, error) => {
    const { now, passed } = this.#underWay as UnderWay;
    const { pace, length, onRefused } = this.#options;
    const isPaced = pace.spacing !== undefined;
    this.#underWay = undefined;
    this.#left -= sent + refused;
    this.#isFull = sent + refused === 0;
    this.#mustPause = this.#isFull || (!isPaced && refused > 0);
    for (let i = 0; isPaced && i < sent; i++) this.sent.recordError(passed - dueAfter(pace, this.sent.settled + i));
    if (sent > 0) this.sent.record(sent * length, sent, now);
    // A full queue is what sets the pace of a load that has none.
    if (error !== undefined && (isPaced || codeOf(error) !== 'ENOBUFS')) {
      this.sent.giveUp(refused, 'refused');
      onRefused(error);
    }
    if (!this.#isSending) this.#sendDue();
  };

  /** Since the start. */
  #passed(now = this.#host.clock.now()): Span {
    return elapsed(this.#start ?? now, now);
  }
}
