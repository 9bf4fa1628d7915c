import type { Endpoint } from '../address';
import { IcmpError } from '../icmp';
import type { BoundAddress, BoundSocket } from '../role';
import type {
  DatagramBatch,
  DatagramOptions,
  EarlierHandler,
  Offload,
  RefusalHandler,
  SendOutcome,
  SendStampHandler,
  TimestampSource,
} from '../sockets';
import { askForFeatures, type DatagramFeatures } from './datagram-features';
import { ErrorQueue } from './error-queue';
import { IncomingDatagrams } from './incoming-datagrams';
import type { LinuxContext } from './linux-context';
import { OutgoingDatagrams } from './outgoing-datagrams';
import { Replies } from './replies';
import type { OwnedSource } from './source';
import { errorName, systemError } from './system-calls';
import type { UdpDescriptor } from './udp-descriptor';

/** A UDP socket that this process works by system calls of its own. It composes what comes in, what leaves, and the error queue. */
export class LinuxDatagrams implements BoundSocket, OwnedSource {
  readonly local: Endpoint;
  readonly #context: LinuxContext;
  readonly #udp: UdpDescriptor;
  readonly #features: DatagramFeatures;
  readonly #errors: ErrorQueue | undefined;
  readonly #outgoing: OutgoingDatagrams;
  readonly #incoming: IncomingDatagrams;
  #onError: EarlierHandler | undefined;
  #onRefused: RefusalHandler | undefined;
  #onStamp: SendStampHandler = () => {};

  /** `udp` is bound, and connected where `isConnected`; from now on it is closed here. */
  constructor(context: LinuxContext, udp: UdpDescriptor, options: DatagramOptions, isConnected: boolean) {
    const features = askForFeatures(udp, options, context.stamps, isConnected);
    const onFailure = (result: number): void => this.#onFailure(result);
    this.#context = context;
    this.#udp = udp;
    this.#features = features;
    this.local = udp.local();
    this.#errors = features.moments.length > 0 || features.reportsErrors ? this.#openErrorQueue() : undefined;
    const kind = { isConnected, coalesces: options.coalesce ?? false };
    this.#outgoing = new OutgoingDatagrams(context, udp, features, this.#errors, kind, {
      onFailure,
      onRefused: (payload, error) => {
        if (!udp.isClosed) this.#onRefused?.(payload, error);
      },
    });
    const replies = new Replies(context, this.#outgoing);
    this.#incoming = new IncomingDatagrams(context, this, udp, features, this.#errors, replies, onFailure);
    context.poller.add(this);
  }

  get fd(): number {
    return this.#udp.fd;
  }

  /** Another thread may open a socket beside it by its descriptor. */
  get bound(): BoundAddress {
    return { id: this.fd, local: this.local };
  }

  get wantsWrite(): boolean {
    return false;
  }

  get isRare(): boolean {
    return false;
  }

  get backlog(): number {
    return 0;
  }

  get sendTimestamps(): TimestampSource {
    return this.#features.moments.length > 0 ? 'kernel' : 'user';
  }

  get receiveTimestamps(): TimestampSource {
    return this.#features.stampsArrivals ? 'kernel' : 'user';
  }

  get receiveBufferBytes(): number | undefined {
    return this.#features.receiveBufferBytes;
  }

  get sendBufferBytes(): number | undefined {
    return this.#features.sendBufferBytes;
  }

  get offloads(): readonly Offload[] {
    const { joins } = this.#features;
    return [...(this.#outgoing.hasCut ? (['udp-gso'] as const) : []), ...(joins ? (['udp-gro'] as const) : [])];
  }

  dropped(): number | undefined {
    return this.#incoming.dropped();
  }

  pathMtuBytes(): number | undefined {
    return this.#udp.isClosed ? undefined : this.#udp.pathMtuBytes();
  }

  onBatch(handler: (batch: DatagramBatch) => void): void {
    this.#incoming.onBatch(handler);
  }

  onError(handler: EarlierHandler): void {
    this.#onError = handler;
  }

  onRefused(handler: RefusalHandler): void {
    this.#onRefused = handler;
  }

  onStamp(handler: SendStampHandler): void {
    this.#onStamp = handler;
  }

  send(payload: Uint8Array, to?: Endpoint): void {
    if (!this.#udp.isClosed) this.#outgoing.send(payload, to);
  }

  sendMany(bytes: Uint8Array, length: number, to: Endpoint | undefined, onOutcome: SendOutcome): void {
    if (this.#udp.isClosed) onOutcome(0, 0, undefined);
    else this.#outgoing.sendMany(bytes, length, to, onOutcome);
  }

  close(): void {
    if (this.#udp.isClosed) return;
    this.#context.poller.remove(this);
    this.#udp.close();
  }

  onReady(hasFailed: boolean): void {
    this.#incoming.read(hasFailed);
  }

  /** Throws away what has come already. */
  forgetWaiting(): void {
    this.#incoming.forgetWaiting();
  }

  #openErrorQueue(): ErrorQueue {
    return new ErrorQueue(this.#context, this.#udp, this.#features.moments, {
      onStamp: (looped, moment, at) => this.#onStamp(looped, moment, at),
      onEarlier: (result, icmp, quoted) => this.#onError?.(new IcmpError(errorName(result), icmp), quoted),
      onRefused: (payload, result) => this.#outgoing.onRefused(payload, result),
    });
  }

  /** A failure was waiting at the socket. Where there is an error queue, that says what it was about. */
  #onFailure(result: number): void {
    if (this.#errors?.read() || this.#udp.isClosed) return;
    this.#onError?.(systemError('recvmmsg', result), undefined);
  }
}
