import { emptyRecordHeader, RECORD_HEADER, type RecordHeader, readRecordHeader } from './record';

/**
 * Finds the records in a byte stream, however it is cut. Payload is skipped, never copied; only a header that straddles
 * two chunks is put together. `push` calls back for each record whose last byte has arrived.
 */
export class RecordReader {
  readonly #onRecord: (header: RecordHeader) => void;
  readonly #header = emptyRecordHeader();
  readonly #partial = new Uint8Array(RECORD_HEADER.size);
  /** Header bytes collected so far, when it is incomplete. */
  #collected = 0;
  /** Payload bytes still to come of the record in hand; -1 while its header is incomplete. */
  #payloadLeft = -1;

  /** The header passed to `onRecord` is reused: it is valid only during the call. */
  constructor(onRecord: (header: RecordHeader) => void) {
    this.#onRecord = onRecord;
  }

  /** Whether the stream stands between two records. */
  get atBoundary(): boolean {
    return this.#payloadLeft === -1 && this.#collected === 0;
  }

  /** Bytes of payload still to come of the record in hand; 0 between two records and within a header. */
  get payloadLeft(): number {
    return Math.max(0, this.#payloadLeft);
  }

  /** Of which record that payload is; undefined while none is to come. Reused: valid until the reader is called again. */
  get inHand(): RecordHeader | undefined {
    return this.#payloadLeft > 0 ? this.#header : undefined;
  }

  /** Bytes of that payload arrived without being read. Throws `RangeError` when there are more of them than were to come. */
  skip(count: number): void {
    if (count < 0 || count > this.payloadLeft) throw new RangeError(`${count} bytes skipped of ${this.payloadLeft}`);
    if (count === 0) return;
    this.#payloadLeft -= count;
    if (this.#payloadLeft > 0) return;
    this.#payloadLeft = -1;
    this.#onRecord(this.#header);
  }

  /** Takes the next bytes of the stream. Returns what is wrong with them; the stream is then of no further use. */
  push(chunk: Uint8Array): 'length' | 'type' | undefined {
    let next = 0;
    while (next < chunk.length) {
      if (this.#payloadLeft < 0) {
        const fault = this.#readHeader(chunk, next);
        if (fault === 'length' || fault === 'type') return fault;
        next = fault;
        if (this.#payloadLeft < 0) return undefined;
      }
      const skipped = Math.min(this.#payloadLeft, chunk.length - next);
      next += skipped;
      this.#payloadLeft -= skipped;
      if (this.#payloadLeft > 0) return undefined;
      this.#payloadLeft = -1;
      this.#onRecord(this.#header);
    }
    return undefined;
  }

  /** Consumes header bytes from `next` on; the position behind them, or what is wrong. */
  #readHeader(chunk: Uint8Array, next: number): number | 'length' | 'type' {
    let source = chunk;
    let offset = next;
    let end = next + RECORD_HEADER.size;
    if (this.#collected > 0 || end > chunk.length) {
      end = Math.min(next + RECORD_HEADER.size - this.#collected, chunk.length);
      this.#partial.set(chunk.subarray(next, end), this.#collected);
      this.#collected += end - next;
      if (this.#collected < RECORD_HEADER.size) return end;
      this.#collected = 0;
      source = this.#partial;
      offset = 0;
    }
    const fault = readRecordHeader(source, offset, this.#header);
    if (fault !== undefined) return fault;
    this.#payloadLeft = this.#header.length - RECORD_HEADER.size;
    return end;
  }
}
