import fc from 'fast-check';
import { altered, contextOn, describeHere, turnFor, turnUntil } from '../../test/linux/altered-native';
import { asked, LENGTH, MANY, oneThread, reflect, replyTo, upTo } from '../../test/linux/one-thread';
import type { DatagramBatch } from '../sockets';
import type { LinuxDatagrams } from './linux-datagrams';
import type { Native } from './system-calls';

describeHere('sockets of one thread', (native) => {
  const { bound, connected, gathered, pairs } = oneThread(native);

  it('take no memory of their own beyond some KiB', () => {
    let bytes = 0;
    const counting: Native = {
      calls: native.calls,
      addressOf: (memory) => {
        bytes += memory.length;
        return native.addressOf(memory);
      },
    };
    const context = contextOn(counting);
    const server = bound(context);
    server.onBatch(reflect);
    const open = (): void => {
      const client = connected(context, server.local, { stamps: ['queued', 'sent'] });
      const heard = gathered(client);
      client.send(asked(0, 0));
      client.sendMany(asked(0, 1), LENGTH, undefined, () => {});
      turnUntil(() => heard.length === 2, context);
    };
    open();
    // What is handed to the system without being copied is the caller's.
    bytes = 0;
    for (let i = 0; i < 100; i++) open();
    expect(bytes / 100).toBeLessThan(2_048);
  });

  it('answer each their own, rewritten in place, in any order of arrival', () => {
    const plan = fc.array(fc.record({ server: fc.nat(2), count: fc.integer({ min: 1, max: MANY }) }), {
      maxLength: 12,
    });
    const { servers, clients, each } = pairs(3);
    for (const { server } of each) server.onBatch(reflect);
    fc.assert(
      fc.property(plan, (asks) => {
        const expected: Uint8Array[][] = each.map(() => []);
        for (const { heard } of each) heard.length = 0;
        asks.forEach(({ server, count }, turn) => {
          const { number, ask } = each[server] as (typeof each)[number];
          ask(turn * 10, turn * 10 + count);
          for (let i = 0; i < count; i++) expected[number]?.push(replyTo(number, turn * 10 + i));
        });
        const wanted = expected.flat().length;
        turnUntil(() => each.reduce((sum, { heard }) => sum + heard.length, 0) >= wanted, servers, clients);
        expect(each.map(({ heard }) => heard)).toStrictEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('keep a batch as it is while its handler has another socket read', () => {
    const { servers, clients, each } = pairs(2);
    const [first, second] = each as [(typeof each)[number], (typeof each)[number]];
    second.server.onBatch(reflect);
    second.ask(0, MANY);
    first.server.onBatch((batch) => {
      const before = upTo(batch.count).map((i) => [batch.payload(i).slice(), batch.source(i), batch.arrival(i)]);
      second.server.onReady(false);
      expect(batch.socket).toBe(first.server);
      expect(upTo(batch.count).map((i) => [batch.payload(i).slice(), batch.source(i), batch.arrival(i)])).toStrictEqual(
        before,
      );
      reflect(batch);
    });
    first.ask(0, MANY);
    first.server.onReady(false);
    turnUntil(() => first.heard.length + second.heard.length >= 2 * MANY, servers, clients);
    for (const { number, heard } of each) expect(heard).toStrictEqual(upTo(MANY).map((i) => replyTo(number, i)));
  });

  it('keep replies in place that wait for the end of a handler which has another socket read', () => {
    const { servers, clients, each } = pairs(2);
    const [first, second] = each as [(typeof each)[number], (typeof each)[number]];
    second.server.onBatch(reflect);
    second.ask(0, MANY);
    first.server.onBatch((batch) => {
      reflect(batch);
      second.server.onReady(false);
    });
    first.ask(0, MANY);
    first.server.onReady(false);
    turnUntil(() => first.heard.length + second.heard.length >= 2 * MANY, servers, clients);
    for (const { number, heard } of each) expect(heard).toStrictEqual(upTo(MANY).map((i) => replyTo(number, i)));
  });

  it('are read one batch after the other: a handler that has its own socket read gets nothing new', () => {
    const { servers, clients, each } = pairs(1);
    const [{ server, ask, heard }] = each as [(typeof each)[number]];
    let depth = 0;
    let isAskedAgain = false;
    server.onBatch((batch) => {
      expect(++depth).toBe(1);
      if (!isAskedAgain) ask(MANY, 2 * MANY);
      isAskedAgain = true;
      server.onReady(false);
      reflect(batch);
      depth--;
    });
    ask(0, MANY);
    turnUntil(() => heard.length >= 2 * MANY, servers, clients);
    expect(heard).toStrictEqual(upTo(2 * MANY).map((i) => replyTo(0, i)));
  });

  it('send nothing for one that is closed in its own handler, with replies waiting', () => {
    const { servers, clients, each } = pairs(2);
    const [first, second] = each as [(typeof each)[number], (typeof each)[number]];
    const refused = jest.fn();
    first.server.onRefused(refused);
    first.server.onBatch((batch) => {
      reflect(batch);
      first.server.close();
      // Of no use any more, but it must do no harm.
      reflect(batch);
    });
    second.server.onBatch(reflect);
    first.ask(0, MANY);
    turnFor(2, servers, clients);
    second.ask(0, MANY);
    turnUntil(() => second.heard.length >= MANY, servers, clients);
    turnFor(2, clients);
    expect([first.heard.length, refused.mock.calls.length]).toStrictEqual([0, 0]);
    expect(second.heard).toStrictEqual(upTo(MANY).map((i) => replyTo(1, i)));
  });

  it.each([1, MANY, 100])('make no call to a descriptor that its own handler has closed (%d datagrams)', (count) => {
    const closed = new Set<number>();
    const used: number[] = [];
    const note = (fd: number): undefined => {
      if (closed.has(fd) || fd < 0) used.push(fd);
    };
    const watching = altered(native, () => ({
      close: (fd) => void closed.add(fd) as undefined,
      recvmmsg: note,
      sendmmsg: note,
      getsockopt: note,
    }));
    const servers = contextOn(watching);
    for (const handler of ['onBatch', 'onStamp'] as const) {
      // The system uses a number again.
      closed.clear();
      const server = bound(servers, { bind: { address: '127.0.0.1' }, stamps: ['queued', 'sent'] });
      const client = connected(contextOn(native), server.local);
      let calls = 0;
      const close = (): void => {
        calls++;
        server.close();
      };
      server.onBatch((batch) => {
        reflect(batch);
        if (handler === 'onBatch') close();
      });
      if (handler === 'onStamp') server.onStamp(close);
      for (let i = 0; i < count; i++) client.send(asked(0, i));
      if (handler === 'onStamp') server.send(asked(0, 0), client.local);
      turnUntil(() => calls > 0, servers);
      turnFor(1, servers);
      expect(calls).toBe(1);
    }
    expect(used).toStrictEqual([]);
  });

  it('send nothing that a failing handler of another has left behind', () => {
    const { servers, clients, each } = pairs(2);
    const [first, second] = each as [(typeof each)[number], (typeof each)[number]];
    first.server.onBatch((batch) => {
      reflect(batch);
      throw new Error('of the handler');
    });
    second.server.onBatch(reflect);
    first.ask(0, MANY);
    expect(() => turnUntil(() => false, servers)).toThrow('of the handler');
    first.server.onBatch(reflect);
    second.ask(0, 1);
    turnUntil(() => second.heard.length >= 1, servers, clients);
    first.ask(MANY, 2 * MANY);
    turnUntil(() => first.heard.length >= MANY, servers, clients);
    turnFor(2, servers, clients);
    expect(first.heard).toStrictEqual(upTo(MANY).map((i) => replyTo(0, MANY + i)));
    expect(second.heard).toStrictEqual([replyTo(1, 0)]);
  });

  it('answer nothing by a batch that was kept behind its handler', () => {
    const { servers, clients, each } = pairs(2);
    const [first, second] = each as [(typeof each)[number], (typeof each)[number]];
    let kept: DatagramBatch | undefined;
    first.server.onBatch((batch) => {
      kept = batch;
    });
    second.server.onBatch(reflect);
    first.ask(0, 1);
    turnUntil(() => kept !== undefined, servers);
    kept?.reply(0, Uint8Array.of(1, 2, 3));
    expect(kept?.count).toBe(0);
    second.ask(0, MANY);
    turnUntil(() => second.heard.length >= MANY, servers, clients);
    turnFor(1, servers, clients);
    expect(first.heard).toStrictEqual([]);
    expect(second.heard).toStrictEqual(upTo(MANY).map((i) => replyTo(1, i)));
  });

  it('know the segments, hop limits and ways of each batch, whatever the batch before it was', () => {
    const servers = contextOn(native);
    const clients = contextOn(native);
    const seen: unknown[] = [];
    const open = (address: string | undefined, coalesce: boolean): LinuxDatagrams => {
      const server = bound(servers, { bind: { address }, coalesce });
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) {
          seen.push([batch.source(i), batch.destination(i), batch.hopLimit(i), batch.segmentBytes(i)]);
        }
      });
      return server;
    };
    const joined = open('127.0.0.1', true);
    const forAll = open(undefined, false);
    const one = connected(clients, joined.local, { ttl: 7, coalesce: true });
    const other = connected(clients, { address: '127.0.0.5', port: forAll.local.port }, { ttl: 9 });
    const own = connected(clients, { address: '127.0.0.1', port: joined.local.port }, { ttl: 11 });
    const bytes = new Uint8Array(20 * 100);
    const ask = (send: () => void, count: number): void => {
      send();
      const before = seen.length;
      turnUntil(() => seen.length >= before + count, servers);
    };
    one.send(asked(0, 0));
    turnUntil(() => seen.length === 1, servers);
    seen.length = 0;
    ask(() => one.sendMany(bytes, 100, undefined, () => {}), 1);
    expect(new Set(seen.map((each) => JSON.stringify(each)))).toStrictEqual(
      new Set([JSON.stringify([one.local, '127.0.0.1', 7, 100])]),
    );
    seen.length = 0;
    ask(() => other.send(new Uint8Array(300)), 1);
    ask(() => own.send(new Uint8Array(50)), 1);
    ask(() => other.send(new Uint8Array(30)), 1);
    expect(seen).toStrictEqual([
      [other.local, '127.0.0.5', 9, 300],
      [own.local, '127.0.0.1', 11, 50],
      [other.local, '127.0.0.5', 9, 30],
    ]);
  });
});
