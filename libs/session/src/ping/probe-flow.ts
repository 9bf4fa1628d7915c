import type { OneWayFigures } from '@pathgauge/metrics';
import type { SessionEvent } from '@pathgauge/result';
import { codeOf, type DatagramBatch, type Transport } from '@pathgauge/transport';
import { elapsed, type Instant, type WallMap } from '@pathgauge/units';
import type { HostStalls } from '../host-stalls';
import { refusalText } from '../icmp/icmp-text';
import { Expiry } from './expiry';
import { FlowClosing } from './flow-closing';
import type { PingOptions } from './ping-options';
import type { ProbeDialect } from './probe-dialect';
import { ProbeIcmp } from './probe-icmp';
import { ProbeSender } from './probe-sender';
import type { ProbeSocket } from './probe-socket';
import { ProbeTally } from './probe-tally';
import { flowMemory } from './remembered-probes';
import { SentTimes } from './sent-times';

/** What a flow needs of the transport, wherever that is. */
export type FlowHost = Pick<Transport, 'clock' | 'timer' | 'coarseTimer'>;

/** What a flow goes through, and whom it speaks with. */
interface FlowParts {
  readonly socket: ProbeSocket;
  readonly peer: { readonly address: string; readonly port: number };
  readonly dialect: ProbeDialect;
  readonly wall: WallMap;
  /** The peer's address is one of this host's own. */
  readonly isSameHost: boolean;
  /** Of the thread, which flows may share. */
  readonly stalls: HostStalls;
}

export interface FlowListener {
  /** The first probe is about to leave. */
  onBegin(): void;
  /** What became of a probe. */
  onEvent(event: SessionEvent): void;
  onNotice(code: string, message: string): void;
  /** Everything is known that ever will be. */
  onOver(): void;
}

/**
 * A flow of probes to one peer: one sends them, one tallies what becomes of them, one ends it. Here they meet. Many fields: the parts
 * of the flow, and what each has to know of the others.
 */
export class ProbeFlow {
  readonly #options: PingOptions;
  readonly #parts: FlowParts;
  readonly #host: FlowHost;
  readonly #listener: FlowListener;
  readonly #times: SentTimes;
  readonly #tally: ProbeTally;
  readonly #sender: ProbeSender;
  readonly #icmp: ProbeIcmp;
  readonly #expiry: Expiry;
  readonly #closing: FlowClosing;
  /** When the last probe was settled. */
  #end: Instant | undefined;
  #isInterrupted = false;
  #droppedBefore: number | undefined;
  #oneWay: OneWayFigures | undefined;

  constructor(options: PingOptions, host: FlowHost, parts: FlowParts, listener: FlowListener) {
    const { socket, dialect, peer, stalls } = parts;
    this.#options = options;
    this.#host = host;
    this.#parts = parts;
    this.#listener = listener;
    const memory = flowMemory(options);
    this.#times = new SentTimes(host.clock.now(), memory, options.interval > 0);
    this.#tally = new ProbeTally(
      options,
      { ...parts, memory, times: this.#times },
      {
        onEvent: (event) => listener.onEvent(event),
        onNotice: (code, message) => listener.onNotice(code, message),
        onAnswered: (index) => this.#icmp.forget(index),
        causeOf: (index) => this.#icmp.causeOf(index),
      },
    );
    const { ledger, events } = this.#tally;
    this.#sender = new ProbeSender(
      options,
      host,
      { socket, dialect, ledger, times: this.#times, stalls },
      {
        onBegin: () => listener.onBegin(),
        onSent: (index) => events.sent(index),
        onRefused: (index) => {
          events.refused(index);
          this.#settle();
        },
        onTurnEnd: this.#onTurnEnd,
      },
    );
    const sent = { lengthBytes: options.length, peer, dontFragment: options.dontFragment };
    this.#icmp = new ProbeIcmp(sent, ledger, dialect, (code, message) => listener.onNotice(code, message));
    this.#expiry = new Expiry(host.coarseTimer(), this.#onExpiry);
    this.#closing = new FlowClosing({ host, socket, dialect, ledger }, () => this.#finish());
  }

  /** Whether it was ended before its time. */
  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** Whether it sent less than was asked for, through the fault of this host. */
  get isShort(): boolean {
    return this.#sender.isShort;
  }

  /** What the server speaks; undefined before its first reply. */
  get protocol() {
    return this.#tally.protocol;
  }

  begin(): void {
    const { socket, dialect } = this.#parts;
    const { ledger } = this.#tally;
    this.#droppedBefore = socket.dropped();
    socket.begin({
      onBatch: this.#onBatch,
      onError: (error, quoted) => this.#icmp.record(error, quoted),
      onRefused: (probe, error) => {
        if (!this.#sender.refuse(probe)) return;
        this.#listener.onNotice(codeOf(error) ?? 'UNKNOWN', refusalText(error, this.#icmp.sent));
      },
      isProbe: (bytes) => (dialect.quoted(bytes, ledger) ?? -1) >= 0,
      isReply: (bytes) => dialect.read(bytes, ledger) !== undefined || this.#closing.isReply(bytes),
    });
    this.#sender.begin();
  }

  /** The figures so far. */
  interim() {
    const { sent, received, lost } = this.#tally.ledger.snapshot();
    return { sent, received, lost, rtt: this.#tally.rtt() };
  }

  /** Sends no more; replies under way get a moment to come in. */
  interrupt(): void {
    // Everything is settled: nothing was cut short, and nothing more is waited for.
    if (this.#end !== undefined) {
      this.#finish();
      return;
    }
    if (this.#isInterrupted) return;
    this.#isInterrupted = true;
    this.#sender.stop();
    this.#settle();
    if (this.#tally.ledger.outstanding > 0) this.#closing.awaitRest(() => this.#close());
  }

  /** From now on probes leave from another address. */
  loseReflector(): void {
    this.#tally.loseReflector();
  }

  /** All that is known at the end. Only once it is over. */
  figures() {
    const { socket, stalls } = this.#parts;
    const dropped = socket.dropped();
    const before = this.#droppedBefore;
    return {
      ...this.#tally.figures(this.#oneWay as OneWayFigures, stalls.longestPauseNs),
      durationNs: elapsed(this.#times.start, this.#end ?? this.#host.clock.now()),
      notSent: this.#sender.notSent,
      hostStalls: stalls.snapshot(),
      hostDropped: dropped === undefined || before === undefined ? undefined : dropped - before,
      sendError: this.#times.sendError(),
      hostQueueing: this.#times.hostQueueing(),
      icmp: this.#icmp.counts(),
      pathMtu: this.#icmp.pathMtu(socket.pathMtuBytes()),
    };
  }

  /** How many stamps programs took, of the probes that were answered in time. */
  programStamps() {
    return { ...this.#tally.userStamped(), answered: this.#tally.ledger.snapshot().received };
  }

  foreignReplies() {
    return this.#tally.foreign.snapshot();
  }

  /** Whether anything has come back. */
  get isAnswered(): boolean {
    return this.#tally.ledger.answered;
  }

  release(): void {
    this.#sender.release();
    this.#expiry.clear();
    this.#closing.clear();
    this.#parts.socket.close();
  }

  readonly #onBatch = (batch: DatagramBatch, isFormer: boolean): void => {
    const { dialect, stalls } = this.#parts;
    const tally = this.#tally;
    for (let i = 0; i < batch.count && this.#oneWay === undefined; i++) {
      const payload = batch.payload(i);
      const reply = dialect.read(payload, tally.ledger);
      if (reply === undefined) {
        this.#takeOther(payload);
        continue;
      }
      this.#sender.sendAhead(reply.index);
      tally.book(reply, batch, i, Math.max(stalls.aliveAt, this.#times.start) as Instant, isFormer);
    }
    this.#goOn();
  };

  /** A reply to a closing probe ends the flow; any other datagram only counts. */
  #takeOther(payload: Uint8Array): void {
    const reply = this.#closing.read(payload);
    if (reply === undefined) {
      this.#tally.bookForeign(payload);
      return;
    }
    this.#tally.readFollowUp(reply);
    this.#finish();
  }

  readonly #onTurnEnd = (): void => {
    const { ledger } = this.#tally;
    ledger.prepare();
    this.#expiry.watch(ledger, this.#options.timeout);
    this.#settle();
  };

  readonly #onExpiry = (): void => {
    const { ledger } = this.#tally;
    ledger.expire(this.#host.clock.now());
    this.#expiry.watch(ledger, this.#options.timeout);
    this.#goOn();
  };

  /** Probes were settled: where each follows the last, the next may leave. */
  #goOn(): void {
    if (this.#options.interval === 0) this.#sender.sendDue();
    else this.#settle();
  }

  /** Ends the flow once everything is sent and nothing is outstanding. */
  #settle(): void {
    if (this.#sender.isOver && this.#tally.ledger.outstanding === 0) this.#close();
  }

  /** Everything is settled, or given up now. Where the reflector's numbers can tell more, it is asked once more. */
  #close(): void {
    if (this.#end !== undefined) return;
    const { ledger, protocol, slowestNs } = this.#tally;
    this.#closing.clear();
    this.#end = this.#host.clock.now();
    ledger.abandon();
    const probes = ledger.answered ? this.#parts.dialect.closing(ledger.next, protocol) : undefined;
    const terms = { timeout: this.#options.timeout, slowestNs, isInterrupted: this.#isInterrupted };
    if (probes === undefined) this.#finish();
    else this.#closing.begin(probes, terms);
  }

  #finish(): void {
    if (this.#oneWay !== undefined) return;
    this.#closing.clear();
    this.#oneWay = this.#tally.finish();
    this.#listener.onOver();
  }
}
