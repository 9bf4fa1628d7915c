import type { Endpoint } from '../address';
import type { SendOutcome } from '../sockets';
import { EAGAIN, MAX_SEGMENTS, MAX_SEGMENTS_BEFORE } from './abi';
import type { LinuxContext } from './linux-context';
import { BATCH, CONTROL_BYTES, MessageVector } from './message-vector';
import { askToCut, cannotBeCut, segmentsOf } from './segmentation';
import { writeAddress } from './socket-address';
import type { Transmission } from './transmission';

/** Sends datagrams of one size that lie one behind the other: cut by the system where it can, else one by one. */
export class BulkSend {
  readonly #context: LinuxContext;
  readonly #family: 4 | 6;
  readonly #transmission: Transmission;
  readonly #messages: MessageVector;
  readonly #errorOf: (result: number) => Error;
  /** Into how many datagrams the system cuts one send; 1: it does not. */
  #mostSegments: number;
  #hasCut = false;
  #hasSent = false;

  /** `errorOf`: a failed send as an error. */
  constructor(
    context: LinuxContext,
    family: 4 | 6,
    transmission: Transmission,
    canCut: boolean,
    errorOf: (result: number) => Error,
  ) {
    this.#errorOf = errorOf;
    this.#context = context;
    this.#family = family;
    this.#transmission = transmission;
    this.#messages = new MessageVector(context.native, BATCH, CONTROL_BYTES);
    this.#mostSegments = canCut ? MAX_SEGMENTS : 1;
  }

  /** Whether the system has cut for it, and still does. */
  get cuts(): boolean {
    return this.#mostSegments > 1 && this.#hasCut;
  }

  /** What the system refuses ends it, with all that was to be one send. */
  send(bytes: Uint8Array, length: number, to: Endpoint | undefined, onOutcome: SendOutcome): void {
    const address = this.#context.native.addressOf(bytes);
    const total = Math.floor(bytes.length / length);
    let taken = 0;
    while (taken < total) {
      // A send that the system cuts it takes for larger than the path, and lets routers cut it again (no DF): none of them would say
      // what fits. So one goes ahead alone.
      const segments = this.#hasSent ? segmentsOf(length, this.#mostSegments) : 1;
      const count = this.#hasSent ? Math.min(BATCH, Math.ceil((total - taken) / segments)) : 1;
      for (let i = 0; i < count; i++) {
        const from = taken + i * segments;
        const parts = Math.min(segments, total - from);
        this.#messages.setPayload(i, address + from * length, parts * length);
        this.#messages.clearControl(i);
        if (parts > 1) askToCut(this.#messages, i, length);
        this.#messages.setName(i, to === undefined ? 0 : this.#writeName(i, to));
      }
      const sent = this.#transmission.attempt(this.#messages, 0, count);
      if (sent > 0) {
        taken = Math.min(total, taken + sent * segments);
        this.#hasCut ||= segments > 1;
        this.#hasSent = true;
      } else if (segments > 1 && cannotBeCut(sent)) {
        this.#mostSegments = segments > MAX_SEGMENTS_BEFORE ? MAX_SEGMENTS_BEFORE : 1;
      } else if (sent === -EAGAIN) {
        if (taken > 0 || !this.#transmission.waitForRoom()) break;
      } else {
        onOutcome(taken, Math.min(segments, total - taken), this.#errorOf(sent));
        return;
      }
    }
    onOutcome(taken, 0, undefined);
  }

  #writeName(i: number, to: Endpoint): number {
    const { memory } = this.#messages;
    return writeAddress(this.#context.native, memory, this.#messages.nameAt(i), to, this.#family);
  }
}
