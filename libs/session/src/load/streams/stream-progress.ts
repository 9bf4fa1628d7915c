import { type Instant, instant } from '@pathgauge/units';

const BYTES = 0;
const LAST_ARRIVAL = 1;
const IS_COMPLETE = 2;
const PLACES = 3;
/** What stands for unknown: no instant is 0, and a stream is complete or not by 1 and 2. */
const UNKNOWN = 0;
const NOT_COMPLETE = 1;
const COMPLETE = 2;

/** How far a stream has come. */
export interface Progress {
  /** Payload that came or went. */
  readonly bytes: number;
  /** When something last came. */
  readonly lastArrival: Instant | undefined;
  /** Whether nothing more can come: this end sends, or the last record has arrived. Undefined without records. */
  readonly isComplete: boolean | undefined;
}

/** The progress of a stream in shared memory: the role that works the stream writes, whoever runs the test reads without asking. */
export class StreamProgress implements Progress {
  readonly buffer: SharedArrayBuffer;
  readonly #values: Float64Array;

  constructor(buffer = new SharedArrayBuffer(PLACES * Float64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#values = new Float64Array(buffer);
  }

  get bytes(): number {
    return this.#values[BYTES] as number;
  }

  get lastArrival(): Instant | undefined {
    const last = this.#values[LAST_ARRIVAL] as number;
    return last === UNKNOWN ? undefined : instant(last);
  }

  get isComplete(): boolean | undefined {
    const known = this.#values[IS_COMPLETE];
    return known === UNKNOWN ? undefined : known === COMPLETE;
  }

  /** `bytes` in all were sent. */
  sent(bytes: number): void {
    this.#values[BYTES] = bytes;
  }

  /** `bytes` in all have arrived, the last of them at `at`. */
  arrived(bytes: number, at: Instant): void {
    this.#values[BYTES] = bytes;
    this.#values[LAST_ARRIVAL] = at;
  }

  /** What was counted so far does not count. */
  restart(): void {
    this.#values[BYTES] = 0;
  }

  setComplete(isComplete: boolean): void {
    this.#values[IS_COMPLETE] = isComplete ? COMPLETE : NOT_COMPLETE;
  }
}

/** The progress of several streams together. */
export function progressOf(streams: readonly Progress[]): Progress {
  const arrivals = streams.flatMap(({ lastArrival }) => lastArrival ?? []);
  return {
    bytes: streams.reduce((sum, { bytes }) => sum + bytes, 0),
    lastArrival: arrivals.length === 0 ? undefined : instant(Math.max(...arrivals)),
    isComplete: areComplete(streams),
  };
}

function areComplete(streams: readonly Progress[]): boolean | undefined {
  if (streams.some(({ isComplete }) => isComplete === false)) return false;
  return streams.length > 0 && streams.every(({ isComplete }) => isComplete) ? true : undefined;
}
