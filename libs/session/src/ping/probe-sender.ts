import { DelayDistribution, type ProbeLedger } from '@pathgauge/metrics';
import { readSequence } from '@pathgauge/protocol';
import type { Distribution, HostStalls as StallCounts } from '@pathgauge/result';
import type { DatagramSocket, SendMoment, Timer, Transport } from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, type Span, span } from '@pathgauge/units';
import { HostStalls, isShort, StallWatch } from '../host-stalls';
import type { PingOptions } from './ping-options';
import { ProbePlan } from './probe-plan';
import { ProbeWriter } from './probe-writer';
import { SendLead } from './send-lead';

/** Probes that are due together leave in bursts of this size at most. */
const MAX_BURST = 32;
const SETTLE: Span = milliseconds(5);
const REHEARSALS = 200;
/** Where each probe follows the last, a system that refuses is not asked again at once. */
const REFUSED_PAUSE: Span = milliseconds(20);

/** What sending needs of the transport. */
export type SenderHost = Pick<Transport, 'clock' | 'timer' | 'coarseTimer'>;

/** Where probes leave from. */
export type ProbeSocket = Pick<DatagramSocket, 'backlog' | 'onStamp'> & { send(probe: Uint8Array): void };

/** Hears what became of sending. */
export interface SenderListener {
  onSent(index: number): void;
  /** This host's own system did not send the probe after all. */
  onRefused(index: number): void;
  /** All that was due now has been sent. */
  onTurnEnd(): void;
}

/** Sends the probes of a run: when each is due, as exactly as the host can, and never more than is due. */
export class ProbeSender {
  readonly #options: PingOptions;
  readonly #host: SenderHost;
  readonly #socket: ProbeSocket;
  readonly #ledger: ProbeLedger;
  readonly #writer: ProbeWriter;
  readonly #listener: SenderListener;
  readonly #plan: ProbePlan;
  readonly #lead = new SendLead();
  readonly #stalls = new HostStalls();
  readonly #stallWatch: StallWatch;
  readonly #timer: Timer;
  /** Of each probe that the ledger remembers: when it was due, and when the kernel queued it. */
  readonly #dueNs: Float64Array;
  readonly #queuedAt: Float64Array;
  readonly #sendError = new DelayDistribution();
  readonly #hostQueueing = new DelayDistribution();
  #start: Instant;
  /** When the pending timer was to wake; undefined where sending goes on at once. */
  #wakeAt: Instant | undefined;
  /** At interval 0: not before, since the system has refused. */
  #notBefore: Instant | undefined;
  /** The latest probe that a timer has sent. */
  #timedIndex = -1;

  /** `capacity`: how many probes the ledger remembers. */
  constructor(
    options: PingOptions,
    host: SenderHost,
    socket: ProbeSocket,
    ledger: ProbeLedger,
    capacity: number,
    writer: ProbeWriter,
    listener: SenderListener,
  ) {
    this.#options = options;
    this.#host = host;
    this.#socket = socket;
    this.#ledger = ledger;
    this.#writer = writer;
    this.#listener = listener;
    this.#plan = new ProbePlan(options, Math.random);
    this.#stallWatch = new StallWatch(host, this.#stalls);
    this.#timer = host.timer();
    this.#dueNs = new Float64Array(capacity);
    this.#queuedAt = new Float64Array(capacity);
    this.#start = host.clock.now();
  }

  /** When the first probe was due. */
  get start(): Instant {
    return this.#start;
  }

  get isOver(): boolean {
    return this.#plan.isOver;
  }

  get notSent(): number {
    return this.#plan.notSent;
  }

  /** Whether it sent less than was asked for, and more than a few late wake-ups are to blame. */
  get isShort(): boolean {
    return isShort(this.#plan.notSent - this.#plan.refused, this.#plan.refused, this.stalls);
  }

  get stalls(): StallCounts {
    this.#stallWatch.look();
    return this.#stalls.snapshot();
  }

  /** So long, at the most, this program did nothing while it was sending. */
  get longestPauseNs(): number {
    this.#stallWatch.look();
    return this.#stalls.longestPauseNs;
  }

  /** When this program was last seen to run. */
  get aliveAt(): number {
    return this.#stalls.aliveAt;
  }

  /** Actual less scheduled instant of sending; undefined where there is no schedule. */
  sendError(): Distribution | undefined {
    return this.#sendError.snapshot();
  }

  /** How long the kernel kept probes in this host's own queue. */
  hostQueueing(): Distribution | undefined {
    return this.#hostQueueing.snapshot();
  }

  begin(): void {
    const { clock } = this.#host;
    this.#socket.onStamp(this.#onStamp);
    // The first line is out, and the code on a probe's way compiled, before the first probe leaves: neither is the path.
    for (let i = 0; i < REHEARSALS; i++) this.#writer.write(i, clock.now());
    this.#timer.set(after(clock.now(), SETTLE), () => {
      // The run begins when the first probe can leave: no probe was due before.
      this.#start = clock.now();
      this.#stallWatch.begin();
      this.sendDue();
    });
  }

  /** Sends no more. */
  stop(): void {
    this.#plan.stop();
    this.#timer.clear();
  }

  /** Everything is settled: nothing that comes later is this run's. */
  release(): void {
    this.#timer.clear();
    this.#stallWatch.end();
  }

  /** Sends what is due now, and wakes for the next. */
  readonly sendDue = (): void => {
    if (this.#wakeAt !== undefined) this.#stalls.observe(this.#wakeAt, this.#host.clock.now());
    this.#wakeAt = undefined;
    if (this.#options.interval === 0) this.#sendNext();
    else this.#sendOnSchedule();
    this.#listener.onTurnEnd();
  };

  /** Which probe was refused, its bytes tell. Whether it was one of the run: a closing probe is not. */
  refuse(probe: Uint8Array): boolean {
    const index = this.#ledger.indexOf(readSequence(probe, probe.length - this.#options.length));
    if (index < 0) return false;
    this.#ledger.refuse(index);
    this.#plan.refuse();
    if (this.#options.interval === 0) {
      this.#notBefore = after(this.#host.clock.now(), REFUSED_PAUSE);
      this.#wake(this.#notBefore);
    }
    this.#listener.onRefused(index);
    return true;
  }

  /** It is known when probe `index` left: how well was the schedule kept? */
  recordSendError(index: number): void {
    if (this.#options.interval === 0) return;
    const due = this.#dueNs[index % this.#dueNs.length] as number;
    this.#sendError.record(elapsed(this.#start, this.#ledger.leftAt(index)) - due);
  }

  /** The next probe leaves when the last one is settled. */
  #sendNext(): void {
    const now = this.#host.clock.now();
    const passed = elapsed(this.#start, now);
    if (this.#plan.isOver || this.#ledger.outstanding > 0 || this.#plan.endInTime(passed)) return;
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
      const passed = elapsed(this.#start, now);
      // Where the schedule cannot be kept, the time still is.
      if (this.#plan.endInTime(passed)) return;
      this.#plan.passOver(passed);
      const { due } = this.#plan;
      const begin = after(after(this.#start, due), span(-this.#lead.ns));
      if (begin > now || burst === MAX_BURST || this.#socket.backlog >= ProbeWriter.buffers / 2) {
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
    const slot = index % this.#dueNs.length;
    this.#dueNs[slot] = dueNs;
    this.#queuedAt[slot] = Number.NaN;
    this.#ledger.send(now);
    this.#listener.onSent(index);
    this.#socket.send(this.#writer.write(index % 2 ** 32, now));
  }

  /** The kernel let go of a probe; which one, the bytes that it hands back tell. */
  readonly #onStamp = (looped: Uint8Array, moment: SendMoment, at: Instant): void => {
    const payload = looped.length - this.#options.length;
    if (payload < 0) return;
    const index = this.#ledger.indexOf(readSequence(looped, payload));
    if (index < 0) return;
    const slot = index % this.#dueNs.length;
    if (moment === 'queued') {
      this.#queuedAt[slot] = at;
      return;
    }
    this.#ledger.stamp(index, at);
    if (index === this.#timedIndex) {
      const due = after(this.#start, this.#dueNs[slot] as Span);
      this.#lead.learn(elapsed(this.#ledger.sentAt(index), at), elapsed(due, at));
    }
    const waited = at - (this.#queuedAt[slot] as number);
    if (waited >= 0) this.#hostQueueing.record(waited);
  };
}
