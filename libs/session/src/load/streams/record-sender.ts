import { type RecordHeader, writeRecordHeader } from '@pathgauge/protocol';
import type { Direction } from '@pathgauge/result';
import type { StreamSocket, Timer } from '@pathgauge/transport';
import { after, elapsed, type Instant, milliseconds, NS_PER_S, type Span, type WallMap } from '@pathgauge/units';
import { dueAfter, dueMessages, isAlmostOver, missedMessages, owedMessages, type Pace } from '../plan/pace';
import { fillPayload } from './payload';
import { type LoadSender, type SenderHost, SentMeter } from './sent-meter';

// One write of about this size keeps the system busy while JavaScript prepares nothing: measured best on loopback.
const CHUNK_BYTES = 512 * 1024;
/** Each message of a chunk is a header and a figure: of messages of a few bytes more would keep others waiting. */
const MAX_MESSAGES_PER_CHUNK = 8192;
// Writes that complete at once would otherwise never give the event loop a turn.
const WRITES_PER_TURN = 8;
/** The system counts headers, too, and must be able to catch up. */
const PACING_HEADROOM = 1.1;
/** As far apart as the messages of a bit rate are at the most, where they are larger than a packet. */
const MAX_SPREAD: Span = milliseconds(10);

export interface RecordSenderOptions {
  readonly direction: Direction;
  /** Hears of each instant at which something is sent, before that is counted. */
  readonly beforeSend: (at: Instant) => void;
  /** Bytes of a record, or of a block where there are no records. */
  readonly length: number;
  readonly pace: Pace;
  /** When an unpaced load ends; undefined when `stop` alone decides. */
  readonly duration: Span | undefined;
  /** Wall time for the records; undefined: plain blocks without headers. */
  readonly wall: WallMap | undefined;
  /** How often this host was held up so far. */
  readonly stalls: () => number;
}

/** Sends records or plain blocks over TCP, paced or as fast as the path takes them. */
export class RecordSender implements LoadSender {
  readonly sent: SentMeter;
  readonly ended: Promise<void>;
  readonly #stream: StreamSocket;
  readonly #host: SenderHost;
  readonly #timer: Timer;
  readonly #options: RecordSenderOptions;
  readonly #chunk: Uint8Array;
  readonly #perChunk: number;
  readonly #header: RecordHeader;
  #end: () => void = () => {};
  #start: Instant | undefined;
  #writes = 0;
  #writing = false;
  /** How many stalls there were when the latest write began; undefined when it was not the writing that was waited for. */
  #stallsBefore: number | undefined;
  #stopping = false;
  #finished = false;

  constructor(stream: StreamSocket, options: RecordSenderOptions, host: SenderHost) {
    this.#stream = stream;
    this.#options = options;
    this.#host = host;
    this.#timer = host.timer();
    this.#perChunk = Math.min(Math.max(1, Math.floor(CHUNK_BYTES / options.length)), MAX_MESSAGES_PER_CHUNK);
    this.#chunk = fillPayload(new Uint8Array(this.#perChunk * options.length));
    this.#header = { length: options.length, last: false, sequence: 0, sent: { seconds: 0, nanoseconds: 0 } };
    this.sent = new SentMeter(options.direction, options.beforeSend);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  start(): void {
    const { pace, length } = this.#options;
    // The messages of a bit rate are a burst each, which the system spreads over the time until the next. Those that a user sends
    // farther apart are to arrive as soon as they can.
    if (pace.spacing !== undefined && pace.spacing <= MAX_SPREAD)
      this.#stream.limitRate((PACING_HEADROOM * length * NS_PER_S) / pace.spacing);
    this.#start = this.#host.clock.now();
    this.#fill();
  }

  /** An unpaced load sends one more chunk, with the mark of the last record in it. */
  stop(): Promise<void> {
    this.#stopping = true;
    if (this.#start !== undefined && !this.#finished) {
      const passed = elapsed(this.#start, this.#host.clock.now());
      if (isAlmostOver(this.#options.pace, passed)) return this.ended;
      this.#giveUp(owedMessages(this.#options.pace, passed));
    }
    if (this.#options.pace.spacing !== undefined || this.#start === undefined) this.#finish();
    return this.ended;
  }

  /** TCP itself sends nothing new that a peer does not acknowledge. */
  rest(): void {}

  #finish(): void {
    this.#finished = true;
    this.#timer.clear();
    if (!this.#writing) this.#end();
  }

  readonly #fill = (): void => {
    const start = this.#start;
    if (this.#finished || start === undefined) return;
    const now = this.#host.clock.now();
    const passed = elapsed(start, now);
    const { pace, length, duration, stalls } = this.#options;
    this.#giveUp(missedMessages(pace, passed));
    const next = this.sent.settled;
    const count = Math.min(dueMessages(pace, passed) - next, this.#perChunk);
    if (count <= 0) {
      this.#stallsBefore = undefined;
      this.#timer.set(after(start, dueAfter(pace, next)), this.#fill);
      return;
    }
    const unpaced = pace.spacing === undefined;
    const last = unpaced
      ? this.#stopping || (duration !== undefined && passed >= duration)
      : next + count === pace.planned;
    this.#writeHeaders(count, now, last);
    if (!unpaced) for (let i = 0; i < count; i++) this.sent.recordError(passed - dueAfter(pace, next + i));
    this.sent.record(count * length, count, now);
    this.#finished ||= last;
    this.#writing = true;
    if (!unpaced) this.#stallsBefore = stalls();
    this.#stream.write(this.#chunk.subarray(0, count * length), this.#onWritten);
  };

  readonly #onWritten = (taken: boolean): void => {
    this.#writing = false;
    if (!taken || this.#finished) this.#finish();
    else if (++this.#writes % WRITES_PER_TURN === 0) this.#host.soon(this.#fill);
    else this.#fill();
  };

  /** All before message `index` have had their time: while this host was held up, or the path took nothing more. */
  #giveUp(index: number): void {
    const missed = index - this.sent.settled;
    if (missed <= 0) return;
    const isPath = this.#stallsBefore !== undefined && this.#stallsBefore === this.#options.stalls();
    this.sent.giveUp(missed, isPath ? 'blocked' : 'heldUp');
  }

  /** Every record of a chunk carries the moment at which the chunk was handed over. */
  #writeHeaders(count: number, now: Instant, last: boolean): void {
    const { wall, length } = this.#options;
    if (wall === undefined) return;
    wall.toWall(now, this.#header.sent);
    for (let i = 0; i < count; i++) {
      this.#header.sequence = (this.sent.messages + i) % 2 ** 32;
      this.#header.last = last && i === count - 1;
      writeRecordHeader(this.#chunk, i * length, this.#header);
    }
  }
}
