import { milliseconds } from '@pathgauge/units';
import {
  altered,
  contextOn,
  describeHere,
  openedSockets,
  type TurnedContext,
  turnFor,
  turnUntil,
} from '../../test/linux/altered-native';
import type { Endpoint } from '../address';
import { codeOf, TransportError } from '../errors';
import type { DatagramBatch, DatagramOptions, SendMoment } from '../sockets';
import {
  EAGAIN,
  ECONNREFUSED,
  EINTR,
  EINVAL,
  EIO,
  EMSGSIZE,
  ENOBUFS,
  MSG_ERRQUEUE,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_TIMESTAMPING,
  SOL_SOCKET,
  SOL_UDP,
  UDP_GRO,
  UDP_SEGMENT,
} from './abi';
import type { LinuxDatagrams } from './linux-datagrams';
import { besideDatagrams, connectDatagrams } from './open-datagrams';
import type { Native } from './system-calls';

const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;
const FAMILIES = [4, 6] as const;
const EPERM = 1;
const ENOPROTOOPT = 92;
const BUFFER_BYTES = 8 * 1024 * 1024;

/** One datagram as it came, whatever it was put together with. */
interface Arrived {
  readonly bytes: Uint8Array;
  readonly source: Endpoint;
  readonly stampedBy: string;
  readonly hopLimit: number | undefined;
  readonly trafficClass: number | undefined;
}

/** `count` datagrams of `length` bytes, each with its number in front. */
function numbered(count: number, length: number): Uint8Array {
  const bytes = new Uint8Array(count * length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) view.setUint32(i * length, i);
  return bytes;
}
const numberOf = ({ bytes }: { readonly bytes: Uint8Array }): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Everything that comes to a socket. */
function gathered(socket: LinuxDatagrams): { all: Arrived[]; batches: number[]; segments: number[] } {
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

function failuresOf(socket: LinuxDatagrams): string[] {
  const codes: string[] = [];
  socket.onError((error) => codes.push(codeOf(error) ?? ''));
  socket.onRefused((_, error) => codes.push(codeOf(error) ?? ''));
  return codes;
}

/** How many of them left. */
function sendMany(
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

describeHere('LinuxDatagrams', (native) => {
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

  describe('sendMany with cutting and joining left to the system', () => {
    it.each([
      [1_000, 64],
      [100, 1_472],
      [65, 1],
      [3, 40_000],
    ])('brings %d x %d bytes in full and in order', (count, length) => {
      const { there, here, client, heard, told } = pair(native, { coalesce: true }, { coalesce: true });
      const bytes = numbered(count, Math.max(4, length));
      const cut = Math.max(4, length);
      sendAll(client, bytes, cut, there);
      turnUntil(() => heard.all.length >= count, there, here);
      turnFor(2, there);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(count));
      expect(new Set(heard.all.map(({ bytes: { length: each } }) => each))).toStrictEqual(new Set([cut]));
      expect(new Set(heard.segments)).toStrictEqual(new Set([cut]));
      expect(told).toStrictEqual([]);
    });

    it('has the system do both, where it can', () => {
      const { there, client, server, heard } = pair(native, { coalesce: true }, { coalesce: true });
      expect(client.offloads).not.toContain('udp-gso');
      sendMany(client, numbered(640, 64), 64);
      turnUntil(() => heard.all.length === 640, there);
      expect(client.offloads).toContain('udp-gso');
      expect(server.offloads).toStrictEqual(['udp-gro']);
      // Joined: there were fewer arrivals than datagrams.
      expect(heard.segments.length).toBeLessThan(640);
    });

    it('tells joined ones apart after single ones as well', () => {
      const { there, client, heard } = pair(native, { coalesce: true }, { coalesce: true });
      // So many that every place of a batch has held a single one.
      for (const number of upTo(200)) client.send(numbered(number + 1, 64).subarray(number * 64));
      turnUntil(() => heard.all.length === 200, there);
      sendMany(client, numbered(2_000, 64), 64);
      turnUntil(() => heard.all.length >= 2_200, there);
      expect(heard.all.map(numberOf)).toStrictEqual([...upTo(200), ...upTo(2_000)]);
      expect(new Set(heard.segments)).toStrictEqual(new Set([64]));
    });

    it('counts at least what was dropped, though the system counts joined ones as one', () => {
      const { there, client, server, heard } = pair(native, { coalesce: true }, { coalesce: true });
      sendMany(client, numbered(440, 1_400), 1_400);
      turnUntil(() => heard.all.length === 440, there);
      expect(server.dropped()).toBe(0);
      // More than any buffer that this host grants, while nobody reads.
      let sent = 440;
      const bytes = numbered(4_600, 1_400);
      for (let i = 0; i < 10; i++) sent += sendMany(client, bytes, 1_400);
      turnFor(200, there);
      const lost = sent - heard.all.length;
      expect(lost).toBeGreaterThan(0);
      expect(server.dropped()).toBeGreaterThanOrEqual(lost);
    });

    it('leaves a rest that is no whole datagram', () => {
      const { there, client, heard } = pair(native, { coalesce: true });
      expect(sendMany(client, numbered(11, 100).subarray(0, 1_050), 100)).toBe(10);
      turnUntil(() => heard.all.length >= 10, there);
      turnFor(2, there);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(10));
    });

    it('goes on with another length', () => {
      const { there, client, heard } = pair(native, { coalesce: true });
      for (const length of [64, 1_000, 64]) sendMany(client, numbered(50, length), length);
      turnUntil(() => heard.all.length === 150, there);
      expect(heard.all.map(({ bytes }) => bytes.length)).toStrictEqual(
        [64, 1_000, 64].flatMap((length) => upTo(50).map(() => length)),
      );
    });

    it('does not cut what is sent singly, nor replies', () => {
      const { there, here, client, server, heard } = pair(native, { coalesce: true });
      sendMany(client, numbered(10, 64), 64);
      client.send(new Uint8Array(200));
      turnUntil(() => heard.all.length >= 11, there);
      expect(heard.all.slice(10).map(({ bytes }) => bytes.length)).toStrictEqual([200]);
      const asked = new Uint8Array(300);
      client.onBatch((batch) => batch.reply(0, asked));
      server.send(Uint8Array.of(1), client.local);
      turnUntil(() => heard.all.length >= 12, there, here);
      turnFor(2, there);
      expect(heard.all.slice(11).map(({ bytes }) => bytes.length)).toStrictEqual([300]);
    });

    it('sends one by one on a socket that was not opened for it', () => {
      const { there, client, heard } = pair();
      expect(sendMany(client, numbered(200, 64), 64)).toBe(200);
      turnUntil(() => heard.all.length === 200, there);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(200));
      expect(client.offloads).toStrictEqual([]);
    });
  });

  describe('where the system does not cut sends', () => {
    /** Refuses so many of the calls whose first message is to be cut: struct msghdr has its control data at 32, their length at 40. */
    const refusingCuts = (real: Native, failure: number, times: number): Native => {
      let left = times;
      return altered(real, (peek) => ({
        sendmmsg: (_fd, messages) => {
          if (peek(messages + 40) === 0) return undefined;
          const control = peek(messages + 32) + peek(messages + 36) * 2 ** 32;
          const cuts = peek(control + 8) === SOL_UDP && peek(control + 12) === UDP_SEGMENT;
          return cuts && left-- > 0 ? -failure : undefined;
        },
      }));
    };
    /** How it says so. */
    const refusals: [string, (native: Native) => Native][] = [
      [
        'refuses the option',
        (real) =>
          altered(real, () => ({
            setsockopt: (_fd, level, name) => (level === SOL_UDP && name === UDP_SEGMENT ? -ENOPROTOOPT : undefined),
          })),
      ],
      ...([EINVAL, EIO, EMSGSIZE] as const).flatMap((failure): [string, (native: Native) => Native][] => [
        [`refuses one such send with ${failure}`, (real) => refusingCuts(real, failure, 1)],
        [`refuses every such send with ${failure}`, (real) => refusingCuts(real, failure, Number.POSITIVE_INFINITY)],
      ]),
    ];

    it.each(refusals)('and %s, all of 500 x 64 bytes arrive, once each', (name, refusing) => {
      const { there, client, heard, told } = pair(refusing(native), { coalesce: true });
      sendAll(client, numbered(500, 64), 64, there);
      turnUntil(() => heard.all.length >= 500, there);
      turnFor(3, there);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(500));
      // What does not come again was about an earlier one: so an ICMP message tells of a smaller MTU.
      expect(told).toStrictEqual(name.includes(`one such send with ${EMSGSIZE}`) ? ['EMSGSIZE'] : []);
      // Refused once, it may cut into fewer.
      if (!name.includes('one such')) expect(client.offloads).not.toContain('udp-gso');
    });

    // So large that one fills a send: asked to cut it into one piece, a device with a smaller MTU would refuse.
    it.each(refusals)('and %s, all of 4 x 40000 bytes arrive, once each', (_, refusing) => {
      const { there, client, heard, told } = pair(refusing(native), { coalesce: true });
      sendAll(client, numbered(4, 40_000), 40_000, there);
      turnUntil(() => heard.all.length >= 4, there);
      turnFor(3, there);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(4));
      expect(told).toStrictEqual([]);
      expect(client.offloads).not.toContain('udp-gso');
    });
  });

  it('asks once at the most for sends to be cut, where the system has no such option', () => {
    let asked = 0;
    const without = altered(native, (peek) => ({
      setsockopt: (_fd, level, name, value) => {
        if (level !== SOL_UDP || name !== UDP_SEGMENT || peek(value) === 0) return undefined;
        asked++;
        return -ENOPROTOOPT;
      },
    }));
    const { there, client, heard } = pair(without, { coalesce: true });
    for (let i = 0; i < 5; i++) sendMany(client, numbered(100, 64), 64);
    turnUntil(() => heard.all.length === 500, there);
    expect(asked).toBeLessThanOrEqual(1);
  });

  describe('where an option is refused', () => {
    const refusing = (level: number, name: number, failure: number): Native =>
      altered(native, () => ({
        setsockopt: (_fd, itsLevel, itsName) => (itsLevel === level && itsName === name ? -failure : undefined),
        getsockopt: (_fd, itsLevel, itsName) => (itsLevel === level && itsName === name ? -failure : undefined),
      }));

    it('datagrams come one by one without UDP_GRO', () => {
      const context = contextOn(refusing(SOL_UDP, UDP_GRO, ENOPROTOOPT));
      const server = bound(context, { bind: { address: LOOPBACK[4] }, coalesce: true });
      expect(server.offloads).toStrictEqual([]);
      const heard = gathered(server);
      const client = connected(contextOn(native), server.local, { coalesce: true });
      sendMany(client, numbered(300, 64), 64);
      turnUntil(() => heard.all.length >= 300, context);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(300));
    });

    it('arrivals are those of the program without SO_TIMESTAMPING, and sends are not stamped', () => {
      const context = contextOn(refusing(SOL_SOCKET, SO_TIMESTAMPING, ENOPROTOOPT));
      const socket = bound(context, { bind: { address: LOOPBACK[4] }, stamps: ['sent'] });
      const heard = gathered(socket);
      const stamped = jest.fn();
      socket.onStamp(stamped);
      const begin = context.clock.now();
      let arrival = 0;
      const gather = heard.all;
      socket.send(Uint8Array.of(1, 2, 3, 4), socket.local);
      turnUntil(() => gather.length === 1, context);
      socket.onBatch((batch) => {
        arrival = batch.arrival(0);
      });
      socket.send(Uint8Array.of(1, 2, 3, 4), socket.local);
      turnUntil(() => arrival > 0, context);
      expect(arrival).toBeGreaterThan(begin);
      expect(arrival).toBeLessThanOrEqual(context.clock.now());
      expect(heard.all.map(({ stampedBy }) => stampedBy)).toStrictEqual(['user']);
      expect(socket.receiveTimestamps).toBe('user');
      turnFor(5, context);
      expect(stamped).not.toHaveBeenCalled();
      expect(socket.sendTimestamps).toBe('user');
    });

    it('nothing is known of drops without SO_MEMINFO', () => {
      expect(bound(contextOn(refusing(SOL_SOCKET, SO_MEMINFO, ENOPROTOOPT))).dropped()).toBeUndefined();
      expect(bound(contextOn(native)).dropped()).toBe(0);
    });

    it('buffers are those that anybody may have without the right to more', () => {
      const asked: [name: number, value: number][] = [];
      const context = contextOn(
        altered(native, (peek) => ({
          setsockopt: (_fd, level, name, value) => {
            if (level !== SOL_SOCKET) return undefined;
            if (name === SO_RCVBUFFORCE || name === SO_SNDBUFFORCE) return -EPERM;
            if (name === SO_RCVBUF || name === SO_SNDBUF) asked.push([name, peek(value)]);
            return undefined;
          },
        })),
      );
      const socket = bound(context);
      expect(asked).toStrictEqual([
        [SO_RCVBUF, BUFFER_BYTES],
        [SO_SNDBUF, BUFFER_BYTES],
      ]);
      const heard = gathered(socket);
      socket.send(Uint8Array.of(1), socket.local);
      turnUntil(() => heard.all.length === 1, context);
    });

    it('the room for what is not read yet is what the system says, if it does', () => {
      const granted = altered(native, () => ({
        setsockopt: (_fd, level) => (level === SOL_SOCKET ? -EPERM : undefined),
      }));
      const modest = bound(contextOn(granted)).receiveBufferBytes as number;
      expect(modest).toBeGreaterThan(1_000);
      if (process.getuid?.() === 0) expect(bound(contextOn(native)).receiveBufferBytes).toBe(BUFFER_BYTES);
      else process.stderr.write('skipped: only root has buffers beyond the limit of the system\n');
      expect(bound(contextOn(refusing(SOL_SOCKET, SO_RCVBUF, ENOPROTOOPT))).receiveBufferBytes).toBeUndefined();
    });

    it('what was asked for and cannot be had is one clear error', () => {
      const denied = altered(native, () => ({
        setsockopt: (_fd, level, name) => (level === 0 && name === 2 ? -EPERM : undefined),
      }));
      const open = (): unknown => bound(contextOn(denied), { bind: { address: LOOPBACK[4] }, ttl: 3 });
      expect(open).toThrow(TransportError);
      expect(open).toThrow(/^cannot listen on UDP port 0 of 127\.0\.0\.1: [^\n]+$/);
    });
  });

  describe('where calls fail now and then', () => {
    /** The system, of which every third sending or receiving call fails. */
    const faulty = (call: 'sendmmsg' | 'recvmmsg', failure: number): Native => {
      let calls = 0;
      return altered(native, () => ({
        [call]: (...args: number[]) =>
          ((args[3] as number) & MSG_ERRQUEUE) === 0 && ++calls % 3 === 0 ? -failure : undefined,
      }));
    };
    const MANY = 300;

    it.each([EINTR, EAGAIN])('nothing is lost or told when receiving fails with %d', (failure) => {
      const context = contextOn(faulty('recvmmsg', failure));
      const server = bound(context);
      const heard = gathered(server);
      const told = failuresOf(server);
      const client = connected(contextOn(native), server.local);
      for (const number of upTo(MANY)) {
        client.send(numbered(number + 1, 4).subarray(number * 4));
        if (number % 7 === 0) turnFor(0.05, context);
      }
      turnUntil(() => heard.all.length >= MANY, context);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(MANY));
      expect(told).toStrictEqual([]);
    });

    it.each([ECONNREFUSED, ENOBUFS])(
      'nothing is lost, and each is told once, when receiving fails with %d',
      (failure) => {
        let failures = 0;
        let calls = 0;
        const context = contextOn(
          altered(native, () => ({
            recvmmsg: (_fd, _messages, _count, flags) => {
              if ((flags & MSG_ERRQUEUE) !== 0 || ++calls % 3 !== 0) return undefined;
              failures++;
              return -failure;
            },
          })),
        );
        const server = bound(context);
        const heard = gathered(server);
        const told = failuresOf(server);
        const client = connected(contextOn(native), server.local);
        sendMany(client, numbered(MANY, 4), 4);
        turnUntil(() => heard.all.length >= MANY, context);
        expect(heard.all.map(numberOf)).toStrictEqual(upTo(MANY));
        expect(failures).toBeGreaterThan(0);
        expect(told).toHaveLength(failures);
      },
    );

    describe.each(['send', 'sendMany', 'reply'] as const)('with %s', (way) => {
      /** Sends many datagrams; tells what came, in order, and what the sender was told. */
      const sentWith = (faultyNative: Native) => {
        const here = contextOn(faultyNative);
        const there = contextOn(native);
        const sender = bound(here);
        const receiver = bound(there);
        const told = failuresOf(sender);
        const heard = gathered(receiver);
        const bytes = numbered(MANY, 8);
        const each = upTo(MANY).map((number) => bytes.subarray(number * 8, number * 8 + 8));
        let handedOver = 0;
        let taken = MANY;
        if (way === 'send') for (const one of each) sender.send(one, receiver.local);
        if (way === 'sendMany') {
          taken = 0;
          for (let tries = 0; tries < 5 * MANY && taken < MANY; tries++) {
            taken += sendMany(sender, bytes.subarray(taken * 8), 8, receiver.local, told);
          }
        }
        if (way === 'reply') {
          sender.onBatch((batch) => {
            for (let i = 0; i < batch.count; i++) batch.reply(i, each[handedOver++] as Uint8Array);
          });
          // A few at a time, so that there are many calls.
          for (let asked = 0; asked < MANY; asked += 5) {
            for (let i = 0; i < 5; i++) receiver.send(Uint8Array.of(0), sender.local);
            turnUntil(() => handedOver === asked + 5, here);
          }
        }
        turnUntil(() => heard.all.length + told.length >= MANY, there, here);
        turnFor(3, there, here);
        return { numbers: heard.all.map(numberOf), told, taken };
      };

      it.each([EINTR, EAGAIN])('all arrive in order, and nothing is told, when it fails with %d', (failure) => {
        const { numbers, told } = sentWith(faulty('sendmmsg', failure));
        expect(numbers).toStrictEqual(upTo(MANY));
        expect(told).toStrictEqual([]);
      });

      it('each that does not arrive is told of when there are no buffers', () => {
        const { numbers, told, taken } = sentWith(faulty('sendmmsg', ENOBUFS));
        expect(new Set(numbers).size).toBe(numbers.length);
        expect(told.length).toBeGreaterThan(0);
        expect(new Set(told)).toStrictEqual(new Set(['ENOBUFS']));
        // What sendMany did not take is the caller's still.
        if (way === 'sendMany') expect([taken, numbers.length]).toStrictEqual([MANY, MANY]);
        else expect(numbers.length + told.length).toBe(MANY);
      });

      it('a refusal of an earlier one is told of, and costs none of these', () => {
        const { numbers, told } = sentWith(faulty('sendmmsg', ECONNREFUSED));
        expect(numbers).toStrictEqual(upTo(MANY));
        expect(told.length).toBeGreaterThan(0);
        expect(new Set(told)).toStrictEqual(new Set(['ECONNREFUSED']));
      });
    });

    it('a socket that never has room says so once for each, and goes on', () => {
      let full = true;
      const { there, client, heard, told } = pair(
        altered(native, () => ({
          sendmmsg: () => (full ? -EAGAIN : undefined),
          // Nothing happens while it waits for room.
          ppoll: () => (full ? 0 : undefined),
        })),
      );
      for (let i = 0; i < 3; i++) client.send(Uint8Array.of(0, 0, 0, i));
      expect(told).toStrictEqual(['ENOBUFS', 'ENOBUFS', 'ENOBUFS']);
      expect(sendMany(client, numbered(3, 8), 8)).toBe(0);
      expect(told).toHaveLength(3);
      full = false;
      client.send(Uint8Array.of(0, 0, 0, 9));
      turnUntil(() => heard.all.length > 0, there);
      expect(heard.all.map(numberOf)).toStrictEqual([9]);
    });

    it('a datagram that is refused for ever is told of, and does not keep the rest', () => {
      const { told, client, server, there, here, heard } = pair();
      server.onBatch(() => {});
      const back = gathered(client);
      // The first of two replies is too large, and the second comes through.
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) batch.reply(i, i === 0 ? new Uint8Array(65_520) : batch.payload(i));
      });
      const serverTold = failuresOf(server);
      sendMany(client, numbered(5, 8), 8);
      turnUntil(() => back.all.length >= 4, there, here);
      expect(back.all.map(numberOf)).toStrictEqual([1, 2, 3, 4]);
      expect([serverTold, told, heard.all]).toStrictEqual([['EMSGSIZE'], [], []]);
    });
  });

  describe('replies', () => {
    it.each([
      ['in place', (payload: Uint8Array) => payload],
      ['of bytes of their own', (payload: Uint8Array) => Uint8Array.from(payload)],
      ['that are longer', (payload: Uint8Array) => Uint8Array.of(...payload, 7, 7, 7)],
      ['that are empty', () => new Uint8Array(0)],
    ])('%s go to where each came from', (_, answer) => {
      const context = contextOn(native);
      const server = bound(context, {});
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) {
          const reply = answer(batch.payload(i));
          if (reply.length > 3) reply[3] = (reply[3] as number) + 100;
          batch.reply(i, reply);
        }
      });
      const clients = FAMILIES.flatMap((family) =>
        upTo(3).map(() => connected(context, { address: LOOPBACK[family], port: server.local.port })),
      );
      const heard = clients.map(gathered);
      clients.forEach((client, i) => {
        client.send(Uint8Array.of(0, 0, 0, i));
      });
      turnUntil(() => heard.every(({ all }) => all.length === 1), context);
      heard.forEach(({ all: [reply] }, i) => {
        const expected = answer(Uint8Array.of(0, 0, 0, i));
        if (expected.length > 3) expected[3] = i + 100;
        expect(reply?.bytes).toStrictEqual(Uint8Array.from(expected));
      });
    });

    describe.each([
      ['sends what it is given', undefined],
      ['once does not cut a send (EIO)', EIO],
      ['once does not cut a send (EINVAL)', EINVAL],
      ['once was interrupted', EINTR],
      ['once has no room', EAGAIN],
      ['once refused an earlier one', ECONNREFUSED],
    ] as const)('to many at once, where the system %s,', (_, failure) => {
      it.each([
        ['of one size', (number: number) => 40 + 0 * number, undefined],
        ['of many sizes', (number: number) => 40 + 8 * (Math.floor(number / 5) % 3), undefined],
        ['of one size and many marks', () => 40, (number: number) => [0, 46, 46, 8][Math.floor(number / 4) % 4]],
        ['that are as large as they can be', () => 9_000, undefined],
      ])(
        'all arrive in order where they belong: %s',
        (_kind, lengthOf, dscpOf: ((number: number) => number | undefined) | undefined) => {
          let failed = failure === undefined;
          const here = contextOn(
            altered(native, () => ({
              sendmmsg: () => {
                if (failed) return undefined;
                failed = true;
                return -(failure as number);
              },
            })),
          );
          const there = contextOn(native);
          const server = bound(here, {});
          server.onBatch((batch) => {
            expect(batch.count).toBe(60);
            for (let i = 0; i < batch.count; i++) {
              const number = numberOf({ bytes: batch.payload(i) });
              const reply = new Uint8Array(lengthOf(number));
              reply.set(batch.payload(i));
              batch.reply(i, reply, dscpOf?.(number));
            }
          });
          const clients = [LOOPBACK[4], LOOPBACK[6], '127.0.0.3'].map((address) =>
            connected(there, { address: address === '127.0.0.3' ? LOOPBACK[4] : address, port: server.local.port }),
          );
          const heard = clients.map(gathered);
          // In blocks and in turn.
          const owner = (number: number): number => (number < 40 ? Math.floor(number / 8) % 3 : number % 3);
          for (const number of upTo(60)) clients[owner(number)]?.send(numbered(number + 1, 4).subarray(number * 4));
          turnUntil(() => heard.reduce((sum, { all }) => sum + all.length, 0) >= 60, here, there);
          turnFor(2, there);
          heard.forEach(({ all }, i) => {
            const numbers = upTo(60).filter((number) => owner(number) === i);
            expect(all.map(numberOf)).toStrictEqual(numbers);
            expect(all.map(({ bytes }) => bytes.length)).toStrictEqual(numbers.map(lengthOf));
            const classes = numbers.map((number) => (dscpOf?.(number) ?? 0) << 2);
            expect(all.map(({ trafficClass }) => trafficClass)).toStrictEqual(classes);
          });
        },
      );
    });

    it('to many at once may be empty', () => {
      const { there, here, client, server } = pair();
      const heard = gathered(client);
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) batch.reply(i, new Uint8Array(0));
      });
      sendMany(client, numbered(30, 8), 8);
      turnUntil(() => heard.all.length > 0, there, here);
      turnFor(3, there, here);
      expect(heard.all).toHaveLength(30);
    });

    it('may be more than there were datagrams', () => {
      const { there, here, client, server } = pair();
      const heard = gathered(client);
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) {
          for (let copy = 0; copy < 200; copy++) batch.reply(i, Uint8Array.of(0, 0, i, copy));
        }
      });
      client.send(Uint8Array.of(1));
      turnUntil(() => heard.all.length > 0, there, here);
      turnFor(5, there, here);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(200));
    });

    it('carry the traffic class that was asked for, each its own', () => {
      const context = contextOn(native);
      const server = bound(context, {});
      let next = 0;
      const marks = [46, undefined, 0, 8, 63];
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) batch.reply(i, batch.payload(i), marks[next++ % marks.length]);
      });
      // Of IPv4, whose addresses are mapped at the server, and of IPv6.
      for (const address of [LOOPBACK[4], LOOPBACK[6]]) {
        const client = connected(context, { address, port: server.local.port });
        const heard = gathered(client);
        next = 0;
        for (const number of upTo(marks.length)) client.send(Uint8Array.of(0, 0, 0, number));
        turnUntil(() => heard.all.length === marks.length, context);
        expect(heard.all.map(({ trafficClass }) => trafficClass)).toStrictEqual([184, 0, 0, 32, 252]);
      }
      const plain = bound(context);
      plain.onBatch((batch) => batch.reply(0, batch.payload(0), 34));
      const client = connected(context, plain.local);
      const heard = gathered(client);
      client.send(Uint8Array.of(1));
      turnUntil(() => heard.all.length === 1, context);
      expect(heard.all[0]?.trafficClass).toBe(136);
    });

    it('of a connected socket go to its peer', () => {
      const { there, here, client, server } = pair();
      const heard = gathered(server);
      client.onBatch((batch) => batch.reply(0, Uint8Array.of(9, 9, 9, 9), 10));
      server.send(Uint8Array.of(1), client.local);
      turnUntil(() => heard.all.length === 1, there, here);
      expect(heard.all[0]).toMatchObject({ bytes: Uint8Array.of(9, 9, 9, 9), trafficClass: 40, source: client.local });
    });
  });

  describe('hop limit and traffic class', () => {
    const cases = [
      ['IPv4', LOOPBACK[4], LOOPBACK[4]],
      ['IPv6', LOOPBACK[6], LOOPBACK[6]],
      ['IPv4 to a server of both families', undefined, LOOPBACK[4]],
      ['IPv6 to a server of both families', undefined, LOOPBACK[6]],
    ] as const;

    it.each(cases)('arrive as they were sent over %s', (_, address, to) => {
      const context = contextOn(native);
      const server = bound(context, { bind: { address } });
      const heard = gathered(server);
      for (const [ttl, dscp] of [
        [7, 46],
        [255, 0],
        [1, 63],
      ] as const) {
        heard.all.length = 0;
        connected(context, { address: to, port: server.local.port }, { ttl, trafficClass: dscp << 2 }).send(
          Uint8Array.of(1),
        );
        turnUntil(() => heard.all.length === 1, context);
        expect(heard.all[0]).toMatchObject({ hopLimit: ttl, trafficClass: dscp << 2, source: { address: to } });
      }
    });

    it.each(cases)('of a bound socket are those that were asked for: %s', (_, address, to) => {
      const context = contextOn(native);
      const server = bound(context, { bind: { address }, ttl: 9, trafficClass: 40 });
      const client = bound(context, { bind: { address: to } });
      const heard = gathered(client);
      server.send(Uint8Array.of(1), client.local);
      turnUntil(() => heard.all.length === 1, context);
      expect(heard.all[0]).toMatchObject({ hopLimit: 9, trafficClass: 40 });
    });

    it.each(FAMILIES)('are those of the system where none are asked for, over IPv%d', (family) => {
      const context = contextOn(native);
      const server = bound(context, { bind: { address: LOOPBACK[family] } });
      const heard = gathered(server);
      connected(context, server.local).send(Uint8Array.of(1));
      turnUntil(() => heard.all.length === 1, context);
      expect(heard.all[0]?.trafficClass).toBe(0);
      expect(heard.all[0]?.hopLimit).toBeGreaterThan(30);
    });
  });

  describe('stamps', () => {
    interface Stamped {
      readonly moment: SendMoment;
      readonly tail: number[];
      readonly at: number;
    }
    const stampsOf = (socket: LinuxDatagrams, tailBytes = 4): Stamped[] => {
      const all: Stamped[] = [];
      socket.onStamp((looped, moment, at) => all.push({ moment, at, tail: [...looped.subarray(-tailBytes)] }));
      return all;
    };

    it.each(FAMILIES)('tell of every send when it was queued, then when it left, over IPv%d', (family) => {
      const context = contextOn(native);
      const server = bound(context, { bind: { address: LOOPBACK[family] } });
      gathered(server);
      const client = connected(context, server.local, { stamps: ['queued', 'sent'] });
      expect(client.sendTimestamps).toBe('kernel');
      const stamps = stampsOf(client);
      const sentAt: [before: number, after: number][] = [];
      for (const number of upTo(20)) {
        const before = context.clock.now();
        client.send(Uint8Array.of(9, 9, 0, 0, 0, number));
        sentAt.push([before, context.clock.now()]);
        turnUntil(() => stamps.length >= 2 * number + 2, context);
      }
      expect(stamps.map(({ moment, tail }) => [moment, ...tail])).toStrictEqual(
        upTo(20).flatMap((number) => [
          ['queued', 0, 0, 0, number],
          ['sent', 0, 0, 0, number],
        ]),
      );
      sentAt.forEach(([before, after], number) => {
        const [queued, sent] = stamps.slice(2 * number, 2 * number + 2) as [Stamped, Stamped];
        // The wall clock and the monotonic one are read a little apart.
        expect(queued.at).toBeGreaterThanOrEqual(before - 2_000);
        expect(sent.at).toBeGreaterThanOrEqual(queued.at);
        expect(sent.at).toBeLessThanOrEqual(after + milliseconds(5));
      });
    });

    it('tell of many sends at once, none twice', () => {
      const context = contextOn(native);
      const server = bound(context);
      gathered(server);
      const client = connected(context, server.local, { stamps: ['sent'] });
      const stamps = stampsOf(client);
      for (const number of upTo(50)) client.send(Uint8Array.of(0, 0, 0, number));
      turnUntil(() => stamps.length >= 50, context);
      turnFor(2, context);
      expect(stamps.map(({ moment, tail }) => [moment, tail[3]])).toStrictEqual(
        upTo(50).map((number) => ['sent', number]),
      );
    });

    it('tell of a datagram before what answers it is handed up', () => {
      const { there, here, client, server } = pair(native, { stamps: ['sent'] });
      server.onBatch((batch) => batch.reply(0, batch.payload(0)));
      const order: string[] = [];
      client.onStamp(() => order.push('stamp'));
      client.onBatch(() => order.push('reply'));
      for (let i = 1; i <= 10; i++) {
        client.send(Uint8Array.of(i));
        turnFor(0.2, there);
        turnUntil(() => order.length === 2 * i, there, here);
      }
      expect(order).toStrictEqual(upTo(10).flatMap(() => ['stamp', 'reply']));
    });

    it('come with the next look at a socket, in a thread that spins and asks the system for no failures', () => {
      const context = contextOn(native);
      const client = connected(context, bound(context).local, { stamps: ['queued', 'sent'] });
      const stamps = stampsOf(client);
      for (const number of upTo(10)) {
        client.send(Uint8Array.of(0, 0, 0, number));
        client.onReady(false);
        expect(stamps).toHaveLength(2 * number + 2);
      }
    });

    it('tell of replies while there are few', () => {
      const { there, here, client, server } = pair(native, {}, { stamps: ['sent'] });
      const stamps = stampsOf(server);
      const heard = gathered(client);
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) batch.reply(i, batch.payload(i));
      });
      client.send(Uint8Array.of(0, 0, 0, 5));
      turnUntil(() => heard.all.length === 1 && stamps.length === 1, there, here);
      expect(stamps[0]?.tail).toStrictEqual([0, 0, 0, 5]);
    });

    it('are not asked for of replies when there are many', () => {
      const { there, here, client, server } = pair(native, {}, { stamps: ['sent'] });
      const stamps = stampsOf(server);
      const heard = gathered(client);
      server.onBatch((batch) => {
        expect(batch.count).toBe(20);
        for (let i = 0; i < batch.count; i++) batch.reply(i, batch.payload(i));
      });
      sendMany(client, numbered(20, 8), 8);
      turnUntil(() => heard.all.length === 20, there, here);
      turnFor(2, there);
      expect(stamps).toStrictEqual([]);
    });

    it.each([
      ['nothing is stamped', { send: false, receive: false }, 'user', 'user', 0],
      ['sends are not', { send: false, receive: true }, 'user', 'kernel', 0],
      ['arrivals are not', { send: true, receive: false }, 'kernel', 'user', 1],
    ] as const)('are not waited for on a host where %s', (_, support, sends, arrivals, count) => {
      const context = contextOn(native, support);
      const socket = bound(context, { bind: { address: LOOPBACK[4] }, stamps: ['sent'] });
      expect([socket.sendTimestamps, socket.receiveTimestamps]).toStrictEqual([sends, arrivals]);
      const heard = gathered(socket);
      const stamps = stampsOf(socket);
      // The kernel begins to stamp some milliseconds after the first socket of the host has asked for it.
      turnUntil(() => {
        socket.send(Uint8Array.of(1), socket.local);
        turnFor(1, context);
        return heard.all.at(-1)?.stampedBy === arrivals && heard.all.length > 5;
      }, context);
      turnFor(5, context);
      expect(new Set(heard.all.slice(-1).map(({ stampedBy }) => stampedBy))).toStrictEqual(new Set([arrivals]));
      expect(stamps.length > 0).toBe(count > 0);
    });

    it('that never come do not keep arrivals, and are not asked for for ever', () => {
      let asked = 0;
      const lost: Native = altered(native, () => ({
        recvmmsg: (fd, messages, count, flags, timeout) => {
          if ((flags & MSG_ERRQUEUE) === 0) return undefined;
          asked++;
          native.calls.recvmmsg(fd, messages, count, flags, timeout);
          return -EAGAIN;
        },
      }));
      const { there, here, client, server } = pair(lost, { stamps: ['queued', 'sent'] });
      server.onBatch((batch) => batch.reply(0, batch.payload(0)));
      const heard = gathered(client);
      client.send(Uint8Array.of(0, 0, 0, 1));
      turnUntil(() => heard.all.length === 1, there, here);
      asked = 0;
      for (const number of upTo(200)) {
        server.send(Uint8Array.of(0, 0, 0, number), client.local);
        turnUntil(() => heard.all.length === number + 2, there, here);
      }
      expect(asked).toBeLessThan(20);
    });

    it('that come late do not make later ones come late', () => {
      let hidden = true;
      const late: Native = altered(native, () => ({
        recvmmsg: (_fd, _messages, _count, flags) => ((flags & MSG_ERRQUEUE) !== 0 && hidden ? -EAGAIN : undefined),
      }));
      const context = contextOn(late);
      const sink = bound(contextOn(native));
      const client = connected(context, sink.local, { stamps: ['sent'] });
      const stamps = stampsOf(client);
      for (let i = 0; i < 3; i++) client.send(Uint8Array.of(0, 0, 0, i));
      for (let turn = 0; turn < 20; turn++) client.onReady(false);
      hidden = false;
      client.onReady(true);
      expect(stamps).toHaveLength(3);
      // As a spinning thread does it, which does not ask whether there is something in the error queue.
      client.send(Uint8Array.of(0, 0, 0, 3));
      client.onReady(false);
      expect(stamps).toHaveLength(4);
    });

    it('taken while the wall clock was set are left out', () => {
      let aheadNs = 0n;
      const seconds = new Map<number, Uint8Array>();
      const stepping: Native = {
        addressOf: (bytes) => {
          const address = native.addressOf(bytes);
          seconds.set(address, bytes);
          return address;
        },
        calls: {
          ...native.calls,
          clock_gettime: (clock, time) => {
            const result = native.calls.clock_gettime(clock, time);
            const bytes = seconds.get(time);
            if (clock === 0 && bytes !== undefined) {
              const view = new DataView(bytes.buffer, bytes.byteOffset);
              view.setBigInt64(0, view.getBigInt64(0, true) + aheadNs / 1_000_000_000n, true);
            }
            return result;
          },
        },
      };
      const context = contextOn(stepping);
      const socket = bound(context, { bind: { address: LOOPBACK[4] }, stamps: ['sent'] });
      const heard = gathered(socket);
      const stamps = stampsOf(socket);
      aheadNs = 3_600_000_000_000n;
      socket.send(Uint8Array.of(0, 0, 0, 1), socket.local);
      turnUntil(() => heard.all.length === 1, context);
      // Either the stamp or the arrival was the first to notice; the other is of the kernel's old time here, and off by an hour.
      expect(context.clock.steps).toBe(1);
      expect(stamps.length + heard.all.filter(({ stampedBy }) => stampedBy === 'kernel').length).toBeLessThanOrEqual(1);
    });
  });

  describe('a socket that takes one peer over', () => {
    it.each([
      ['an address', LOOPBACK[4]],
      ['all addresses', undefined],
    ])('has its datagrams from then on, the bound one of %s those of others', (_, address) => {
      const context = contextOn(native);
      const server = bound(context, { bind: { address } });
      const { port } = server.local;
      const [peer, other] = [0, 1].map(() => connected(context, { address: LOOPBACK[4], port })) as [
        LinuxDatagrams,
        LinuxDatagrams,
      ];
      const before = gathered(server);
      peer.send(Uint8Array.of(0, 0, 0, 1));
      turnUntil(() => before.all.length === 1, context);
      const own = besideDatagrams(context, server.bound, LOOPBACK[4], peer.local, {});
      kept(own);
      const after = gathered(own);
      for (const number of upTo(20)) {
        peer.send(Uint8Array.of(0, 0, 1, number));
        other.send(Uint8Array.of(0, 0, 2, number));
      }
      turnUntil(() => after.all.length + before.all.length === 41, context);
      expect(after.all.map(numberOf)).toStrictEqual(upTo(20).map((number) => 256 + number));
      expect(before.all.slice(1).map(numberOf)).toStrictEqual(upTo(20).map((number) => 512 + number));
      const back = gathered(peer);
      own.send(Uint8Array.of(0, 0, 0, 8));
      turnUntil(() => back.all.length === 1, context);
      // Two servers on one port would take each other's clients.
      for (const each of [address, LOOPBACK[4]]) {
        expect(() => bound(context, { bind: { address: each, port } })).toThrow(
          expect.objectContaining({ code: 'EADDRINUSE' }),
        );
      }
      own.close();
      peer.send(Uint8Array.of(0, 0, 3, 0));
      turnUntil(() => before.all.length === 22, context);
    });
  });

  it.each([
    ['an address', LOOPBACK[4]],
    ['all addresses', undefined],
  ])('a socket that takes one peer over gets nothing of others before it is connected: %s', (_, address) => {
    let whileNotConnected = (): void => {};
    const watched = altered(native, () => ({
      connect: () => {
        whileNotConnected();
        return undefined;
      },
    }));
    const context = contextOn(watched);
    const server = bound(context, { bind: { address } });
    const to = { address: LOOPBACK[4], port: server.local.port };
    const [peer, other] = [connected(context, to), connected(context, to)];
    const heard = gathered(server);
    whileNotConnected = () => other.send(Uint8Array.of(0, 0, 0, 5));
    const own = besideDatagrams(context, server.bound, LOOPBACK[4], peer.local, {});
    kept(own);
    turnUntil(() => heard.all.length === 1, context);
    expect(heard.all.map(({ source }) => source)).toStrictEqual([other.local]);
  });

  it('knows each of many senders by its own address', () => {
    const context = contextOn(native);
    const server = bound(context, {});
    const heard = gathered(server);
    const expected: Endpoint[] = [];
    for (const number of upTo(150)) {
      for (const address of [`127.0.${number}.9`, LOOPBACK[6]]) {
        const to = { address: address === LOOPBACK[6] ? address : LOOPBACK[4], port: server.local.port };
        const client = connectDatagrams(context, to, { bind: { address } });
        client.send(Uint8Array.of(1));
        expected.push(client.local);
        client.close();
      }
    }
    turnUntil(() => heard.all.length === expected.length, context);
    expect(heard.all.map(({ source }) => source)).toStrictEqual(expected);
  });

  it('closes its descriptor once, also when it cannot be opened', () => {
    const open = new Set<number>();
    let closedTwice = 0;
    const counted = altered(native, () => ({
      socket: (...args) => {
        const fd = native.calls.socket(...args);
        open.add(fd);
        return fd;
      },
      close: (fd) => {
        if (!open.delete(fd)) closedTwice++;
        return undefined;
      },
    }));
    const context = contextOn(counted);
    const socket = bound(context);
    const { port } = socket.local;
    expect(open.size).toBe(1);
    expect(() => bound(context, { bind: { address: LOOPBACK[4], port } })).toThrow(/already in use/);
    expect(() => connected(context, { address: '127.0.0.1', port: 1 }, { bind: { address: '198.51.100.1' } })).toThrow(
      /not one of this host/,
    );
    expect(open.size).toBe(1);
    socket.close();
    socket.close();
    expect([open.size, closedTwice]).toStrictEqual([0, 0]);
    socket.send(Uint8Array.of(1));
    expect(sendMany(socket, new Uint8Array(10), 5)).toBe(0);
    expect(socket.dropped()).toBeUndefined();
  });
});
