import type { Endpoint } from '../src/address';
import { codeOf, TransportError } from '../src/errors';
import type { DatagramBatch, DatagramSocket, Listener, StreamSocket, Transport } from '../src/index';

export const TIMEOUT_MS = 5_000;
export const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;
export const FAMILIES = [4, 6] as const;
/** From the loopback address no way leads there, whatever routes a host has. */
export const NOWHERE: Endpoint = { address: '198.51.100.1', port: 9 };

/** The transport under test, and its sockets, which are closed after each test. */
export type ContractSockets = ReturnType<typeof contractSockets>;

export function contractSockets(transport: Transport) {
  const opened: { close(): void }[] = [];

  const bound = async (address?: string, port = 0): Promise<DatagramSocket> => {
    const socket = await transport.bindDatagrams({ bind: { address, port } });
    opened.push(socket);
    return socket;
  };
  const connected = async (peer: Endpoint): Promise<DatagramSocket> => {
    const socket = await transport.connectDatagrams(peer, {});
    opened.push(socket);
    return socket;
  };
  const listening = async (
    onConnection: (stream: StreamSocket) => void,
    address?: string,
    port = 0,
  ): Promise<Listener> => {
    const listener = await transport.listen({ address, port }, (stream) => {
      opened.push({ close: () => stream.destroy() });
      onConnection(stream);
    });
    opened.push(listener);
    return listener;
  };
  const connectTo = async (peer: Endpoint): Promise<StreamSocket> => {
    const stream = await transport.connectStream(peer, { timeoutMs: TIMEOUT_MS });
    opened.push({ close: () => stream.destroy() });
    return stream;
  };
  /** Both ends of a connection. */
  const streamPair = async (address: string = LOOPBACK[4]): Promise<[client: StreamSocket, server: StreamSocket]> => {
    const accepted = promised<StreamSocket>();
    const { local } = await listening(accepted.resolve, address);
    return [await connectTo(local), await accepted.promise];
  };

  afterEach(() => {
    for (const each of opened.splice(0)) each.close();
  });

  return { transport, opened, bound, connected, listening, connectTo, streamPair };
}

interface Taken {
  readonly payload: Uint8Array;
  readonly arrival: number;
  readonly source: Endpoint;
}

/** The next `count` datagrams of a socket. */
export function taken(socket: DatagramSocket, count: number): Promise<Taken[]> {
  const all: Taken[] = [];
  return new Promise((resolve) => {
    socket.onBatch((batch: DatagramBatch) => {
      for (let i = 0; i < batch.count; i++) {
        all.push({ payload: new Uint8Array(batch.payload(i)), arrival: batch.arrival(i), source: batch.source(i) });
      }
      if (all.length >= count) resolve(all);
    });
  });
}

/** The next `length` bytes of a stream. */
export function allOf(stream: StreamSocket, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  return new Promise((resolve) => {
    stream.onData((chunk) => {
      chunks.push(Buffer.from(chunk));
      total += chunk.length;
      if (total >= length) resolve(Buffer.concat(chunks));
    });
  });
}

/** A `TransportError` with one of these codes, which tells the place in one line. */
export async function expectFailure(attempt: Promise<unknown>, codes: readonly string[], place = ''): Promise<void> {
  const error: unknown = await attempt.then(
    () => 'it succeeded',
    (failure) => failure,
  );
  expect(error).toBeInstanceOf(TransportError);
  const { code, message } = error as TransportError;
  expect(codes).toContain(code);
  expect(message).toContain(place);
  expect(message).toMatch(
    /^cannot [^\n]+: [^\n]+$|^[^\n]+ is not an IPv[46] address$|^[^\n]+ no interface [^\n]+$|^[^\n]+ needs the interface [^\n]+$/,
  );
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

export function promised<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let settle: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: settle };
}

/** What a socket is told not to have sent. */
export function refusals(socket: DatagramSocket): { readonly payload: number[]; readonly code: string | undefined }[] {
  const all: { readonly payload: number[]; readonly code: string | undefined }[] = [];
  socket.onRefused((payload, error) => all.push({ payload: [...payload], code: codeOf(error) }));
  return all;
}

/** What became of datagrams that were handed over together. */
export const sentMany = (
  socket: DatagramSocket,
  bytes: Uint8Array,
  length: number,
  to?: Endpoint,
): Promise<{ readonly sent: number; readonly refused: number; readonly code: string | undefined }> =>
  new Promise((resolve) =>
    socket.sendMany(bytes, length, to, (sent, refused, error) => resolve({ sent, refused, code: codeOf(error) })),
  );
