import { altered, contextOn, describeHere, turnFor, turnUntil } from '../../test/linux/altered-native';
import {
  BUFFER_BYTES,
  datagramScene,
  ENOPROTOOPT,
  EPERM,
  gathered,
  LOOPBACK,
  numbered,
  numberOf,
  sendMany,
  upTo,
} from '../../test/linux/datagram-scene';
import { TransportError } from '../errors';
import {
  SO_MEMINFO,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_TIMESTAMPING,
  SOL_SOCKET,
  SOL_UDP,
  UDP_GRO,
} from './abi';
import type { Native } from './system-calls';

describeHere('LinuxDatagrams', (native) => {
  const { bound, connected } = datagramScene(native);

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
});
