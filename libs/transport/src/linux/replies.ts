import { IP_TOS, IPV6_TCLASS, SOL_IP, SOL_IPV6 } from './abi';
import type { ErrorQueue } from './error-queue';
import type { LinuxContext } from './linux-context';
import { BATCH } from './message-vector';
import type { ReceivedBatch } from './received-batch';
import type { ReplyBatch } from './reply-batch';
import { askToCut, cannotBeCut, segmentsOf } from './segmentation';
import type { Transmission } from './transmission';
import type { UdpDescriptor } from './udp-descriptor';

/**
 * Replies to a batch above this size are not stamped: reading the stamps costs more than they are worth. Up to it they leave one
 * by one, so that each can carry the stamp of the one before it.
 */
const MAX_STAMPED = 16;
const NO_DSCP = -1;

/** What of a socket replies leave by. */
export interface ReplyOutlet {
  readonly udp: UdpDescriptor;
  readonly transmission: Transmission;
  readonly errors: ErrorQueue | undefined;
  readonly isConnected: boolean;
  /** Whether the system cuts one send into several. */
  readonly canCut: boolean;
  /** A reply was not sent. */
  onRefused(payload: Uint8Array, result: number): void;
}

/**
 * The replies of a socket to one batch, each from the address that the request came to. They are sent together behind the handler
 * of the batch, or one by one where there are few. Of many, those in a row of one size, from one address to one, are one send,
 * which the system cuts.
 */
export class Replies {
  readonly #context: LinuxContext;
  readonly #outlet: ReplyOutlet;
  #canCut: boolean;
  #incoming: ReceivedBatch | undefined;
  #queue: ReplyBatch | undefined;
  #cuts = false;
  #isOneByOne = false;

  constructor(context: LinuxContext, outlet: ReplyOutlet) {
    this.#context = context;
    this.#outlet = outlet;
    this.#canCut = outlet.canCut;
  }

  /** `incoming` is going to be answered. */
  begin(incoming: ReceivedBatch): void {
    const { count } = incoming;
    this.#incoming = incoming;
    this.#cuts = this.#canCut && count > MAX_STAMPED;
    this.#isOneByOne = this.#outlet.errors !== undefined && count > 1 && count <= MAX_STAMPED;
  }

  /** `payload` is the reply to datagram `i`. */
  add(i: number, payload: Uint8Array, dscp: number = NO_DSCP): void {
    const { udp, errors, isConnected } = this.#outlet;
    const incoming = this.#incoming;
    if (incoming === undefined || udp.isClosed) return;
    this.#queue ??= this.#context.memory.replies.take();
    const queue = this.#queue;
    if (queue.isFull) this.send();
    queue.add(payload, incoming.memory);
    if (this.#cuts && this.#goesWithLast(queue, incoming, i, payload.length, dscp)) {
      queue.join();
      return;
    }
    const message = queue.begin(i, dscp);
    if (isConnected) queue.messages.setName(message, 0);
    else queue.addressTo(message, incoming.memory, i);
    if (!this.#isOneByOne) return;
    this.send();
    errors?.read();
  }

  /** Sends those that there are. */
  send(): void {
    const { udp, errors, transmission } = this.#outlet;
    const queue = this.#queue;
    if (queue === undefined || queue.count === 0 || udp.isClosed) return;
    const { messages, count } = queue;
    for (let message = 0; message < count; message++) this.#prepare(queue, message);
    if (queue.replies <= MAX_STAMPED) errors?.askForStamps(messages, count);
    transmission.send(messages, count, (result, message) => {
      if (queue.parts(message) > 1 && cannotBeCut(result)) this.#sendApart(queue, message);
      else this.#refuse(queue, message, result);
    });
    queue.clear();
  }

  /** The batch is over. What was not sent, because the socket was closed or a handler failed, never is. */
  end(): void {
    this.#incoming = undefined;
    const queue = this.#queue;
    if (queue === undefined) return;
    this.#queue = undefined;
    queue.clear();
    this.#context.memory.replies.giveBack(queue);
  }

  #prepare(queue: ReplyBatch, message: number): void {
    const { messages } = queue;
    const parts = queue.parts(message);
    messages.setParts(message, queue.first(message), parts);
    messages.clearControl(message);
    if (parts > 1) askToCut(messages, message, queue.length(message));
    if (!this.#outlet.isConnected) {
      this.#incoming?.ways.destinations.answerFrom(queue.answered(message), messages, message);
    }
    const dscp = queue.dscp(message);
    if (dscp === NO_DSCP) return;
    const isIpv4 = this.#outlet.udp.family === 4 || isMapped(messages.memory.bytes, messages.nameAt(message));
    messages.addControl(message, isIpv4 ? SOL_IP : SOL_IPV6, isIpv4 ? IP_TOS : IPV6_TCLASS, dscp << 2);
  }

  /** The replies of a message that the system does not cut, one by one; and from now on all, unless that was not the reason. */
  #sendApart(queue: ReplyBatch, message: number): void {
    const first = queue.first(message);
    const parts = queue.parts(message);
    let refused = 0;
    const refuse = (result: number): void => {
      refused++;
      this.#refuse(queue, message, result);
    };
    for (let part = 0; part < parts; part++) {
      queue.setOnly(message, first + part);
      this.#prepare(queue, message);
      this.#outlet.transmission.send(queue.messages, 1, refuse, message);
    }
    if (refused < parts) this.#canCut = false;
  }

  /** A message was refused, and with it all replies in it. */
  #refuse(queue: ReplyBatch, message: number, result: number): void {
    const first = queue.first(message);
    for (let part = 0; part < queue.parts(message); part++) {
      this.#outlet.onRefused(queue.payload(first + part), result);
    }
  }

  /** Whether a reply can leave with the message before it. */
  #goesWithLast(queue: ReplyBatch, incoming: ReceivedBatch, i: number, length: number, dscp: number): boolean {
    const last = queue.count - 1;
    if (last < 0 || queue.length(last) !== length || queue.dscp(last) !== dscp) return false;
    if (length === 0 || queue.parts(last) + 1 > segmentsOf(length, BATCH)) return false;
    return this.#outlet.isConnected || incoming.ways.areSame(i, queue.answered(last));
  }
}

/** Whether the IPv6 address at `at` stands for one of IPv4. */
const isMapped = (bytes: Uint8Array, at: number): boolean =>
  bytes[at + 18] === 0xff && bytes[at + 19] === 0xff && bytes.subarray(at + 8, at + 18).every((byte) => byte === 0);
