import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Program, start } from './program';
import { afterTest } from './test-time';

export interface Server {
  readonly program: Program;
  readonly port: number;
}

/** Starts a server on a port of the system's choice. */
export async function serve(runner: 'tcp-server' | 'udp-server', ...args: string[]): Promise<Server> {
  const program = start(runner, '0', ...args);
  const [, port] = await program
    .printed(/listening on .* port (\d+)|"port":(\d+)/)
    .then(([all, text, json]) => [all, text ?? json]);
  return { program, port: Number(port) };
}

/** A UDP socket on a port of the system's choice. */
export async function datagramSocket(
  onMessage: (message: Buffer, source: RemoteInfo) => void = () => {},
  address = '127.0.0.1',
): Promise<DatagramSocket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4', onMessage);
  socket.bind(0, address);
  await once(socket, 'listening');
  afterTest(() => socket.close());
  return socket;
}

/** A TCP server on 127.0.0.1 that does with a connection what `onConnection` says. Resolves with its port. */
export async function scriptedServer(onConnection: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** A port on which nobody listens, TCP or UDP. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
