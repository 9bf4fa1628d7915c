import { connect, createServer, type Socket } from 'node:net';
import { altered, contextOn, describeHere } from '../../test/linux/altered-native';
import { TransportError } from '../errors';
import { connectPortableStream } from '../portable/connect-stream';
import type { PortableStream } from '../portable/portable-streams';
import type { StreamSettings } from '../settings';
import {
  EPERM,
  IP_TOS,
  IPV6_TCLASS,
  SO_MAX_PACING_RATE,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_TCP,
  TCP_CONGESTION,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_WINDOW_CLAMP,
} from './abi';
import { LinuxConnectionCalls } from './connection-calls';
import { ConnectionSettings } from './connection-settings';
import { LinuxStream } from './linux-stream';
import { Memory } from './memory';

const WINDOW_BYTES = 50_000;
const ALL: StreamSettings = {
  windowBytes: WINDOW_BYTES,
  mssBytes: 1_000,
  congestion: 'reno',
  noDelay: false,
  trafficClass: 184,
  pacingBytesPerSecond: 3e6,
};
const DESCRIPTOR = /^cannot [^\n]+: [^\n]+$/;

describeHere('ConnectionSettings', (native) => {
  const opened: { close(): void }[] = [];
  afterEach(() => {
    for (const each of opened.splice(0).reverse()) each.close();
  });

  const word = new Memory(native, 32);
  const option = (fd: number, level: number, name: number): number => {
    word.setU32(0, 16);
    if (native.calls.getsockopt(fd, level, name, word.address + 8, word.address) < 0) throw new Error('getsockopt');
    return word.u32(8);
  };
  const congestionOf = (fd: number): string => {
    option(fd, SOL_TCP, TCP_CONGESTION);
    return Buffer.from(word.bytes.subarray(8, 24)).toString('latin1').replace(/\0.*$/s, '');
  };
  const optionsOf = (fd: number) => ({
    windowBytes: [option(fd, SOL_SOCKET, SO_SNDBUF) / 2, option(fd, SOL_SOCKET, SO_RCVBUF) / 2],
    congestion: congestionOf(fd),
    noDelay: option(fd, SOL_TCP, TCP_NODELAY),
    pacingBytesPerSecond: option(fd, SOL_SOCKET, SO_MAX_PACING_RATE),
  });
  const EXPECTED = {
    windowBytes: [WINDOW_BYTES, WINDOW_BYTES],
    congestion: 'reno',
    noDelay: 0,
    pacingBytesPerSecond: 3e6,
  };

  /** A listener, and what it accepts next. */
  const listening = async (address: string) => {
    const server = createServer();
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    opened.push({ close: () => server.close() });
    return { address, port: (server.address() as { port: number }).port, accepted };
  };
  const kept = <T extends { destroy(): unknown }>(socket: T): T => {
    opened.push({ close: () => void socket.destroy() });
    return socket;
  };
  const connectWith = async (settings: StreamSettings, address = '127.0.0.1') => {
    const { accepted, ...to } = await listening(address);
    const calls = new LinuxConnectionCalls(native);
    const context = contextOn(native);
    const client = kept(await connectPortableStream(to, { timeoutMs: 1_000, settings }, context.clock, calls));
    const server = kept(await accepted);
    return { context, client, server };
  };
  const fdOf = (stream: PortableStream): number => stream.descriptor() as number;
  const fdOfSocket = (socket: Socket): number => (socket as unknown as { _handle: { fd: number } })._handle.fd;

  it.each([
    ['127.0.0.1', SOL_IP, IP_TOS],
    ['::1', SOL_IPV6, IPV6_TCLASS],
  ])('are set before a connection to %s is opened', async (address, level, name) => {
    const { client, server } = await connectWith(ALL, address);
    const fd = fdOf(client);
    expect(optionsOf(fd)).toStrictEqual(EXPECTED);
    expect(option(fd, level, name)).toBe(184);
    // The peer has heard of the segments in the first packet, and keeps to them: 12 bytes are its timestamps'.
    for (const each of [fd, fdOfSocket(server)]) expect(option(each, SOL_TCP, TCP_MAXSEG)).toBe(988);
  });

  it('are set on a connection that was accepted', async () => {
    const to = await listening('127.0.0.1');
    kept(connect(to.port, to.address));
    const server = kept(await to.accepted);
    const context = contextOn(native);
    const stream = kept(new LinuxStream(context, native.calls.dup(fdOfSocket(server)), ALL));
    expect(optionsOf(stream.fd)).toStrictEqual(EXPECTED);
    expect(option(stream.fd, SOL_IP, IP_TOS)).toBe(184);
    expect(stream.granted).toMatchObject({ sendBufferBytes: WINDOW_BYTES, receiveBufferBytes: WINDOW_BYTES });
    expect(stream.pathState()?.congestion).toBe('reno');
    stream.limitRate(1e9);
    expect(option(stream.fd, SOL_SOCKET, SO_MAX_PACING_RATE)).toBe(3e6);
    stream.limitRate(1e5);
    expect(option(stream.fd, SOL_SOCKET, SO_MAX_PACING_RATE)).toBe(1e5);
  });

  // On a link, not on loopback: without it 118 kB were offered of 262,144 that were asked for.
  it('a window that is set on an accepted connection is what may be offered to its peer', async () => {
    const to = await listening('127.0.0.1');
    kept(connect(to.port, to.address));
    const server = kept(await to.accepted);
    const stream = kept(new LinuxStream(contextOn(native), native.calls.dup(fdOfSocket(server)), ALL));
    expect(option(stream.fd, SOL_TCP, TCP_WINDOW_CLAMP)).toBe(option(stream.fd, SOL_SOCKET, SO_RCVBUF));
  });

  it('that are not asked for stay as the system has them', async () => {
    const to = await listening('127.0.0.1');
    const client = kept(connect(to.port, to.address));
    const server = kept(await to.accepted);
    await new Promise<void>((resolve) => (client.connecting ? client.once('connect', resolve) : resolve()));
    const before = [client, server].map((socket) => optionsOf(fdOfSocket(socket)));
    const stream = kept(new LinuxStream(contextOn(native), native.calls.dup(fdOfSocket(server)), {}));
    expect([optionsOf(fdOfSocket(client)), optionsOf(stream.fd)]).toStrictEqual(before);
    expect(stream.granted.mssBytes).toBe(option(stream.fd, SOL_TCP, TCP_MAXSEG));
    expect(stream.pathState()?.congestion).toBe(congestionOf(stream.fd));
  });

  it.each<[StreamSettings, string, string]>([
    [{ congestion: 'no-such' }, 'ENOENT', 'cannot use the congestion control no-such: this host does not have it'],
    [{ mssBytes: 10 }, 'EINVAL', 'cannot set segments of 10 bytes: the system takes 88 to 32767'],
    [{ mssBytes: 60_000 }, 'EINVAL', 'cannot set segments of 60000 bytes: the system takes 88 to 32767'],
  ])('%j is refused in one line, and nothing stays open', (settings, code, message) => {
    const fds: number[] = [];
    const closed: number[] = [];
    const watched = altered(native, () => ({
      socket: (...args) => fds[fds.push(native.calls.socket(...args)) - 1],
      close: (fd) => void closed.push(fd),
    }));
    let thrown: unknown;
    try {
      new LinuxConnectionCalls(watched).open(4, settings);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TransportError);
    expect(thrown).toMatchObject({ code, message });
    expect(message).toMatch(DESCRIPTOR);
    expect(closed).toStrictEqual(fds);
  });

  it('what only root may use is said to be so', () => {
    const strict = altered(native, () => ({
      setsockopt: (_fd, level, name) => (level === SOL_TCP && name === TCP_CONGESTION ? -EPERM : undefined),
    }));
    expect(() => new ConnectionSettings(strict).apply(0, { congestion: 'bbr' })).toThrow(
      'cannot use the congestion control bbr: this host allows it to root only',
    );
    expect(new LinuxConnectionCalls(strict).canUseCongestion('reno')).toBe(false);
  });

  it('room beyond the limit is asked for, and within it where that is not allowed', () => {
    const asked: [number, number][] = [];
    const settings = new ConnectionSettings(
      altered(native, (peek) => ({
        setsockopt: (_fd, level, name, value) => {
          if (level === SOL_SOCKET) asked.push([name, peek(value)]);
          return name === SO_RCVBUFFORCE || name === SO_SNDBUFFORCE ? -EPERM : 0;
        },
      })),
    );
    settings.apply(-1, { windowBytes: 5e9 });
    const most = 2 ** 30 - 1;
    expect(asked).toStrictEqual([
      [SO_RCVBUFFORCE, most],
      [SO_RCVBUF, most],
      [SO_SNDBUFFORCE, most],
      [SO_SNDBUF, most],
    ]);
  });

  it('of a descriptor that is none nothing is told', () => {
    const settings = new ConnectionSettings(native);
    const nothing = { sendBufferBytes: undefined, receiveBufferBytes: undefined, mssBytes: undefined };
    expect(settings.granted(-1)).toStrictEqual(nothing);
    expect(settings.congestion(-1)).toBeUndefined();
  });

  it('a failing socket call says so', () => {
    const calls = new LinuxConnectionCalls(altered(native, () => ({ socket: () => -24 })));
    expect(() => calls.open(4, {})).toThrow('cannot open a connection: too many open files');
  });
});
