import type { Instant } from '@pathgauge/units';
import type { SendMoment, SendStampHandler } from '../transport';
import {
  IP_RECVERR,
  IPV6_RECVERR,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  ORIGIN_TIMESTAMPING,
  SO_TIMESTAMPING,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  STAMP,
  STAMPED_AT,
} from './abi';
import type { LinuxContext } from './linux-context';
import { Memory } from './memory';
import { CONTROL_BYTES, MessageVector, SLOT_BYTES } from './message-vector';

// Looped packets of a few probes; more are read in the next round.
const AT_ONCE = 16;
/** So often stamps that are due are looked for without a send in between. */
const MOST_FRUITLESS = 8;

/** Asks the kernel for stamps of what is sent, and reads them from the socket's error queue. */
export class SendStamps {
  readonly #context: LinuxContext;
  readonly #fd: number;
  readonly #flags: number;
  readonly #moments: number;
  readonly #vector: MessageVector;
  readonly #buffers: Memory;
  #due = 0;
  #fruitless = 0;

  constructor(context: LinuxContext, fd: number, moments: readonly SendMoment[]) {
    this.#context = context;
    this.#fd = fd;
    this.#moments = moments.length;
    this.#flags = (moments.includes('sent') ? STAMP.txSoftware : 0) | (moments.includes('queued') ? STAMP.txSched : 0);
    this.#vector = new MessageVector(context.native, AT_ONCE, CONTROL_BYTES);
    this.#buffers = new Memory(context.native, AT_ONCE * SLOT_BYTES);
    for (let i = 0; i < AT_ONCE; i++) {
      this.#vector.setPayload(i, this.#buffers.address + i * SLOT_BYTES, SLOT_BYTES);
      this.#vector.readyToReceive(i, 0);
    }
  }

  /** Whether stamps that were asked for have not come yet. */
  get areDue(): boolean {
    return this.#due > 0;
  }

  /** Has the first `count` messages stamped. */
  ask(messages: MessageVector, count: number): void {
    for (let i = 0; i < count; i++) messages.addControl(i, SOL_SOCKET, SO_TIMESTAMPING, this.#flags);
    this.#due += count * this.#moments;
    this.#fruitless = 0;
  }

  /** Reads all that have come. */
  read(tell: SendStampHandler): void {
    const { calls } = this.#context.native;
    for (;;) {
      const count = calls.recvmmsg(this.#fd, this.#vector.address, AT_ONCE, MSG_DONTWAIT | MSG_ERRQUEUE, 0);
      if (count <= 0) break;
      this.#due = Math.max(0, this.#due - count);
      const steady = this.#context.clock.isSteady();
      for (let i = 0; i < count; i++) {
        if (steady) this.#tell(i, tell);
        this.#vector.readyToReceive(i, 0);
      }
      if (count < AT_ONCE) break;
    }
    // They come at once. Some may have been dropped: they are not asked for for ever.
    if (this.#due > 0 && ++this.#fruitless > MOST_FRUITLESS) this.#due = 0;
  }

  #tell(i: number, tell: SendStampHandler): void {
    const vector = this.#vector;
    const { memory } = vector;
    let at: Instant | undefined;
    let moment: SendMoment | undefined;
    const end = vector.controlEnd(i);
    for (let control = vector.firstControl(i); control < end; control = vector.nextControl(control, end)) {
      const level = vector.controlLevel(control);
      const type = vector.controlType(control);
      const data = vector.controlData(control);
      if (level === SOL_SOCKET && type === SO_TIMESTAMPING) {
        at = this.#context.clock.fromKernel(memory.i64(data), memory.u32(data + 8));
      } else if ((level === SOL_IP && type === IP_RECVERR) || (level === SOL_IPV6 && type === IPV6_RECVERR)) {
        // struct sock_extended_err: its origin, and in ee_info which moment it is.
        if (memory.bytes[data + 4] !== ORIGIN_TIMESTAMPING) return;
        moment = memory.u32(data + 8) === STAMPED_AT.queue ? 'queued' : 'sent';
      }
    }
    if (at === undefined || moment === undefined) return;
    const from = i * SLOT_BYTES;
    tell(this.#buffers.bytes.subarray(from, from + vector.transferred(i)), moment, at);
  }
}
