import type { LinuxClock } from './linux-clock';
import { Memory } from './memory';
import { BATCH, CONTROL_BYTES, MessageVector, NAME_BYTES, SLOT_BYTES } from './message-vector';
import { Pool } from './pool';
import { ReceiveMemory } from './receive-memory';
import { ReceivedBatch } from './received-batch';
import { ReplyBatch } from './reply-batch';
import type { Native } from './system-calls';

/** What an error queue holds after a few probes; more is read in the next round. */
const ERRORS = 16;
/** What one call brings in of a connection whose bytes are looked at; more does not fit the processor's cache. */
const READ_BYTES = 256 * 1024;

/** Messages that are sent, and room for the payload of one. */
export interface SendMemory {
  readonly messages: MessageVector;
  readonly payload: Memory;
}

/**
 * The memory that system calls read and write for all sockets of one thread. What comes in is valid only while its handler runs,
 * and what is sent has been sent when the call returns: so sockets need no such memory of their own, which would be megabytes.
 */
export class SharedMemory {
  readonly batches: Pool<ReceivedBatch>;
  readonly replies: Pool<ReplyBatch>;
  readonly errors: Pool<ReceiveMemory>;
  readonly sends: Pool<SendMemory>;
  readonly reads: Pool<Memory>;

  constructor(native: Native, clock: LinuxClock) {
    this.batches = new Pool(() => new ReceivedBatch(native, clock, new ReceiveMemory(native, BATCH, NAME_BYTES)));
    this.replies = new Pool(() => new ReplyBatch(native));
    this.errors = new Pool(() => new ReceiveMemory(native, ERRORS, 0));
    this.sends = new Pool(() => ({
      messages: new MessageVector(native, BATCH, CONTROL_BYTES),
      payload: new Memory(native, SLOT_BYTES),
    }));
    this.reads = new Pool(() => new Memory(native, READ_BYTES));
  }
}
