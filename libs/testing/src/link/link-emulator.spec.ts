import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { milliseconds } from '@pathgauge/units';
import { LinkEmulator } from './link-emulator';
import { openLinkSockets, type Stamp } from './link-sockets';

const isUserStamp = ({ by }: Stamp): boolean => by === 'user';

async function kernelStamps(): Promise<boolean> {
  const sockets = opened(openLinkSockets());
  const socket = opened(await sockets.bind({ bind: { address: '127.0.0.1' }, stamps: ['sent'] }));
  return socket.sendTimestamps === 'kernel' && socket.receiveTimestamps === 'kernel';
}

const closing: { close(): void }[] = [];
afterEach(() => {
  for (const each of closing.splice(0).reverse()) each.close();
});
const opened = <T extends { close(): void }>(each: T): T => {
  closing.push(each);
  return each;
};

async function echoServer(): Promise<Socket> {
  const socket = opened(createSocket('udp4'));
  socket.on('message', (bytes, { port, address }) => socket.send(bytes, port, address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

describe('LinkEmulator', () => {
  it('passes datagrams both ways, for each client apart, and tells what it did', async () => {
    const server = await echoServer();
    const drops = (packet: number): boolean => packet === 1;
    const link = opened(
      await LinkEmulator.start({ to: server.address().port, up: { delay: milliseconds(3) }, down: { drops }, seed: 1 }),
    );
    for (const [client, text] of [
      [opened(createSocket('udp4')), 'one'] as const,
      [opened(createSocket('udp4')), 'two'] as const,
    ]) {
      client.send(text, link.port, '127.0.0.1');
      if (text === 'one') expect(String((await once(client, 'message'))[0])).toBe('one');
    }
    while (link.passages.length < 4) await new Promise((resolve) => setImmediate(resolve));
    const told = link.passages.map(({ direction, head, bytes, left, came }) => ({
      direction,
      text: String.fromCharCode(...head),
      bytes,
      copies: left.length,
      early: left.some(({ at }) => at - came.at < (direction === 'up' ? 3e6 : 0)),
    }));
    expect(told).toStrictEqual([
      { direction: 'up', text: 'one', bytes: 3, copies: 1, early: false },
      { direction: 'down', text: 'one', bytes: 3, copies: 1, early: false },
      { direction: 'up', text: 'two', bytes: 3, copies: 1, early: false },
      { direction: 'down', text: 'two', bytes: 3, copies: 0, early: false },
    ]);
  });

  it('has its truth from the kernel, where that stamps', async () => {
    if (!(await kernelStamps())) {
      process.stderr.write('skipped: the kernel does not stamp datagrams for this process\n');
      return;
    }
    const server = await echoServer();
    const up = { delay: milliseconds(1), duplicate: 1 };
    const link = opened(await LinkEmulator.start({ to: server.address().port, up, seed: 3 }));
    const client = opened(createSocket('udp4'));
    for (const text of ['one', 'two']) client.send(text, link.port, '127.0.0.1');
    const unstamped = (): boolean => link.passages.some(({ left }) => left.length === 0 || left.some(isUserStamp));
    while (link.passages.length < 6 || unstamped()) await new Promise((resolve) => setTimeout(resolve, 1));
    for (const { came, left } of link.passages) {
      expect(came.by).toBe('kernel');
      const instants = [came, ...left].map(({ at }) => at);
      expect([...instants].sort((a, b) => a - b)).toEqual(instants);
    }
  });

  it('passes streams in order, whole, and ends them', async () => {
    const received: Buffer[] = [];
    const server = opened(
      createServer((socket) => {
        socket.on('data', (chunk) => received.push(chunk));
        socket.on('end', () => socket.end('done'));
      }),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const to = (server.address() as AddressInfo).port;
    const link = opened(await LinkEmulator.start({ to, up: { jitter: milliseconds(6) }, seed: 2 }));
    const client = connect(link.port, '127.0.0.1');
    const sent = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
    for (let from = 0; from < sent.length; from += 10_000) {
      client.write(sent.subarray(from, from + 10_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.end();
    const [answer] = await once(client, 'data');
    expect(String(answer)).toBe('done');
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    await once(client, 'close');
  });
});
