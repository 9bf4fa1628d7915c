import type { Instant } from '@pathgauge/units';
import type { IcmpMessage } from '../icmp';
import type { SendMoment, SendStampHandler } from '../sockets';
import {
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
import { errorNumberAt, icmpMessageAt, infoAt, originAt } from './extended-error';
import type { LinuxContext } from './linux-context';
import type { MessageVector } from './message-vector';
import type { ReceiveMemory } from './receive-memory';
import { RecentSenders } from './recent-senders';
import type { UdpDescriptor } from './udp-descriptor';

/** So much is read at one go, so that whoever floods this host with ICMP does not keep it from all else: 1024 messages. */
const MAX_ROUNDS = 64;
/** So often stamps that are due are looked for without a send in between. */
const MAX_FRUITLESS = 8;
const NONE = -1;

/** What is learnt from an error queue. `payload` is what is left of the datagram, from its beginning on. */
interface ErrorQueueHandlers {
  readonly onStamp: SendStampHandler;
  /** An ICMP message is about an earlier datagram, which began with `quoted`. */
  readonly onEarlier: (result: number, icmp: IcmpMessage, quoted: Uint8Array) => void;
  /** A datagram that the system had taken has not left this host after all. */
  readonly onRefused: (payload: Uint8Array, result: number) => void;
}

/** The error queue of a socket: the kernel puts there when datagrams left, and what ICMP says of them. */
export class ErrorQueue {
  readonly #context: LinuxContext;
  readonly #udp: UdpDescriptor;
  readonly #handlers: ErrorQueueHandlers;
  readonly #flags: number;
  readonly #moments: number;
  readonly #senders = new RecentSenders();
  /** So many stamps that were asked for have not come yet. */
  #due = 0;
  #fruitless = 0;
  #errors = 0;
  #fittingBytes: number | undefined;

  /** `moments`: which are to be stamped. */
  constructor(context: LinuxContext, udp: UdpDescriptor, moments: readonly SendMoment[], handlers: ErrorQueueHandlers) {
    this.#context = context;
    this.#udp = udp;
    this.#handlers = handlers;
    this.#moments = moments.length;
    this.#flags = (moments.includes('sent') ? STAMP.txSoftware : 0) | (moments.includes('queued') ? STAMP.txSched : 0);
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
    const { errors } = this.#context.memory;
    const before = this.#errors;
    const memory = errors.take();
    try {
      for (let round = 0; round < MAX_ROUNDS && this.#readRound(memory); round++);
    } finally {
      errors.giveBack(memory);
    }
    // Stamps come at once. Some may have been dropped: they are not asked for for ever.
    if (this.#due > 0 && ++this.#fruitless > MAX_FRUITLESS) this.#due = 0;
    return this.#errors > before;
  }

  /** Whether there may be more. */
  #readRound(memory: ReceiveMemory): boolean {
    // A handler may have closed the socket.
    if (this.#udp.isClosed) return false;
    const count = memory.receive(this.#udp.fd, MSG_DONTWAIT | MSG_ERRQUEUE);
    if (count <= 0) return false;
    const isSteady = this.#context.clock.isSteady();
    try {
      for (let i = 0; i < count && !this.#udp.isClosed; i++) this.#take(memory, i, isSteady);
    } finally {
      memory.makeReady(count);
    }
    return count === memory.vector.count;
  }

  #take(received: ReceiveMemory, i: number, isSteady: boolean): void {
    const { vector } = received;
    const { memory } = vector;
    let at: Instant | undefined;
    let error = NONE;
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
    if (error === NONE) return;
    const origin = originAt(memory, error);
    if (origin === ORIGIN.timestamping) this.#takeStamp(received, i, error, isSteady ? at : undefined);
    else if (origin === ORIGIN.local) this.#takeLocal(received, error);
    else if (origin === ORIGIN.icmp || origin === ORIGIN.icmp6) this.#takeIcmp(received, i, error);
  }

  #takeStamp(received: ReceiveMemory, i: number, error: number, at: Instant | undefined): void {
    this.#due = Math.max(0, this.#due - 1);
    const moment = infoAt(received.vector.memory, error) === STAMPED_AT.queue ? 'queued' : 'sent';
    if (at !== undefined) this.#handlers.onStamp(received.payload(i), moment, at);
  }

  /** What is of local origin has been the result of a send, which does not say what fits. */
  #takeLocal({ vector: { memory } }: ReceiveMemory, error: number): void {
    if (errorNumberAt(memory, error) === EMSGSIZE) this.#fittingBytes = infoAt(memory, error);
  }

  #takeIcmp(received: ReceiveMemory, i: number, error: number): void {
    const { memory } = received.vector;
    this.#errors++;
    const number = errorNumberAt(memory, error);
    const icmp = icmpMessageAt(memory, error, this.#context.native);
    // When a neighbour does not answer, this host says so to itself.
    const isOwn = number === EHOSTUNREACH && icmp.from !== undefined && this.#isThisHost(icmp.from);
    if (isOwn) this.#handlers.onRefused(received.payload(i), -number);
    else this.#handlers.onEarlier(-number, icmp, received.payload(i));
  }

  #isThisHost(address: string): boolean {
    return this.#senders.areThisHost(address, this.#context.clock.now());
  }
}
