import type { ProbeLedger } from '@pathgauge/metrics';
import type { DatagramSocket, SendMoment, Timer, Transport } from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, type Span, span } from '@pathgauge/units';
import { type HostStalls, isShort } from '../host-stalls';
import type { PingOptions } from './ping-options';
import type { ProbeDialect } from './probe-dialect';
import { ProbePlan } from './probe-plan';
import { SendLead } from './send-lead';
import type { SentTimes } from './sent-times';
import { sequenceOf } from './sequences';

/** Probes that are due together leave in bursts of this size at most. */
const MAX_BURST = 32;
const SETTLE: Span = milliseconds(5);
const REHEARSALS = 200;
/** Where each probe follows the last, a system that refuses is not asked again at once. */
const REFUSED_PAUSE: Span = milliseconds(20);

/** What sending needs of the transport. */
type SenderHost = Pick<Transport, 'clock' | 'timer'>;

/** What a sender works on. */
interface SenderParts {
  readonly socket: Pick<DatagramSocket, 'backlog' | 'onStamp'> & { send(probe: Uint8Array): void };
  readonly dialect: Pick<ProbeDialect, 'buffers' | 'write' | 'sequenceAtEnd'>;
  readonly ledger: ProbeLedger;
  readonly times: SentTimes;
  readonly stalls: HostStalls;
}

/** Hears what becomes of sending. */
interface SenderListener {
  /** The first probe is about to leave. */
  onBegin(): void;
  onSent(index: number): void;
  /** This host's own system did not send the probe after all. */
  onRefused(index: number): void;
  /** All that was due now has been sent. */
  onTurnEnd(): void;
}

/** Sends the probes of a flow: when each is due, as exactly as the host can, and never more than is due. */
export class ProbeSender {
  readonly #interval: Span;
  readonly #host: SenderHost;
  readonly #socket: SenderParts['socket'];
  readonly #dialect: SenderParts['dialect'];
  readonly #ledger: ProbeLedger;
  readonly #times: SentTimes;
  readonly #stalls: HostStalls;
  readonly #listener: SenderListener;
  readonly #plan: ProbePlan;
  readonly #lead = new SendLead();
  readonly #timer: Timer;
  /** When the pending timer was to wake; undefined where sending goes on at once. */
  #wakeAt: Instant | undefined;
  /** At interval 0: not before, since the system has refused. */
  #notBefore: Instant | undefined;
  /** The latest probe that a timer has sent. */
  #timedIndex = -1;

  constructor(options: PingOptions, host: SenderHost, parts: SenderParts, listener: SenderListener) {
    this.#interval = options.interval;
    this.#host = host;
    this.#socket = parts.socket;
    this.#dialect = parts.dialect;
    this.#ledger = parts.ledger;
    this.#times = parts.times;
    this.#stalls = parts.stalls;
    this.#listener = listener;
    this.#plan = new ProbePlan(options, Math.random);
    this.#timer = host.timer();
  }

  get isOver(): boolean {
    return this.#plan.isOver;
  }

  get notSent(): number {
    return this.#plan.notSent;
  }

  /** Whether it sent less than was asked for, and more than a few late wake-ups are to blame. */
  get isShort(): boolean {
    return isShort(this.#plan.notSent - this.#plan.refused, this.#plan.refused, this.#stalls.snapshot());
  }

  begin(): void {
    const { clock } = this.#host;
    this.#socket.onStamp(this.#onStamp);
    // The first line is printed and the code that a probe runs through is compiled before the first probe leaves, so that neither is measured.
    for (let i = 0; i < REHEARSALS; i++) this.#dialect.write(i, clock.now());
    this.#timer.set(after(clock.now(), SETTLE), () => {
      // The run begins when the first probe can leave: no probe was due before.
      this.#times.begin(clock.now());
      this.#listener.onBegin();
      this.sendDue();
    });
  }

  /** Sends no more. */
  stop(): void {
    this.#plan.stop();
    this.#timer.clear();
  }

  /** Everything is settled: what comes later does not belong to this run. */
  release(): void {
    this.#timer.clear();
  }

  /** Sends what is due now, and wakes for the next. */
  readonly sendDue = (): void => {
    if (this.#wakeAt !== undefined) this.#stalls.observe(this.#wakeAt, this.#host.clock.now());
    this.#wakeAt = undefined;
    if (this.#interval === 0) this.#sendNext();
    else this.#sendOnSchedule();
    this.#listener.onTurnEnd();
  };

  /**
   * The reply to probe `index` is in, and not booked yet. At interval 0 the next one leaves before it is: the server then works
   * while the reply is booked.
   */
  sendAhead(index: number): void {
    const { next, outstanding } = this.#ledger;
    if (this.#interval === 0 && index === next - 1 && outstanding === 1) this.#sendIfDue();
  }

  /** Which probe was refused, its bytes tell. Whether it was one of the run: a closing probe is not. */
  refuse(probe: Uint8Array): boolean {
    const index = this.#indexOf(probe);
    if (index < 0) return false;
    this.#ledger.refuse(index);
    this.#plan.refuse();
    if (this.#interval === 0) {
      this.#notBefore = after(this.#host.clock.now(), REFUSED_PAUSE);
      this.#wake(this.#notBefore);
    }
    this.#listener.onRefused(index);
    return true;
  }

  /** The next probe leaves when the last one is settled. */
  #sendNext(): void {
    if (this.#ledger.outstanding === 0) this.#sendIfDue();
  }

  #sendIfDue(): void {
    const now = this.#host.clock.now();
    const passed = elapsed(this.#times.start, now);
    if (this.#plan.isOver || this.#plan.endInTime(passed)) return;
    if (this.#notBefore !== undefined && now < this.#notBefore) {
      this.#wake(this.#notBefore);
      return;
    }
    this.#plan.take();
    this.#send(now, passed);
  }

  #sendOnSchedule(): void {
    for (let burst = 0; !this.#plan.isOver; burst++) {
      const now = this.#host.clock.now();
      const passed = elapsed(this.#times.start, now);
      // Where the schedule cannot be kept, the time still is.
      if (this.#plan.endInTime(passed)) return;
      this.#plan.passOver(passed);
      const { due } = this.#plan;
      const begin = after(after(this.#times.start, due), span(-this.#lead.ns));
      if (begin > now || burst === MAX_BURST || this.#socket.backlog >= this.#dialect.buffers / 2) {
        this.#wake(begin);
        return;
      }
      // Those behind it in a burst are late by each other.
      if (burst === 0) this.#timedIndex = this.#ledger.next;
      this.#plan.take();
      this.#send(now, due);
    }
  }

  #wake(at: Instant): void {
    this.#wakeAt = at > this.#host.clock.now() ? at : undefined;
    this.#timer.set(at, this.sendDue);
  }

  #send(now: Instant, dueNs: Span): void {
    const index = this.#ledger.next;
    this.#times.send(index, dueNs);
    this.#ledger.send(now);
    this.#listener.onSent(index);
    this.#socket.send(this.#dialect.write(sequenceOf(index), now));
  }

  /** The kernel let go of a probe; which one, the bytes that it hands back tell. */
  readonly #onStamp = (looped: Uint8Array, moment: SendMoment, at: Instant): void => {
    const index = this.#indexOf(looped);
    if (index < 0) return;
    if (moment === 'queued') {
      this.#times.queue(index, at);
      return;
    }
    this.#ledger.stamp(index, at);
    if (index === this.#timedIndex) {
      this.#lead.learn(elapsed(this.#ledger.sentAt(index), at), elapsed(this.#times.dueAt(index), at));
    }
    this.#times.leave(index, at);
  };

  /** The probe that `bytes` end with, or -1. */
  #indexOf(bytes: Uint8Array): number {
    const sequence = this.#dialect.sequenceAtEnd(bytes);
    return sequence === undefined ? -1 : this.#ledger.indexOf(sequence);
  }
}
