import type { LinuxDatagrams } from '../../src/linux/linux-datagrams';
import type { Native } from '../../src/linux/system-calls';
import type { DatagramBatch } from '../../src/sockets';
import { contextOn, openedSockets, type TurnedContext } from './altered-native';

/** More than are answered one by one. */
export const MANY = 40;
const IN_PLACE = 0x80;
export const LENGTH = 12;

/** Datagrams of one client, each with who sent it and its number. */
export const asked = (client: number, number: number): Uint8Array => {
  const bytes = new Uint8Array(LENGTH).fill(client);
  bytes[1] = number;
  return bytes;
};
/** Turns what was asked into its reply, where it lies. */
export const reflect = (batch: DatagramBatch): void => {
  for (let i = 0; i < batch.count; i++) {
    const payload = batch.payload(i);
    payload[2] = IN_PLACE;
    batch.reply(i, payload);
  }
};
export const replyTo = (client: number, number: number): Uint8Array => {
  const bytes = asked(client, number);
  bytes[2] = IN_PLACE;
  return bytes;
};
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Servers of one thread, and clients in another. Called in `describe`. */
export function oneThread(native: Native) {
  const { bound, connected } = openedSockets();

  const gathered = (socket: LinuxDatagrams): Uint8Array[] => {
    const all: Uint8Array[] = [];
    socket.onBatch((batch) => {
      for (let i = 0; i < batch.count; i++) all.push(batch.payload(i).slice());
    });
    return all;
  };
  /** Servers of one thread, and a client of each in another. */
  const pairs = (count: number, servers: TurnedContext = contextOn(native)) => {
    const clients = contextOn(native);
    return {
      servers,
      clients,
      each: upTo(count).map((number) => {
        const server = bound(servers);
        // Not connected: what comes from a wrong socket comes, too.
        const client = bound(clients);
        const ask = (from: number, to: number): void => {
          for (let i = from; i < to; i++) client.send(asked(number, i), server.local);
        };
        return { number, server, client, ask, heard: gathered(client) };
      }),
    };
  };
  return { bound, connected, gathered, pairs };
}
