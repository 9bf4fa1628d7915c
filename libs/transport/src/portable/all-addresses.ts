import { isIPv4 } from 'node:net';
import type { Endpoint } from '../address';
import type { Clock } from '../clock';
import { codeOf, TransportError } from '../errors';
import { isSameAddress, type OwnAddress, ownAddresses } from '../names';
import type { BoundAddress } from '../role';
import type { DatagramBatch, DatagramSocket, EarlierHandler, RefusalHandler, SendOutcome } from '../sockets';
import { nextSocketId, type PortableBound } from './bound-sockets';
import { PortableDatagrams } from './portable-datagrams';
import type { Reading } from './reading';

/** How soon an address that is new is answered from. Asking the system takes 0.2 ms where there are four interfaces. */
const POLL_MS = 1_000;
/** An interface may be away for a moment: so often in a row an address is missed before its socket is closed. */
const MAX_MISSES = 3;
/** Each takes a descriptor, of which there are 1024 as a rule. */
const MAX_ADDRESSES = 256;
/** A port that the system picks for one address may be taken at another. */
const MAX_PICKS = 10;

interface Open {
  readonly socket: PortableDatagrams;
  misses: number;
}

/**
 * A UDP socket for all comers. Node does not tell to which address a datagram came, and a socket that is bound to all of
 * them answers from the one that the system prefers. So this is one socket for each address of this host, and none for
 * all. It follows the addresses that come and go. Many fields: what any socket shows of itself, its handlers, and the sockets behind it.
 */
export class AllAddresses implements PortableBound {
  readonly sendTimestamps = 'user';
  readonly receiveTimestamps = 'user';
  readonly offloads = [];
  readonly #id = nextSocketId();
  readonly #family: 4 | undefined;
  readonly #clock: Clock;
  readonly #reading: Reading;
  readonly #open = new Map<string, Open>();
  #port: number;
  #poll: NodeJS.Timeout | undefined;
  #isFollowing = false;
  #closed = false;
  /** What was dropped at sockets that are closed; undefined once one did not tell. */
  #droppedBefore: number | undefined = 0;
  #onBatch: (batch: DatagramBatch) => void = () => {};
  #onError: EarlierHandler = () => {};
  #onRefused: RefusalHandler = () => {};

  private constructor(family: 4 | undefined, port: number, clock: Clock, reading: Reading) {
    this.#family = family;
    this.#port = port;
    this.#clock = clock;
    this.#reading = reading;
  }

  /** Listens on all addresses, or all of IPv4 where the address is 0.0.0.0. Rejects when one of them cannot be had. */
  static async bind({ address, port }: Endpoint, clock: Clock, reading: Reading): Promise<AllAddresses> {
    for (let picks = 1; ; picks++) {
      const all = new AllAddresses(address === '0.0.0.0' ? 4 : undefined, port, clock, reading);
      try {
        await all.#begin();
        return all;
      } catch (error) {
        all.close();
        if (port !== 0 || codeOf(error) !== 'EADDRINUSE' || picks === MAX_PICKS) throw error;
      }
    }
  }

  get local(): Endpoint {
    const hasSix = this.#sockets.some((socket) => !isIPv4(socket.local.address));
    return { address: this.#family === undefined && hasSix ? '::' : '0.0.0.0', port: this.#port };
  }

  get bound(): BoundAddress {
    return { id: this.#id, local: this.local };
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get receiveBufferBytes(): number | undefined {
    return this.#sockets[0]?.receiveBufferBytes;
  }

  get sendBufferBytes(): number | undefined {
    return this.#sockets[0]?.sendBufferBytes;
  }

  get backlog(): number {
    return this.#sockets.reduce((sum, { backlog }) => sum + backlog, 0);
  }

  dropped(): number | undefined {
    if (this.#closed) return undefined;
    return this.#sockets.map((socket) => socket.dropped()).reduce(sumOf, this.#droppedBefore);
  }

  /** Each path has its own. */
  pathMtuBytes(): undefined {}

  onBatch(handler: (batch: DatagramBatch) => void): void {
    this.#onBatch = handler;
  }

  onError(handler: EarlierHandler): void {
    this.#onError = handler;
  }

  onRefused(handler: RefusalHandler): void {
    this.#onRefused = handler;
  }

  onStamp(): void {}

  /** From some address of the family of `to`: what answers a datagram is sent by its batch, or the socket of that. */
  send(payload: Uint8Array, to?: Endpoint): void {
    const socket = this.#towards(to);
    if (socket !== undefined) socket.send(payload, to);
    else if (!this.#closed) this.#onRefused(payload, noAddress(to));
  }

  sendMany(bytes: Uint8Array, length: number, to: Endpoint | undefined, onOutcome: SendOutcome): void {
    const socket = this.#towards(to);
    if (socket !== undefined) socket.sendMany(bytes, length, to, onOutcome);
    else onOutcome(0, this.#closed ? 0 : 1, noAddress(to));
  }

  beside(address: string, peer: Endpoint): DatagramSocket {
    const own = this.#sockets.find(({ local }) => isSameAddress(local.address, address)) ?? this.#towards(peer);
    if (own === undefined) throw noAddress(peer);
    return own.beside(address, peer);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#poll);
    for (const socket of this.#sockets) socket.close();
    this.#open.clear();
  }

  get #sockets(): readonly PortableDatagrams[] {
    return [...this.#open.values()].map(({ socket }) => socket);
  }

  async #begin(): Promise<void> {
    const all = this.#wanted();
    if (all.length > MAX_ADDRESSES) {
      throw new TransportError(
        'too-many-addresses',
        `cannot listen on UDP port ${this.#port}: this host has ${all.length} addresses, more than ${MAX_ADDRESSES}`,
      );
    }
    // The first decides the port, where the system is to pick it.
    for (const each of all) await this.#listen(each, isVital);
    if (this.#open.size === 0) {
      throw new TransportError('EADDRNOTAVAIL', `cannot listen on UDP port ${this.#port}: this host has no address`);
    }
    this.#poll = setInterval(() => void this.#follow(), POLL_MS);
    // What listens keeps the program going.
    this.#poll.unref();
  }

  #wanted(): readonly OwnAddress[] {
    return ownAddresses().filter(({ address }) => this.#family === undefined || isIPv4(address));
  }

  async #follow(): Promise<void> {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    try {
      await this.#adapt(this.#wanted());
    } catch {
      // The system does not tell now; it is asked again.
    }
    this.#isFollowing = false;
  }

  async #adapt(wanted: readonly OwnAddress[]): Promise<void> {
    this.#closeMissing(new Set(wanted.map(({ key }) => key)));
    for (const each of wanted) {
      if (!this.#closed && !this.#open.has(each.key) && this.#open.size < MAX_ADDRESSES) {
        // It may not be usable yet, or another program may have the port there: it is tried again.
        await this.#listen(each, () => false);
      }
    }
  }

  #closeMissing(wanted: ReadonlySet<string>): void {
    for (const [key, open] of this.#open) {
      open.misses = wanted.has(key) ? 0 : open.misses + 1;
      if (open.misses <= MAX_MISSES) continue;
      this.#droppedBefore = sumOf(this.#droppedBefore, open.socket.dropped());
      open.socket.close();
      this.#open.delete(key);
    }
  }

  /** Opens the socket of an address; whether a failure is told, `matters` decides. */
  async #listen({ key, address }: OwnAddress, matters: (error: unknown) => boolean): Promise<void> {
    try {
      const socket = await PortableDatagrams.bind({ address, port: this.#port }, this.#clock, this.#reading);
      if (this.#closed) {
        socket.close();
        return;
      }
      this.#port = socket.local.port;
      socket.onBatch((batch) => this.#onBatch(batch));
      socket.onError((error, quoted) => this.#onError(error, quoted));
      socket.onRefused((payload, error) => this.#onRefused(payload, error));
      this.#open.set(key, { socket, misses: 0 });
    } catch (error) {
      if (matters(error)) throw error;
    }
  }

  #towards(to: Endpoint | undefined): PortableDatagrams | undefined {
    const isFour = to !== undefined && isIPv4(to.address);
    const fitting = this.#sockets.filter((socket) => isIPv4(socket.local.address) === isFour);
    return fitting.find((socket) => socket.local.address === to?.address) ?? fitting.at(-1);
  }
}

/** An address that is being looked whether somebody else has it, or has just gone, is tried again later. */
const isVital = (error: unknown): boolean => !['EADDRNOTAVAIL', 'EINVAL', 'ENODEV'].includes(codeOf(error) ?? '');

const sumOf = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : one + other;

const noAddress = (to: Endpoint | undefined): TransportError =>
  new TransportError('EADDRNOTAVAIL', `this host has no address to send to ${to?.address ?? 'nobody'} from`);
