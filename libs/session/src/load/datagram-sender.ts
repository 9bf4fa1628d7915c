import { type DatagramHeader, writeDatagramHeaders } from '@pathgauge/protocol';
import type { Direction } from '@pathgauge/result';
import type { DatagramSocket, Endpoint, Timer } from '@pathgauge/transport';
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
import { type LoadSender, type SenderHost, SentMeter } from './load-sender';
import { dueAfter, dueMessages, type Pace } from './pace';
import { fillPayload } from './payload';

// Datagrams lie one behind the other, so that the system can take many in one call. Together they fit the processor's cache,
// and those that it has not taken yet, 32 at the most, are not overwritten.
const RING_BYTES = 256 * 1024;
const FEWEST_SLOTS = 64;
const MOST_SLOTS = 2048;
/** In one turn, so that there is time to receive. */
const RINGS_PER_TURN = 2;

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
  readonly #host: SenderHost;
  readonly #timer: Timer;
  readonly #options: DatagramSenderOptions;
  readonly #ring: Uint8Array;
  readonly #view: DataView;
  readonly #slots: number;
  readonly #header: DatagramHeader = { seconds: 0, subseconds: 0, number: 0 };
  readonly #time: WallTime = { seconds: 0, nanoseconds: 0 };
  #end: () => void = () => {};
  #start = 0 as Instant;
  #finished = false;

  constructor(socket: DatagramSocket, options: DatagramSenderOptions, host: SenderHost) {
    this.#socket = socket;
    this.#options = options;
    this.#host = host;
    this.#timer = host.timer();
    this.#slots = Math.min(Math.max(Math.floor(RING_BYTES / options.length), FEWEST_SLOTS), MOST_SLOTS);
    this.#ring = fillPayload(new Uint8Array(this.#slots * options.length));
    this.#view = new DataView(this.#ring.buffer);
    this.sent = new SentMeter(options.direction, options.beforeSend);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  start(): void {
    this.#start = this.#host.clock.now();
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
    for (let left = RINGS_PER_TURN * this.#slots; left > 0 && this.#socket.room > 0; ) {
      const now = this.#host.clock.now();
      const passed = elapsed(this.#start, now);
      const planned = pace.planned !== undefined && this.sent.messages >= pace.planned;
      if (planned || (duration !== undefined && passed >= duration && pace.planned === undefined)) {
        void this.stop();
        return;
      }
      const due = dueMessages(pace, passed) - this.sent.messages;
      if (due <= 0) break;
      const taken = this.#send(Math.min(due, left, this.#socket.room), now, passed);
      if (taken === 0) break;
      left -= taken;
    }
    if (pace.spacing === undefined) this.#host.soon(this.#sendDue);
    else this.#timer.set(after(this.#start, dueAfter(pace, this.sent.messages)), this.#sendDue);
  };

  /** Sends `most` at the most, as far as the ring goes on without a break; returns how many the system took. */
  #send(most: number, now: Instant, passed: Span): number {
    const { pace, wall, to, length, counters64Bit } = this.#options;
    const index = this.sent.messages;
    const slot = index % this.#slots;
    const count = Math.min(most, this.#slots - slot);
    this.#stamp(now, wall);
    this.#header.number = index + 1;
    writeDatagramHeaders(this.#view, slot * length, length, count, counters64Bit, this.#header);
    const taken = this.#socket.sendMany(this.#ring.subarray(slot * length, (slot + count) * length), length, to);
    if (pace.spacing !== undefined) {
      for (let i = 0; i < taken; i++) this.sent.recordError(passed - dueAfter(pace, index + i));
    }
    if (taken > 0) this.sent.record(taken * length, taken, now);
    return taken;
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
