import type { Direction } from '@pathgauge/result';
import type { StreamSocket } from '@pathgauge/transport';
import { planOf } from '../../test/load-plans';
import { type Deferred, deferred, handledElsewhere } from '../promises';
import { AwaitedStreams } from './awaited-streams';
import type { LoadPlan } from './plan/load-plan';
import type { StreamCarrier } from './streams/stream-carrier';

const BOTH = { directions: ['up', 'down'], parallel: 2 } as const;
const ANSWER = { kind: 'answer', address: '10.0.0.2', answer: Uint8Array.of(1) } as const;

/** What is awaited for this plan, which of it was opened, and how each opening goes on. */
function setUp(plan: Partial<LoadPlan>) {
  const opened: (readonly [unknown, Direction])[] = [];
  const openings: Deferred<void>[] = [];
  const destroyed: string[] = [];
  const awaited = new AwaitedStreams(planOf(plan), (carrier: StreamCarrier, direction) => {
    opened.push([carrier.kind === 'stream' ? [carrier.stream, ...carrier.unread] : carrier, direction]);
    openings.push(deferred());
    return (openings.at(-1) as Deferred<void>).promise;
  });
  const connection = (name: string, order: number, unread: readonly number[] = []) => {
    const stream = { name, destroy: () => destroyed.push(name) } as unknown as StreamSocket;
    return { stream, order, release: () => Uint8Array.from(unread) };
  };
  const names = () => opened.map(([carrier, direction]) => [(carrier as [{ name: string }])[0].name, direction]);
  let isOpen = false;
  void handledElsewhere(awaited.opened.then(() => (isOpen = true)));
  return { awaited, opened, openings, destroyed, connection, names, isOpen: () => isOpen };
}

describe('the connections of a test', () => {
  it('are told apart by the order in which they were accepted, however their cookies are read', () => {
    const { awaited, connection, names, opened } = setUp(BOTH);
    awaited.takeConnection(connection('third', 17));
    awaited.takeConnection(connection('first', 11));
    awaited.takeConnection(connection('fourth', 18));
    expect(opened).toStrictEqual([]);
    awaited.takeConnection(connection('second', 12));
    expect(names()).toStrictEqual([
      ['first', 'up'],
      ['second', 'up'],
      ['third', 'down'],
      ['fourth', 'down'],
    ]);
  });

  it('bring what was read behind their cookies', () => {
    const { awaited, connection, opened } = setUp({});
    awaited.takeConnection(connection('only', 1, [7, 8]));
    expect(opened).toMatchObject([[[{ name: 'only' }, 7, 8], 'up']]);
  });

  it('are as many as were agreed, of the agreed kind', () => {
    const { awaited, connection } = setUp({ parallel: 2 });
    const awaiting = (): boolean[] => [awaited.isAwaiting('tcp'), awaited.isAwaiting('udp')];
    expect([awaiting(), awaited.taken]).toStrictEqual([[true, false], 0]);
    awaited.takeConnection(connection('one', 1));
    expect([awaiting(), awaited.taken]).toStrictEqual([[true, false], 1]);
    awaited.takeConnection(connection('two', 2));
    expect([awaiting(), awaited.taken]).toStrictEqual([[false, false], 2]);
  });

  it('are closed where they have come in vain, and only then', () => {
    const waiting = setUp({ parallel: 2 });
    waiting.awaited.takeConnection(waiting.connection('one', 1));
    waiting.awaited.release();
    expect(waiting.destroyed).toStrictEqual(['one']);
    const complete = setUp({});
    complete.awaited.takeConnection(complete.connection('one', 1));
    complete.awaited.release();
    expect(complete.destroyed).toStrictEqual([]);
  });
});

describe('the streams of a test', () => {
  it('of datagrams are opened one by one, as they come', () => {
    const { awaited, opened } = setUp({ ...BOTH, protocol: 'udp' });
    const carriers = [1, 2, 3, 4].map((port) => ({ ...ANSWER, peer: { address: '10.0.0.1', port } }) as never);
    awaited.takeDatagrams(carriers[0] as never);
    expect(opened).toStrictEqual([[carriers[0], 'up']]);
    for (const carrier of carriers.slice(1)) awaited.takeDatagrams(carrier);
    expect(opened.map(([, direction]) => direction)).toStrictEqual(['up', 'up', 'down', 'down']);
    expect(awaited.isAwaiting('udp')).toBe(false);
  });

  it('are open when the last of them is', async () => {
    const { awaited, connection, openings, isOpen } = setUp({ parallel: 2 });
    for (const order of [1, 2]) awaited.takeConnection(connection('any', order));
    openings[1]?.resolve();
    await Promise.resolve();
    expect(isOpen()).toBe(false);
    openings[0]?.resolve();
    await expect(awaited.opened).resolves.toBeUndefined();
  });

  it('are not, where one cannot be', async () => {
    const { awaited, connection, openings } = setUp({ parallel: 2 });
    for (const order of [1, 2]) awaited.takeConnection(connection('any', order));
    openings[0]?.resolve();
    openings[1]?.reject(new Error('no such window'));
    await expect(awaited.opened).rejects.toThrow('no such window');
  });
});
