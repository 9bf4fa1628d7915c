import type { Endpoint } from '../../src/address';
import { codeOf } from '../../src/errors';
import type { LinuxDatagrams } from '../../src/linux/linux-datagrams';
import type { Native } from '../../src/linux/system-calls';
import type { DatagramBatch, DatagramOptions } from '../../src/sockets';
import { contextOn, openedSockets, type TurnedContext, turnFor } from './altered-native';

export const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;
export const FAMILIES = [4, 6] as const;
export const EPERM = 1;
export const ENOPROTOOPT = 92;
export const BUFFER_BYTES = 8 * 1024 * 1024;

/** One datagram as it came, whatever it was put together with. */
interface Arrived {
  readonly bytes: Uint8Array;
  readonly source: Endpoint;
  readonly stampedBy: string;
  readonly hopLimit: number | undefined;
  readonly trafficClass: number | undefined;
}

/** `count` datagrams of `length` bytes, each with its number in front. */
export function numbered(count: number, length: number): Uint8Array {
  const bytes = new Uint8Array(count * length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) view.setUint32(i * length, i);
  return bytes;
}
export const numberOf = ({ bytes }: { readonly bytes: Uint8Array }): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Everything that comes to a socket. */
export function gathered(socket: LinuxDatagrams): { all: Arrived[]; batches: number[]; segments: number[] } {
  const got = { all: [] as Arrived[], batches: [] as number[], segments: [] as number[] };
  socket.onBatch((batch: DatagramBatch) => {
    got.batches.push(batch.count);
    for (let i = 0; i < batch.count; i++) {
      const payload = batch.payload(i);
      const length = batch.segmentBytes(i);
      got.segments.push(length);
      for (let at = 0; at === 0 || at < payload.length; at += Math.max(1, length)) {
        got.all.push({
          bytes: payload.slice(at, at + length),
          source: batch.source(i),
          stampedBy: batch.arrivalSource(i),
          hopLimit: batch.hopLimit(i),
          trafficClass: batch.trafficClass(i),
        });
      }
    }
  });
  return got;
}

export function failuresOf(socket: LinuxDatagrams): string[] {
  const codes: string[] = [];
  socket.onError((error) => codes.push(codeOf(error) ?? ''));
  socket.onRefused((_, error) => codes.push(codeOf(error) ?? ''));
  return codes;
}

/** How many of them left. */
export function sendMany(
  socket: LinuxDatagrams,
  bytes: Uint8Array,
  length: number,
  to?: Endpoint,
  refusals: string[] = [],
): number {
  let sent = 0;
  socket.sendMany(bytes, length, to, (left, refused, error) => {
    sent = left;
    for (let i = 0; i < refused; i++) refusals.push(codeOf(error) ?? '');
  });
  return sent;
}

/** Sockets of two threads, one of which sends to the other. Called in `describe`. */
export function datagramScene(native: Native) {
  const { bound, connected, kept } = openedSockets();
  /** A server, and a client of it whose system is `clientNative`. */
  const pair = (clientNative: Native = native, options: DatagramOptions = {}, serverOptions: DatagramOptions = {}) => {
    const there = contextOn(native);
    const here = contextOn(clientNative);
    const server = bound(there, { bind: { address: LOOPBACK[4] }, ...serverOptions });
    const client = connected(here, server.local, options);
    return { there, here, server, client, heard: gathered(server), told: failuresOf(client) };
  };
  /** Sends all, as often as it takes. */
  const sendAll = (client: LinuxDatagrams, bytes: Uint8Array, length: number, ...turned: TurnedContext[]): void => {
    let sent = 0;
    for (let tries = 0; sent < bytes.length / length; tries++) {
      if (tries > 1_000) throw new Error('it does not get rid of them');
      sent += sendMany(client, bytes.subarray(sent * length), length);
      turnFor(0.1, ...turned);
    }
  };
  return { bound, connected, kept, pair, sendAll };
}
