import type { Endpoint } from '../address';
import { TooLargeError } from '../icmp';
import type { SendOutcome } from '../sockets';
import { EMSGSIZE } from './abi';
import { BulkSend } from './bulk-send';
import type { DatagramFeatures } from './datagram-features';
import type { ErrorQueue } from './error-queue';
import type { LinuxContext } from './linux-context';
import type { ReplyOutlet } from './replies';
import { MAX_PAYLOAD_BYTES } from './segmentation';
import type { SendMemory } from './shared-memory';
import { writeAddress } from './socket-address';
import { systemError } from './system-calls';
import { Transmission } from './transmission';
import type { UdpDescriptor } from './udp-descriptor';

/** What becomes of datagrams that are sent. */
interface OutgoingHandlers {
  /** A send failed because of an earlier datagram. */
  onFailure(result: number): void;
  onRefused(payload: Uint8Array, error: Error): void;
}

/** What leaves a UDP socket: datagrams one by one and in bulk. Their memory is lent by the thread while they are sent. */
export class OutgoingDatagrams implements ReplyOutlet {
  readonly udp: UdpDescriptor;
  readonly transmission: Transmission;
  readonly errors: ErrorQueue | undefined;
  readonly isConnected: boolean;
  readonly canCut: boolean;
  readonly #context: LinuxContext;
  readonly #bulk: BulkSend;
  readonly #handlers: OutgoingHandlers;

  /** `coalesces`: whether what is sent in bulk is to be cut by the system. */
  constructor(
    context: LinuxContext,
    udp: UdpDescriptor,
    features: DatagramFeatures,
    errors: ErrorQueue | undefined,
    kind: { readonly isConnected: boolean; readonly coalesces: boolean },
    handlers: OutgoingHandlers,
  ) {
    this.#context = context;
    this.udp = udp;
    this.errors = errors;
    this.isConnected = kind.isConnected;
    this.canCut = features.cuts;
    this.#handlers = handlers;
    this.transmission = new Transmission(
      context.native,
      udp,
      () => errors?.read() ?? false,
      (result) => handlers.onFailure(result),
    );
    this.#bulk = new BulkSend(context, udp.family, this.transmission, kind.coalesces && features.cuts, (result) =>
      this.#errorOf(result),
    );
  }

  /** Whether the system has cut what was sent in bulk. */
  get hasCut(): boolean {
    return this.#bulk.cuts;
  }

  send(payload: Uint8Array, to: Endpoint | undefined): void {
    if (payload.length > MAX_PAYLOAD_BYTES) {
      this.onRefused(payload, -EMSGSIZE);
      return;
    }
    const { sends } = this.#context.memory;
    const memory = sends.take();
    try {
      this.#sendWith(memory, payload, to);
    } finally {
      sends.giveBack(memory);
    }
    this.#context.poller.noteActivity();
  }

  sendMany(bytes: Uint8Array, length: number, to: Endpoint | undefined, onOutcome: SendOutcome): void {
    this.#bulk.send(bytes, length, to, onOutcome);
  }

  onRefused(payload: Uint8Array, result: number): void {
    this.#handlers.onRefused(payload, this.#errorOf(result));
  }

  #sendWith({ messages, payload: room }: SendMemory, payload: Uint8Array, to: Endpoint | undefined): void {
    room.bytes.set(payload);
    messages.setPayload(0, room.address, payload.length);
    messages.setName(0, to === undefined ? 0 : this.#writeName(messages.memory, messages.nameAt(0), to));
    messages.clearControl(0);
    this.errors?.askForStamps(messages, 1);
    this.transmission.send(messages, 1, (result) => this.onRefused(payload, result));
  }

  #writeName(memory: SendMemory['payload'], at: number, to: Endpoint): number {
    return writeAddress(this.#context.native, memory, at, to, this.udp.family);
  }

  /** Why a send was refused. What would have fitted stands in the error queue. */
  #errorOf(result: number): Error {
    if (result !== -EMSGSIZE) return systemError('sendmmsg', result);
    this.errors?.read();
    const fitting = this.errors?.fittingBytes;
    return fitting === undefined ? systemError('sendmmsg', result) : new TooLargeError(fitting);
  }
}
