import { emptyRecordHeader, RECORD_HEADER, type RecordHeader, writeRecordHeader } from '@pathgauge/protocol';
import type { Instant, WallMap } from '@pathgauge/units';
import { fillPayload } from './payload';

// One write of about this size keeps the system busy while JavaScript prepares nothing: measured best on loopback.
const CHUNK_BYTES = 512 * 1024;
/** Each message of a chunk is a header and a figure: of messages of a few bytes more would keep others waiting. */
const MAX_MESSAGES = 8192;
/** The last of an amount may be longer by what would be too short for a record. */
const LAST_EXTRA = RECORD_HEADER.size;

/** The bytes of records that are written together, or of plain blocks: only their headers are written anew. */
export class RecordChunk {
  /** How many it holds. */
  readonly messages: number;
  readonly #length: number;
  readonly #wall: WallMap | undefined;
  readonly #bytes: Uint8Array;
  readonly #header: RecordHeader;

  /** `wall`: wall time for the records; undefined: plain blocks without headers. `most`: more are never written together. */
  constructor(length: number, wall: WallMap | undefined, most: number, repeats = false) {
    this.messages = Math.min(Math.max(1, Math.floor(CHUNK_BYTES / length)), MAX_MESSAGES, most);
    this.#length = length;
    this.#wall = wall;
    this.#bytes = fillPayload(new Uint8Array(this.messages * length + LAST_EXTRA), repeats);
    this.#header = { ...emptyRecordHeader(), length };
  }

  /** Whether what is written belongs to the omitted beginning of the load. */
  set isOmitted(isOmitted: boolean) {
    this.#header.isOmitted = isOmitted;
  }

  /**
   * Writes `count` records from `index` on, which counts from 0; all carry `now`, the moment at which the chunk is handed over.
   * `isLast`: the stream ends with them; `lastLength`: bytes of the last of them. Returns their bytes.
   */
  write(index: number, count: number, now: Instant, isLast: boolean, lastLength: number): Uint8Array {
    if (this.#wall !== undefined) this.#writeHeaders(this.#wall, index, count, now, isLast, lastLength);
    return this.#bytes.subarray(0, (count - 1) * this.#length + lastLength);
  }

  #writeHeaders(wall: WallMap, index: number, count: number, now: Instant, isLast: boolean, lastLength: number): void {
    const bytes = this.#bytes;
    const header = this.#header;
    const length = this.#length;
    wall.toWall(now, header.sent);
    header.length = length;
    header.last = false;
    for (let i = 0; i < count - 1; i++) {
      header.sequence = (index + i) % 2 ** 32;
      writeRecordHeader(bytes, i * length, header);
    }
    header.sequence = (index + count - 1) % 2 ** 32;
    header.last = isLast;
    header.length = lastLength;
    writeRecordHeader(bytes, (count - 1) * length, header);
  }
}
