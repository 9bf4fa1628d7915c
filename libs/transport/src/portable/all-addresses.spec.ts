import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Endpoint } from '../address';
import type { TransportError } from '../errors';
import * as names from '../names';
import type { DatagramBatch } from '../sockets';
import { AllAddresses } from './all-addresses';
import { PortableClock } from './portable-clock';
import { Reading } from './reading';

const SECOND_MS = 1_000;

/** What this host's addresses are said to be. All of 127.0.0.0/8 can be bound on Linux. */
let addresses: string[] = [];
jest.mock('../names', () => ({ ...jest.requireActual<typeof names>('../names'), ownAddresses: jest.fn() }));
const opened: { close(): void }[] = [];

beforeEach(() => {
  (names.ownAddresses as jest.Mock).mockImplementation(() => addresses.map((address) => ({ key: address, address })));
  // Real time for all but the looking.
  jest.useFakeTimers({
    doNotFake: ['setTimeout', 'setImmediate', 'nextTick', 'performance', 'Date', 'hrtime', 'queueMicrotask'],
  });
});
afterEach(() => {
  jest.useRealTimers();
  for (const each of opened.splice(0)) each.close();
});

/** A server that answers everything, and says at which address it was asked. */
async function serving(address = '::', port = 0): Promise<AllAddresses> {
  const server = await AllAddresses.bind({ address, port }, new PortableClock(), new Reading());
  opened.push(server);
  server.onBatch((batch: DatagramBatch) => {
    for (let i = 0; i < batch.count; i++) batch.reply(i, Buffer.from(batch.destination(i) ?? ''));
  });
  return server;
}

const socketAt = async (address: string, port = 0): Promise<Socket> => {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  let isClosed = false;
  socket.once('close', () => {
    isClosed = true;
  });
  opened.push({ close: () => void (isClosed || socket.close()) });
  socket.bind(port, address);
  await once(socket, 'listening');
  return socket;
};

/** What answers at `to`, and from where; undefined when nothing does. */
async function asked(to: Endpoint): Promise<[text: string, from: string] | undefined> {
  const socket = await socketAt(to.address.includes(':') ? '::1' : '127.0.0.1');
  const answer = new Promise<[string, string] | undefined>((resolve) => {
    setTimeout(resolve, 200, undefined);
    socket.once('message', (message, { address }) => resolve([message.toString(), address]));
  });
  socket.send('?', to.port, to.address);
  return answer;
}

const pass = async (seconds: number): Promise<void> => {
  for (let second = 0; second < seconds; second++) {
    jest.advanceTimersByTime(SECOND_MS);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const inUse = expect.objectContaining({ code: 'EADDRINUSE' });

it('answers from each address, and is known as all of them', async () => {
  addresses = ['127.0.0.1', '127.0.0.2', '::1'];
  const server = await serving();
  const { port } = server.local;
  expect(server.local).toStrictEqual({ address: '::', port });
  for (const address of addresses) expect(await asked({ address, port })).toStrictEqual([address, address]);
  expect(await asked({ address: '127.0.0.3', port })).toBeUndefined();
  if (process.platform === 'linux') expect(server.dropped()).toBe(0);
});

it('0.0.0.0 is all of IPv4, and all there is where there is nothing else', async () => {
  addresses = ['::1', '127.0.0.1'];
  const server = await serving('0.0.0.0');
  const { port } = server.local;
  expect(server.local.address).toBe('0.0.0.0');
  expect(await asked({ address: '127.0.0.1', port })).toStrictEqual(['127.0.0.1', '127.0.0.1']);
  expect(await asked({ address: '::1', port })).toBeUndefined();
  addresses = ['127.0.0.1'];
  expect((await serving()).local.address).toBe('0.0.0.0');
});

it('an address that is new is answered from after a second, one that is gone for long is let go', async () => {
  addresses = ['127.0.0.1', '127.0.0.2'];
  const server = await serving();
  const { port } = server.local;
  addresses = ['127.0.0.1', '127.0.0.3'];
  await pass(1);
  expect(await asked({ address: '127.0.0.3', port })).toStrictEqual(['127.0.0.3', '127.0.0.3']);
  // It may come back at once, and streams of load go over it.
  await pass(2);
  expect(await asked({ address: '127.0.0.2', port })).toStrictEqual(['127.0.0.2', '127.0.0.2']);
  addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  await pass(1);
  addresses = ['127.0.0.1', '127.0.0.3'];
  await pass(3);
  await expect(socketAt('127.0.0.2', port)).rejects.toEqual(inUse);
  await pass(1);
  await socketAt('127.0.0.2', port);
  if (process.platform === 'linux') expect(server.dropped()).toBe(0);
});

it('an address where another program has the port, or that cannot be used yet, is tried again', async () => {
  addresses = ['127.0.0.1'];
  const { port } = (await serving()).local;
  const other = await socketAt('127.0.0.2', port);
  addresses = ['127.0.0.1', '127.0.0.2', '198.51.100.1', '127.0.0.3'];
  await pass(2);
  expect(await asked({ address: '127.0.0.3', port })).toStrictEqual(['127.0.0.3', '127.0.0.3']);
  other.close();
  await once(other, 'close');
  await pass(1);
  expect(await asked({ address: '127.0.0.2', port })).toStrictEqual(['127.0.0.2', '127.0.0.2']);
});

it('keeps what it has while the system does not tell the addresses, and goes on when it does', async () => {
  addresses = ['127.0.0.1'];
  const { port } = (await serving()).local;
  const told = (names.ownAddresses as jest.Mock).getMockImplementation();
  (names.ownAddresses as jest.Mock).mockImplementation(() => {
    throw new Error('too many open files');
  });
  await pass(6);
  expect(await asked({ address: '127.0.0.1', port })).toStrictEqual(['127.0.0.1', '127.0.0.1']);
  (names.ownAddresses as jest.Mock).mockImplementation(told);
  addresses = ['127.0.0.1', '127.0.0.2'];
  await pass(1);
  expect(await asked({ address: '127.0.0.2', port })).toStrictEqual(['127.0.0.2', '127.0.0.2']);
});

it('an address that cannot be used yet does not keep the others from being served', async () => {
  addresses = ['198.51.100.1', 'fe80::1%no-such', '127.0.0.1'];
  const { port } = (await serving()).local;
  expect(await asked({ address: '127.0.0.1', port })).toStrictEqual(['127.0.0.1', '127.0.0.1']);
});

it('a port that another program has at one of the addresses is in use; of ports to pick another is picked', async () => {
  const other = await socketAt('127.0.0.2');
  const { port } = other.address();
  addresses = ['127.0.0.1', '127.0.0.2'];
  await expect(serving('::', port)).rejects.toEqual(inUse);
  // Nothing is left of it.
  addresses = ['127.0.0.1'];
  const first = await serving('::', port);
  first.close();

  // The address that decides the port has another each time; the other one has the port of the first try only.
  let tries = 0;
  (names.ownAddresses as jest.Mock).mockImplementation(() => {
    tries++;
    return (tries < 3 ? ['127.0.0.1', '127.0.0.1'] : ['127.0.0.1']).map((address, i) => ({ key: String(i), address }));
  });
  await serving();
  expect(tries).toBe(3);
});

it('a host without addresses, or with more than there may be sockets, is told in one line', async () => {
  addresses = [];
  await expect(serving()).rejects.toMatchObject({
    code: 'EADDRNOTAVAIL',
    message: expect.stringMatching(/^cannot .* no address$/),
  });
  addresses = Array.from({ length: 257 }, (_, i) => `127.1.${i >> 8}.${i & 255}`);
  await expect(serving('::', 862)).rejects.toMatchObject({
    code: 'too-many-addresses',
    message: 'cannot listen on UDP port 862: this host has 257 addresses, more than 256',
  });
});

it('does not follow addresses any more once it is closed', async () => {
  addresses = ['127.0.0.1'];
  const server = await serving();
  const { port } = server.local;
  addresses = ['127.0.0.1', '127.0.0.2'];
  // In the midst of opening another one.
  jest.advanceTimersByTime(SECOND_MS);
  server.close();
  await pass(2);
  for (const address of addresses) await socketAt(address, port);
  expect(server.dropped()).toBeUndefined();
});

it('sends from an address of the family of the peer, and says that there is none', async () => {
  addresses = ['127.0.0.1', '127.0.0.2'];
  const server = await serving();
  const peer = await socketAt('127.0.0.1');
  const heard = once(peer, 'message');
  const told: [number, string][] = [];
  server.onRefused((payload, error) => told.push([payload[0] as number, (error as TransportError).code]));
  server.send(Uint8Array.of(1), { address: '::1', port: 9 });
  server.sendMany(Uint8Array.of(3), 1, { address: '::1', port: 9 }, (sent, refused) =>
    told.push([sent, String(refused)]),
  );
  server.send(Uint8Array.of(2), { address: '127.0.0.1', port: peer.address().port });
  expect([...((await heard) as [Buffer])[0]]).toStrictEqual([2]);
  expect(told).toStrictEqual([
    [1, 'EADDRNOTAVAIL'],
    [0, '1'],
  ]);
});
