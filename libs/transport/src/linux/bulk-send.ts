import type { Endpoint } from '../address';
import type { SendOutcome } from '../sockets';
import { EAGAIN, MAX_SEGMENTS, MAX_SEGMENTS_BEFORE } from './abi';
import type { LinuxContext } from './linux-context';
import { BATCH, type MessageVector } from './message-vector';
import { askToCut, cannotBeCut, segmentsOf } from './segmentation';
import { writeAddress } from './socket-address';
import type { Transmission } from './transmission';

/** Sends datagrams of one size that lie one behind the other: cut by the system where it can, else one by one. */
export class BulkSend {
  readonly #context: LinuxContext;
  readonly #family: 4 | 6;
  readonly #transmission: Transmission;
  readonly #errorOf: (result: number) => Error;
  /** Into how many datagrams the system cuts one send; 1: it does not. */
  #maxSegments: number;
  #hasCut = false;
  #hasSent = false;
  /** Of the latest call: how many datagrams were refused, and why. */
  #refused = 0;
  #failure = 0;

  /** `errorOf`: a failed send as an error. */
  constructor(
    context: LinuxContext,
    family: 4 | 6,
    transmission: Transmission,
    canCut: boolean,
    errorOf: (result: number) => Error,
  ) {
    this.#context = context;
    this.#family = family;
    this.#transmission = transmission;
    this.#errorOf = errorOf;
    this.#maxSegments = canCut ? MAX_SEGMENTS : 1;
  }

  /** Whether the system has cut for it, and still does. */
  get cuts(): boolean {
    return this.#maxSegments > 1 && this.#hasCut;
  }

  /** What the system refuses ends it, with all that was to be one send. */
  send(bytes: Uint8Array, length: number, to: Endpoint | undefined, onOutcome: SendOutcome): void {
    const { sends } = this.#context.memory;
    const memory = sends.take();
    let taken: number;
    try {
      taken = this.#sendWith(memory.messages, bytes, length, to);
    } finally {
      sends.giveBack(memory);
    }
    const refused = this.#refused;
    onOutcome(taken, refused, refused === 0 ? undefined : this.#errorOf(this.#failure));
  }

  /** How many datagrams the system has taken. */
  #sendWith(messages: MessageVector, bytes: Uint8Array, length: number, to: Endpoint | undefined): number {
    const address = this.#context.native.addressOf(bytes);
    const total = Math.floor(bytes.length / length);
    let taken = 0;
    let refused = 0;
    while (taken < total) {
      // A send that the system cuts it takes for larger than the path, and lets routers cut it again (no DF): none of them would say
      // what fits. So one goes ahead alone.
      const segments = this.#hasSent ? segmentsOf(length, this.#maxSegments) : 1;
      const count = this.#hasSent ? Math.min(BATCH, Math.ceil((total - taken) / segments)) : 1;
      for (let i = 0; i < count; i++) {
        const from = taken + i * segments;
        this.#prepare(messages, i, address + from * length, Math.min(segments, total - from), length, to);
      }
      const sent = this.#transmission.attempt(messages, 0, count);
      if (sent > 0) {
        taken = Math.min(total, taken + sent * segments);
        this.#hasCut ||= segments > 1;
        this.#hasSent = true;
      } else if (segments > 1 && cannotBeCut(sent)) {
        this.#maxSegments = segments > MAX_SEGMENTS_BEFORE ? MAX_SEGMENTS_BEFORE : 1;
      } else if (sent === -EAGAIN) {
        if (taken > 0 || !this.#transmission.waitForRoom()) break;
      } else {
        refused = Math.min(segments, total - taken);
        this.#failure = sent;
        break;
      }
    }
    this.#refused = refused;
    return taken;
  }

  /** Has message `i` send the `parts` datagrams that lie from `address` on. */
  #prepare(
    messages: MessageVector,
    i: number,
    address: number,
    parts: number,
    length: number,
    to: Endpoint | undefined,
  ): void {
    messages.setPayload(i, address, parts * length);
    messages.clearControl(i);
    if (parts > 1) askToCut(messages, i, length);
    messages.setName(i, to === undefined ? 0 : this.#writeName(messages, i, to));
  }

  #writeName(messages: MessageVector, i: number, to: Endpoint): number {
    return writeAddress(this.#context.native, messages.memory, messages.nameAt(i), to, this.#family);
  }
}
