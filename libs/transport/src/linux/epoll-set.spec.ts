import { connect, createServer, type Socket } from 'node:net';
import { altered, contextOn, describeHere, openedSockets, turnFor, turnUntil } from '../../test/linux/altered-native';
import { PortableStream } from '../portable/portable-streams';
import { EPOLL_EVENT } from './abi';
import { LinuxStream } from './linux-stream';

/** Far more than `ppoll` looks at one by one. */
const MANY = 300;
const EMFILE = 24;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

it('an event is as long as the system takes it for', () => {
  // <linux/eventpoll.h>: __EPOLL_PACKED on x86-64 alone; elsewhere its 64-bit data are aligned.
  expect(EPOLL_EVENT).toStrictEqual(process.arch === 'x64' ? { bytes: 12, data: 4 } : { bytes: 16, data: 8 });
});

describeHere('many descriptors in one thread', (native) => {
  const { bound, connected, kept } = openedSockets();

  it.each([0, 50_000])('are each served, in turns that see some of them (spin %d ns)', (spinNs) => {
    const context = contextOn(native, undefined, spinNs);
    const clients = contextOn(native);
    const heard: number[] = [];
    const sockets = upTo(MANY).map((number) => {
      const socket = bound(context);
      socket.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) heard.push(number);
      });
      return socket;
    });
    const client = bound(clients);
    for (const { local } of sockets) client.send(Uint8Array.of(1), local);
    turnUntil(() => heard.length >= MANY, context);
    expect([...heard].sort((a, b) => a - b)).toStrictEqual(upTo(MANY));
    // Half of them go, some while they are served, and their numbers are used again.
    heard.length = 0;
    for (const [number, socket] of sockets.entries()) if (number % 2 === 0) socket.close();
    const later = upTo(10).map(() => bound(context));
    let ofLater = 0;
    for (const socket of later) {
      socket.onBatch((batch) => {
        ofLater += batch.count;
        for (const each of later.slice(5)) each.close();
      });
    }
    for (const [number, { local }] of sockets.entries()) if (number % 2 === 1) client.send(Uint8Array.of(2), local);
    for (const { local } of later) client.send(Uint8Array.of(2), local);
    turnUntil(() => heard.length >= MANY / 2 && ofLater >= 5, context);
    turnFor(2, context);
    expect([...heard].sort((a, b) => a - b)).toStrictEqual(upTo(MANY).filter((number) => number % 2 === 1));
    expect(ofLater).toBeLessThan(10);
  });

  it('have their stamps and failures read', () => {
    const context = contextOn(native);
    for (let i = 0; i < 20; i++) bound(context);
    const gone = bound(contextOn(native));
    const client = connected(context, gone.local, { stamps: ['sent'] });
    gone.close();
    const stamped = jest.fn();
    const failed = jest.fn();
    client.onStamp(stamped);
    client.onError(failed);
    client.send(Uint8Array.of(1));
    turnUntil(() => stamped.mock.calls.length > 0 && failed.mock.calls.length > 0, context);
  });

  it('cost one descriptor more while they are many, and none when they are gone', () => {
    const open = new Set<number>();
    const counted = altered(native, () => ({
      epoll_create1: (flags) => {
        const fd = native.calls.epoll_create1(flags);
        open.add(fd);
        return fd;
      },
      close: (fd) => void open.delete(fd) as undefined,
    }));
    const context = contextOn(counted);
    for (let round = 0; round < 3; round++) {
      const sockets = upTo(50).map(() => bound(context));
      expect(open.size).toBe(1);
      for (const socket of sockets) socket.close();
      expect(open.size).toBe(0);
    }
    const few = upTo(8).map(() => bound(context));
    expect([few.length, open.size]).toStrictEqual([8, 0]);
  });

  it('are refused in words where the system has no more descriptors, and leave none behind', () => {
    let sockets = 0;
    const full = altered(native, () => ({
      socket: () => void sockets++ as undefined,
      close: () => void sockets-- as undefined,
      epoll_create1: () => -EMFILE,
    }));
    const context = contextOn(full);
    for (let i = 0; i < 8; i++) bound(context);
    expect(() => bound(context)).toThrow(expect.objectContaining({ code: 'EMFILE' }));
    expect(sockets).toBe(8);
  });

  it('write as soon as there is room again', async () => {
    const server = createServer();
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = connect((server.address() as { port: number }).port, '127.0.0.1');
    const ends = [client, await accepted];
    kept({ close: () => server.close() });
    for (const end of ends) kept({ close: () => end.destroy() });
    const context = contextOn(native);
    for (let i = 0; i < 20; i++) bound(context);
    const [from, to] = ends.map((end) => {
      const fd = new PortableStream(end, context.clock).descriptor() as number;
      const stream = new LinuxStream(context, native.calls.dup(fd));
      kept({ close: () => stream.destroy() });
      return stream;
    }) as [LinuxStream, LinuxStream];
    const bytes = new Uint8Array(16 * 1024 * 1024);
    let written = false;
    let got = 0;
    to.onData((chunk) => {
      got += chunk.length;
    });
    // More than any buffer holds: it has to be continued.
    from.write(bytes, (taken) => {
      written = taken;
    });
    turnUntil(() => written && got === bytes.length, context);
    expect(from.wantsWrite).toBe(false);
    let turns = 0;
    const begin = context.clock.now();
    while (context.clock.now() - begin < 5e6) {
      context.poller.turn(1e6);
      turns++;
    }
    // It is no longer woken for room that nobody needs.
    expect(turns).toBeLessThan(50);
  });
});
