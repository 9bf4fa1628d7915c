import type { Instant } from '@pathgauge/units';
import type { IcmpMessage } from '../icmp';
import { isOwnAddress } from '../names';
import type { SendMoment, SendStampHandler } from '../sockets';
import {
  AF_INET,
  AF_INET6,
  EHOSTUNREACH,
  EMSGSIZE,
  IP_RECVERR,
  IPV6_RECVERR,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  ORIGIN,
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
import { readAddress } from './socket-address';

// What comes of a few probes; more is read in the next round.
const AT_ONCE = 16;
/** So much is read at one go, so that whoever floods this host with ICMP does not keep it from all else: 1024 messages. */
const MAX_ROUNDS = 64;
/** So many senders of ICMP messages are looked up in a second. */
const MAX_LOOKED_UP = 64;
const OWNED_FOR_NS = 1e9;
/** So often stamps that are due are looked for without a send in between. */
const MAX_FRUITLESS = 8;
// struct sock_extended_err, with the address of who has told behind it.
const ERROR_ORIGIN = 4;
const ERROR_TYPE = 5;
const ERROR_CODE = 6;
const ERROR_INFO = 8;
const OFFENDER = 16;

/** What is learnt from an error queue. `payload` is what is left of the datagram, from its beginning on. */
export interface ErrorQueueHandlers {
  readonly onStamp: SendStampHandler;
  /** An ICMP message tells of an earlier datagram, which began with `quoted`. */
  readonly onEarlier: (result: number, icmp: IcmpMessage, quoted: Uint8Array) => void;
  /** A datagram that the system had taken has not left this host after all. */
  readonly onRefused: (payload: Uint8Array, result: number) => void;
}

/** The error queue of a socket: the kernel puts there when datagrams left, and what ICMP tells of them. */
export class ErrorQueue {
  readonly #context: LinuxContext;
  readonly #fd: number;
  readonly #handlers: ErrorQueueHandlers;
  readonly #flags: number;
  readonly #moments: number;
  readonly #vector: MessageVector;
  readonly #buffers: Memory;
  #due = 0;
  #fruitless = 0;
  #errors = 0;
  #fittingBytes: number | undefined;
  /** Of those who sent an ICMP message lately: whether they are this host. */
  readonly #owned = new Map<string, boolean>();
  #ownedAt = Number.NEGATIVE_INFINITY;

  /** `moments`: which are to be stamped. */
  constructor(context: LinuxContext, fd: number, moments: readonly SendMoment[], handlers: ErrorQueueHandlers) {
    this.#context = context;
    this.#fd = fd;
    this.#handlers = handlers;
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
  get areStampsDue(): boolean {
    return this.#due > 0;
  }

  /** The largest packet that fitted when the system last refused one for its size, headers included. */
  get fittingBytes(): number | undefined {
    return this.#fittingBytes;
  }

  /** Has the first `count` messages stamped. */
  askForStamps(messages: MessageVector, count: number): void {
    if (this.#moments === 0) return;
    for (let i = 0; i < count; i++) messages.addControl(i, SOL_SOCKET, SO_TIMESTAMPING, this.#flags);
    this.#due += count * this.#moments;
    this.#fruitless = 0;
  }

  /** Reads all that has come. Returns whether there was more than stamps. */
  read(): boolean {
    const { calls } = this.#context.native;
    const before = this.#errors;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const count = calls.recvmmsg(this.#fd, this.#vector.address, AT_ONCE, MSG_DONTWAIT | MSG_ERRQUEUE, 0);
      if (count <= 0) break;
      const steady = this.#context.clock.isSteady();
      for (let i = 0; i < count; i++) {
        this.#take(i, steady);
        this.#vector.readyToReceive(i, 0);
      }
      if (count < AT_ONCE) break;
    }
    // Stamps come at once. Some may have been dropped: they are not asked for for ever.
    if (this.#due > 0 && ++this.#fruitless > MAX_FRUITLESS) this.#due = 0;
    return this.#errors > before;
  }

  #take(i: number, steady: boolean): void {
    const vector = this.#vector;
    const { memory } = vector;
    let at: Instant | undefined;
    let error = -1;
    const end = vector.controlEnd(i);
    for (let control = vector.firstControl(i); control < end; control = vector.nextControl(control, end)) {
      const level = vector.controlLevel(control);
      const type = vector.controlType(control);
      const data = vector.controlData(control);
      if (level === SOL_SOCKET && type === SO_TIMESTAMPING) {
        at = this.#context.clock.fromKernel(memory.i64(data), memory.u32(data + 8));
      } else if ((level === SOL_IP && type === IP_RECVERR) || (level === SOL_IPV6 && type === IPV6_RECVERR)) {
        error = data;
      }
    }
    if (error < 0) return;
    const origin = memory.bytes[error + ERROR_ORIGIN];
    if (origin === ORIGIN.timestamping) this.#tellStamp(i, error, steady ? at : undefined);
    // What is of local origin has been the result of a send, which does not say what fits.
    else if (origin === ORIGIN.local) this.#tellLocal(error);
    else if (origin === ORIGIN.icmp || origin === ORIGIN.icmp6) this.#tellError(i, error);
  }

  #tellStamp(i: number, error: number, at: Instant | undefined): void {
    this.#due = Math.max(0, this.#due - 1);
    const moment = this.#vector.memory.u32(error + ERROR_INFO) === STAMPED_AT.queue ? 'queued' : 'sent';
    if (at !== undefined) this.#handlers.onStamp(this.#payload(i), moment, at);
  }

  #tellLocal(error: number): void {
    const { memory } = this.#vector;
    if (memory.u32(error) === EMSGSIZE) this.#fittingBytes = memory.u32(error + ERROR_INFO);
  }

  #tellError(i: number, error: number): void {
    const { memory } = this.#vector;
    this.#errors++;
    const number = memory.u32(error);
    const icmp = this.#messageAt(error);
    this.#forgetOwned();
    // A neighbour that does not answer, says this host to itself.
    const isOwn = number === EHOSTUNREACH && icmp.from !== undefined && this.#isOwn(icmp.from);
    if (isOwn) this.#handlers.onRefused(this.#payload(i), -number);
    else this.#handlers.onEarlier(-number, icmp, this.#payload(i));
  }

  #messageAt(error: number): IcmpMessage {
    const { memory } = this.#vector;
    const { native } = this.#context;
    const mtu = memory.u32(error) === EMSGSIZE ? memory.u32(error + ERROR_INFO) : 0;
    const family = memory.u16(error + OFFENDER);
    return {
      version: memory.bytes[error + ERROR_ORIGIN] === ORIGIN.icmp ? 4 : 6,
      type: memory.bytes[error + ERROR_TYPE] as number,
      code: memory.bytes[error + ERROR_CODE] as number,
      from:
        family === AF_INET || family === AF_INET6 ? readAddress(memory, error + OFFENDER, native).address : undefined,
      // Old routers do not say what fits (RFC 1191 section 3).
      mtuBytes: mtu === 0 ? undefined : mtu,
    };
  }

  /** To look up this host's addresses takes a while: that is done seldom, however many routers are said to have sent something. */
  #isOwn(address: string): boolean {
    const known = this.#owned.get(address);
    if (known !== undefined || this.#owned.size === MAX_LOOKED_UP) return known ?? false;
    const isOwn = isOwnAddress(address);
    this.#owned.set(address, isOwn);
    return isOwn;
  }

  /** Addresses change. */
  #forgetOwned(): void {
    const now = this.#context.clock.now();
    if (now - this.#ownedAt < OWNED_FOR_NS) return;
    this.#ownedAt = now;
    this.#owned.clear();
  }

  #payload(i: number): Uint8Array {
    return this.#buffers.bytes.subarray(i * SLOT_BYTES, i * SLOT_BYTES + this.#vector.transferred(i));
  }
}
