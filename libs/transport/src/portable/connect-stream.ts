import { connect, isIPv6, Socket } from 'node:net';
import { type Endpoint, endpointText } from '../address';
import type { Clock } from '../clock';
import { sendError, TransportError } from '../errors';
import type { ConnectOptions } from '../sockets';
import { type ConnectionCalls, PortableStream } from './portable-streams';

/** Connects to one address. What settings ask for has to be had by `calls`, where there are any. */
export function connectPortableStream(
  peer: Endpoint,
  options: ConnectOptions,
  clock: Clock,
  calls?: ConnectionCalls,
): Promise<PortableStream> {
  const doing = `cannot connect to ${endpointText(peer)}`;
  return new Promise((resolve, reject) => {
    const socket = connecting(peer, options, calls);
    const giveUp = (code: string, why: string): void => {
      settle();
      socket.destroy();
      reject(new TransportError(code, `${doing}: ${why}`));
    };
    const onAbort = (): void => giveUp('ECANCELED', 'given up');
    const timeout = setTimeout(
      () => giveUp('ETIMEDOUT', `no answer within ${options.timeoutMs / 1000} s`),
      options.timeoutMs,
    );
    const settle = (): void => {
      clearTimeout(timeout);
      options.signal?.removeEventListener('abort', onAbort);
    };
    options.signal?.addEventListener('abort', onAbort);
    socket.once('error', (error) => {
      settle();
      reject(sendError(doing, error));
    });
    socket.once('connect', () => {
      settle();
      const stream = new PortableStream(socket, clock, calls);
      stream.apply(options.settings ?? {});
      resolve(stream);
    });
  });
}

function connecting(peer: Endpoint, { bind, settings }: ConnectOptions, calls: ConnectionCalls | undefined): Socket {
  const to = { host: peer.address, port: peer.port, ...(bind === undefined ? {} : { localAddress: bind }) };
  if (settings === undefined || calls === undefined) return connect(to);
  // Node connects by the descriptor that it is given, where it would else open one by itself.
  return new Socket({ fd: calls.open(isIPv6(peer.address) ? 6 : 4, settings) }).connect(to);
}
