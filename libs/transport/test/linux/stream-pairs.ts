import { connect, createServer, type Socket } from 'node:net';
import type { LinuxContext } from '../../src/linux/linux-context';
import { LinuxStream } from '../../src/linux/linux-stream';
import type { Native } from '../../src/linux/system-calls';
import { PortableStream } from '../../src/portable/portable-streams';
import type { StreamSettings } from '../../src/settings';
import type { StreamSocket } from '../../src/sockets';
import { contextOn } from './altered-native';

/** Bytes that tell where in the stream they stand. */
export const patterned = (length: number, from = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => ((from + i) * 31) >> 3);

/** Connections of this host; all that is opened is closed after each test. Called in `describe`. */
export function streamPairs(native: Native) {
  const opened: { close(): void }[] = [];
  afterEach(() => {
    for (const each of opened.splice(0).reverse()) each.close();
  });

  /** Both ends of a connection as Node has them. */
  const connection = async (address = '127.0.0.1'): Promise<[client: Socket, server: Socket]> => {
    const server = createServer();
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    const client = connect((server.address() as { port: number }).port, address);
    const ends: [Socket, Socket] = [client, await accepted];
    await new Promise<void>((resolve) => (client.connecting ? client.once('connect', resolve) : resolve()));
    for (const socket of ends) {
      socket.on('error', () => {});
      opened.push({ close: () => socket.destroy() });
    }
    opened.push({ close: () => server.close() });
    return ends;
  };
  const taken = (context: LinuxContext, socket: Socket, settings?: StreamSettings): LinuxStream => {
    const fd = new PortableStream(socket, context.clock).descriptor() as number;
    const stream = new LinuxStream(context, context.native.calls.dup(fd), settings);
    opened.push({ close: () => stream.destroy() });
    return stream;
  };
  /** Both ends, of which the client's makes its calls to `clientNative`. */
  const pair = async (clientNative: Native = native, address?: string) => {
    const here = contextOn(clientNative);
    const there = contextOn(native);
    const [client, server] = await connection(address);
    return { here, there, client: taken(here, client), server: taken(there, server), sockets: { client, server } };
  };
  const gathered = (stream: StreamSocket): { bytes(): Buffer; length: number } => {
    const chunks: Buffer[] = [];
    const got = { length: 0, bytes: () => Buffer.concat(chunks) };
    stream.onData((chunk) => {
      chunks.push(Buffer.from(chunk));
      got.length += chunk.length;
    });
    return got;
  };
  return { connection, taken, pair, gathered, opened };
}
