import { altered, contextOn, describeHere, turnFor, turnUntil } from '../../test/linux/altered-native';
import { asked, LENGTH, oneThread, upTo } from '../../test/linux/one-thread';
import type { SendMoment } from '../sockets';
import { ECONNREFUSED, EMSGSIZE } from './abi';
import type { LinuxDatagrams } from './linux-datagrams';

describeHere('sockets of one thread', (native) => {
  const { bound, connected, gathered } = oneThread(native);

  describe('with handlers that send while an error queue is read', () => {
    const stampsOf = (socket: LinuxDatagrams, onStamp: (number: number) => void = () => {}): [SendMoment, number][] => {
      const all: [SendMoment, number][] = [];
      socket.onStamp((looped, moment) => {
        const number = looped[looped.length - LENGTH + 1] as number;
        all.push([moment, number]);
        onStamp(number);
      });
      return all;
    };

    it('lose no stamp, and have none twice', () => {
      const context = contextOn(native);
      const sink = bound(contextOn(native));
      const [first, second] = [0, 1].map(() => connected(context, sink.local, { stamps: ['sent'] })) as [
        LinuxDatagrams,
        LinuxDatagrams,
      ];
      const ofSecond = stampsOf(second);
      const ofFirst = stampsOf(first, () => {
        // Too large: why it was refused stands in the error queue of the other, which is read at once.
        second.send(new Uint8Array(65_508));
      });
      for (let i = 0; i < 20; i++) {
        first.send(asked(0, i));
        second.send(asked(1, 100 + i));
      }
      turnUntil(() => ofFirst.length >= 20 && ofSecond.length >= 20, context);
      turnFor(2, context);
      expect(ofFirst).toStrictEqual(upTo(20).map((i) => ['sent', i]));
      expect(ofSecond.filter(([, number]) => number >= 100)).toStrictEqual(upTo(20).map((i) => ['sent', 100 + i]));
    });

    it.each([EMSGSIZE, ECONNREFUSED])('send what they were given, though another is sent before it (%d)', (failure) => {
      let fails = false;
      const context = contextOn(
        altered(native, () => ({
          sendmmsg: () => {
            if (!fails) return undefined;
            fails = false;
            return -failure;
          },
        })),
      );
      const [here, there] = [contextOn(native), contextOn(native)];
      const [sink, other] = [bound(here), bound(there)];
      const [atSink, atOther] = [gathered(sink), gathered(other)];
      const first = connected(context, sink.local, { stamps: ['sent'] });
      const second = connected(context, other.local);
      stampsOf(first, () => second.send(asked(9, 9)));
      first.send(asked(0, 1));
      fails = true;
      // It fails once, so the error queue is read; the stamp of the one before it lies there.
      first.send(asked(0, 2));
      turnUntil(() => atSink.length >= 2 && atOther.length >= 1, here, there);
      expect(atSink).toStrictEqual([asked(0, 1), asked(0, 2)]);
      expect(atOther[0]).toStrictEqual(asked(9, 9));
    });
  });
});
