import { type DatagramHeader, writeDatagramHeader } from '@pathgauge/protocol';
import type { Direction } from '@pathgauge/result';
import type { Clock, DatagramSocket, Endpoint, Timer } from '@pathgauge/transport';
import {
  after,
  elapsed,
  type Instant,
  NS_PER_S,
  NS_PER_US,
  type Span,
  type WallMap,
  type WallTime,
} from '@pathgauge/units';
import { type LoadSender, SentMeter } from './load-sender';
import { dueAfter, dueMessages, type Pace } from './pace';
import { fillPayload } from './payload';

// Datagrams handed to the socket and not yet taken by the system must not be overwritten.
const BUFFERS = 64;
// In one turn of the event loop, so that it stays free to receive.
const MOST_PER_TURN = 32;

export interface DatagramSenderOptions {
  readonly direction: Direction;
  /** Hears of each instant at which something is sent, before that is counted. */
  readonly beforeSend: (at: Instant) => void;
  readonly length: number;
  readonly counters64Bit: boolean;
  readonly pace: Pace;
  /** When the load ends; undefined when `stop` alone decides. */
  readonly duration: Span | undefined;
  /** Wall time for the datagrams; undefined: microseconds of a monotonic clock, as plain iperf3 sends. */
  readonly wall: WallMap | undefined;
  /** Where to send on a socket that is not connected. */
  readonly to: Endpoint | undefined;
}

/** Sends numbered datagrams, paced or as fast as the system takes them. */
export class DatagramSender implements LoadSender {
  readonly sent: SentMeter;
  readonly ended: Promise<void>;
  readonly #socket: DatagramSocket;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #options: DatagramSenderOptions;
  readonly #buffers: readonly Uint8Array[];
  readonly #header: DatagramHeader = { seconds: 0, subseconds: 0, number: 0 };
  readonly #time: WallTime = { seconds: 0, nanoseconds: 0 };
  #end: () => void = () => {};
  #start = 0 as Instant;
  #finished = false;

  constructor(socket: DatagramSocket, options: DatagramSenderOptions, clock: Clock, timer: Timer) {
    this.#socket = socket;
    this.#options = options;
    this.#clock = clock;
    this.#timer = timer;
    this.#buffers = Array.from({ length: BUFFERS }, () => fillPayload(new Uint8Array(options.length)));
    this.sent = new SentMeter(options.direction, options.beforeSend);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  start(): void {
    this.#start = this.#clock.now();
    this.#sendDue();
  }

  stop(): Promise<void> {
    this.#finished = true;
    this.#timer.clear();
    this.#end();
    return this.ended;
  }

  readonly #sendDue = (): void => {
    if (this.#finished) return;
    const { pace, duration } = this.#options;
    for (let burst = 0; burst < MOST_PER_TURN && this.#socket.backlog < BUFFERS / 2; burst++) {
      const now = this.#clock.now();
      const passed = elapsed(this.#start, now);
      const planned = pace.planned !== undefined && this.sent.messages >= pace.planned;
      if (planned || (duration !== undefined && passed >= duration && pace.planned === undefined)) {
        void this.stop();
        return;
      }
      if (dueMessages(pace, passed) <= this.sent.messages) break;
      this.#send(now, passed);
    }
    if (pace.spacing === undefined) setImmediate(this.#sendDue);
    else this.#timer.set(after(this.#start, dueAfter(pace, this.sent.messages)), this.#sendDue);
  };

  #send(now: Instant, passed: Span): void {
    const { pace, wall, to, length, counters64Bit } = this.#options;
    const index = this.sent.messages;
    const bytes = this.#buffers[index % BUFFERS] as Uint8Array;
    this.#stamp(now, wall);
    this.#header.number = index + 1;
    writeDatagramHeader(bytes, counters64Bit, this.#header);
    this.#socket.send(bytes, to);
    if (pace.spacing !== undefined) this.sent.recordError(passed - dueAfter(pace, index));
    this.sent.record(length, 1, now);
  }

  #stamp(now: Instant, wall: WallMap | undefined): void {
    if (wall === undefined) {
      this.#header.seconds = Math.floor(now / NS_PER_S);
      this.#header.subseconds = Math.floor((now % NS_PER_S) / NS_PER_US);
      return;
    }
    wall.toWall(now, this.#time);
    this.#header.seconds = this.#time.seconds;
    this.#header.subseconds = this.#time.nanoseconds;
  }
}
