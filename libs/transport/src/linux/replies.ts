import { IP_TOS, IPV6_TCLASS, SOL_IP, SOL_IPV6 } from './abi';
import type { ErrorQueue } from './error-queue';
import type { LinuxContext } from './linux-context';
import type { Memory } from './memory';
import { BATCH, CONTROL_BYTES, MessageVector } from './message-vector';
import type { ReceivedBatch } from './received-batch';
import { askToCut, cannotBeCut, segmentsOf } from './segmentation';
import { ADDRESS_BYTES } from './socket-address';
import type { Transmission } from './transmission';
import type { UdpDescriptor } from './udp-descriptor';

/**
 * Replies to a batch above this size are not stamped: reading the stamps would cost more than it tells. Up to it they leave one
 * by one, so that each can tell when the one before it left.
 */
const MAX_STAMPED = 16;
const NO_DSCP = -1;

/**
 * The replies to one batch, each from the address that the request came to. They are sent together when it has been dealt
 * with, or one by one where there are few. Of many, those in a row of one size, from one address to one, are one send, which
 * the system cuts.
 */
export class Replies {
  readonly #context: LinuxContext;
  readonly #udp: UdpDescriptor;
  readonly #transmission: Transmission;
  readonly #errors: ErrorQueue | undefined;
  readonly #isConnected: boolean;
  readonly #incoming: MessageVector;
  readonly #received: ReceivedBatch;
  readonly #buffers: Memory;
  readonly #messages: MessageVector;
  readonly #payloads: Uint8Array[] = [];
  /** Of each message: the datagram that it answers, its first reply, how many there are, how long each is, and how marked. */
  readonly #answered = new Int32Array(BATCH);
  readonly #first = new Int32Array(BATCH);
  readonly #parts = new Int32Array(BATCH);
  readonly #length = new Int32Array(BATCH);
  readonly #dscp = new Int32Array(BATCH);
  #replies = 0;
  #count = 0;
  #canCut: boolean;
  readonly #onRefused: (payload: Uint8Array, result: number) => void;
  #cuts = false;
  #isOneByOne = false;

  /** `incoming`, `received` and `buffers` are of the batch that came in; what is not sent is told to `onRefused`. */
  constructor(
    context: LinuxContext,
    udp: UdpDescriptor,
    transmission: Transmission,
    errors: ErrorQueue | undefined,
    isConnected: boolean,
    incoming: MessageVector,
    received: ReceivedBatch,
    buffers: Memory,
    canCut: boolean,
    onRefused: (payload: Uint8Array, result: number) => void,
  ) {
    this.#context = context;
    this.#udp = udp;
    this.#transmission = transmission;
    this.#errors = errors;
    this.#isConnected = isConnected;
    this.#incoming = incoming;
    this.#received = received;
    this.#buffers = buffers;
    this.#canCut = canCut;
    this.#onRefused = onRefused;
    this.#messages = new MessageVector(context.native, BATCH, CONTROL_BYTES);
  }

  /** A batch of `count` datagrams is going to be answered. */
  begin(count: number): void {
    this.#cuts = this.#canCut && count > MAX_STAMPED;
    this.#isOneByOne = this.#errors !== undefined && count > 1 && count <= MAX_STAMPED;
  }

  /** `payload` is the reply to datagram `i`. */
  add(i: number, payload: Uint8Array, dscp: number = NO_DSCP): void {
    if (this.#replies === BATCH) this.send();
    const reply = this.#replies++;
    // Held until it is sent: the system knows it by its address alone.
    this.#payloads[reply] = payload;
    this.#messages.setPayload(reply, this.#addressOf(payload), payload.length);
    const last = this.#count - 1;
    if (this.#cuts && last >= 0 && this.#goesWith(last, i, payload.length, dscp)) {
      this.#parts[last] = (this.#parts[last] as number) + 1;
      return;
    }
    const message = this.#count++;
    this.#answered[message] = i;
    this.#first[message] = reply;
    this.#parts[message] = 1;
    this.#length[message] = payload.length;
    this.#dscp[message] = dscp;
    this.#copyName(i, message);
    if (!this.#isOneByOne) return;
    this.send();
    this.#errors?.read();
  }

  /** Sends those that there are. */
  send(): void {
    if (this.#count === 0) return;
    for (let message = 0; message < this.#count; message++) this.#prepare(message, this.#parts[message] as number);
    if (this.#replies <= MAX_STAMPED) this.#errors?.askForStamps(this.#messages, this.#count);
    this.#transmission.send(this.#messages, this.#count, (result, message) => {
      if ((this.#parts[message] as number) > 1 && cannotBeCut(result)) this.#sendApart(message);
      else this.#tell(result, message);
    });
    this.#replies = 0;
    this.#count = 0;
  }

  #prepare(message: number, parts: number): void {
    this.#messages.setParts(message, this.#first[message] as number, parts);
    this.#messages.clearControl(message);
    if (parts > 1) askToCut(this.#messages, message, this.#length[message] as number);
    if (!this.#isConnected) this.#answerFrom(message);
    const dscp = this.#dscp[message] as number;
    if (dscp === NO_DSCP) return;
    const isIpv4 = this.#udp.family === 4 || isMapped(this.#messages.memory.bytes, this.#messages.nameAt(message));
    this.#messages.addControl(message, isIpv4 ? SOL_IP : SOL_IPV6, isIpv4 ? IP_TOS : IPV6_TCLASS, dscp << 2);
  }

  /** The replies of a message that the system does not cut, one by one; and from now on all, unless that was not the reason. */
  #sendApart(message: number): void {
    const first = this.#first[message] as number;
    const parts = this.#parts[message] as number;
    let refused = 0;
    for (let part = 0; part < parts; part++) {
      this.#first[message] = first + part;
      this.#prepare(message, 1);
      this.#transmission.send(
        this.#messages,
        1,
        (result) => {
          refused++;
          this.#tellOne(result, first + part);
        },
        message,
      );
    }
    if (refused < parts) this.#canCut = false;
  }

  /** A message was refused, and with it all replies in it. */
  #tell(result: number, message: number): void {
    const first = this.#first[message] as number;
    for (let part = 0; part < (this.#parts[message] as number); part++) this.#tellOne(result, first + part);
  }

  #tellOne(result: number, reply: number): void {
    this.#onRefused(this.#payloads[reply] as Uint8Array, result);
  }

  #goesWith(message: number, i: number, length: number, dscp: number): boolean {
    const parts = (this.#parts[message] as number) + 1;
    if (this.#length[message] !== length || this.#dscp[message] !== dscp) return false;
    if (length === 0 || parts > segmentsOf(length, BATCH)) return false;
    return this.#isConnected || this.#received.haveOneWay(i, this.#answered[message] as number);
  }

  #answerFrom(message: number): void {
    this.#received.destinations.answerFrom(this.#answered[message] as number, this.#messages, message);
  }

  #copyName(i: number, message: number): void {
    const from = this.#incoming.nameAt(i) >>> 2;
    const to = this.#messages.nameAt(message) >>> 2;
    for (let word = 0; word < ADDRESS_BYTES / 4; word++) {
      this.#messages.memory.words[to + word] = this.#incoming.memory.words[from + word] as number;
    }
    this.#messages.setName(message, this.#isConnected ? 0 : this.#incoming.nameLength(i));
  }

  /** A reply made in place lies in the receive buffers already. */
  #addressOf(payload: Uint8Array): number {
    if (payload.buffer === this.#buffers.bytes.buffer) return this.#buffers.address + payload.byteOffset;
    return this.#context.native.addressOf(payload);
  }
}

/** Whether the IPv6 address at `at` stands for one of IPv4. */
const isMapped = (bytes: Uint8Array, at: number): boolean =>
  bytes[at + 18] === 0xff && bytes[at + 19] === 0xff && bytes.subarray(at + 8, at + 18).every((byte) => byte === 0);
