import { after, milliseconds } from '@pathgauge/units';
import type { Endpoint } from '../src/address';
import type { RoleHandle } from '../src/role';
import type { DatagramSocket, StreamSocket } from '../src/sockets';
import type { Transport } from '../src/transport';
import { ANSWERS_ALL, ANSWERS_ONE, type BesideData, IS_BUSY, type SocketWord, WORKS_STREAM } from './contract-roles';

/** Where the roles of a transport run, and who they talk to. */
export interface RoleWorld {
  readonly transport: Transport;
  /** An address of `transport`. */
  readonly address: string;
  /** Where its peers are. */
  readonly peers: Transport;
  /** Lets time pass until `promise` is settled. */
  settle<T>(promise: Promise<T>): Promise<T>;
}

/** What becomes of the sockets that roles have of each other. */
export function describeRoleSockets(makeWorld: () => RoleWorld): void {
  let world: RoleWorld;
  const closing: (() => void)[] = [];
  beforeEach(() => {
    world = makeWorld();
  });
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  describe('a connection', () => {
    const pair = async (): Promise<[near: StreamSocket, far: StreamSocket]> => {
      const { transport, peers, address, settle } = world;
      const accepted = new Promise<StreamSocket>((resolve, reject) => {
        const listening = transport.listen({ address, port: 0 }, resolve);
        listening.then(({ local, close }) => {
          closing.push(close);
          peers.connectStream(local, { timeoutMs: 1_000 }).then((stream) => {
            closing.push(() => stream.destroy());
            far = stream;
          }, reject);
        }, reject);
      });
      let far: StreamSocket | undefined;
      const near = await settle(accepted);
      closing.push(() => near.destroy());
      while (far === undefined) await settle(turned(world));
      return [near, far];
    };

    it('that is handed over brings the role all that comes from then on, and ends there', async () => {
      const [near, far] = await pair();
      const heard: number[] = [];
      const back: number[] = [];
      const first = once<void>();
      near.onData((chunk) => {
        heard.push(...chunk);
        first.settle();
      });
      far.write(Uint8Array.of(1, 2));
      await world.settle(first.promise);
      const handed = world.transport.handOver(near);
      far.write(Uint8Array.of(3, 4));
      // Who had it before gets every chance to read.
      for (let turns = 0; turns < 50; turns++) await world.settle(turned(world));
      const role = world.transport.start(WORKS_STREAM, handed);
      const bytes: number[] = [];
      const all = once<void>();
      const closed = once<void>();
      role.onMessage((word) => {
        if ('closed' in word) closed.settle();
        else bytes.push(...word.bytes);
        if (bytes.length === 4) all.settle();
      });
      far.write(Uint8Array.of(5, 6));
      await world.settle(all.promise);
      expect([heard, bytes]).toStrictEqual([
        [1, 2],
        [3, 4, 5, 6],
      ]);
      const answered = once<void>();
      far.onData((chunk) => {
        back.push(...chunk);
        if (back.length === 2) answered.settle();
      });
      role.post([7, 8]);
      await world.settle(answered.promise);
      expect(back).toStrictEqual([7, 8]);
      far.destroy();
      await world.settle(closed.promise);
      await world.settle(role.ended);
    });

    it('that the role closes ends at the peer', async () => {
      const [near, far] = await pair();
      const role = world.transport.start(WORKS_STREAM, world.transport.handOver(near));
      role.onMessage(() => {});
      const closed = once<void>();
      far.onData(() => {});
      far.onClose(() => closed.settle());
      role.post('close');
      await world.settle(closed.promise);
      await world.settle(role.ended);
    });

    it('that no role takes is let go of', async () => {
      const [near, far] = await pair();
      const closed = once<void>();
      far.onData(() => {});
      far.onClose(() => closed.settle());
      world.transport.takeBack(world.transport.handOver(near));
      near.destroy();
      await world.settle(closed.promise);
    });

    it('that has ended cannot be handed over', async () => {
      const [near] = await pair();
      const closed = once<void>();
      near.onClose(() => closed.settle());
      near.destroy();
      await world.settle(closed.promise);
      expect(() => world.transport.handOver(near)).toThrow(/closed the connection/);
    });
  });

  describe('a socket beside a bound one', () => {
    const answersOf = async (socket: DatagramSocket, ...bytes: readonly number[]): Promise<number[]> => {
      const answer = once<number[]>();
      socket.onBatch((batch) => answer.settle([...batch.payload(0)]));
      socket.send(Uint8Array.from(bytes));
      return world.settle(answer.promise);
    };
    const peer = async (to: Endpoint): Promise<DatagramSocket> => {
      const socket = await world.settle(world.peers.connectDatagrams(to, {}));
      closing.push(() => socket.close());
      return socket;
    };
    const firstOf = <Order, Word>(role: RoleHandle<Order, Word>, words: Word[]): Promise<Word> => {
      const first = once<Word>();
      role.onMessage((word) => {
        words.push(word);
        first.settle(word);
      });
      return world.settle(first.promise);
    };

    it.each(['one address', 'all addresses'])(
      'of %s gets what one peer sends there, as long as it is open; the others are served by the bound one',
      async (which) => {
        const own = which === 'one address' ? world.address : undefined;
        const all: SocketWord[] = [];
        const one: SocketWord[] = [];
        const answersAll = world.transport.start(ANSWERS_ALL, own);
        closing.push(() => answersAll.post('stop'));
        const { bound } = (await firstOf(answersAll, all)) as Extract<SocketWord, { bound: unknown }>;
        const to = { address: world.address, port: bound.local.port };
        const [chosen, other] = [await peer(to), await peer(to)];
        expect(await answersOf(chosen, 1)).toStrictEqual([1, 1]);
        const data: BesideData = { bound, address: world.address, peer: chosen.local };
        const answersOne = world.transport.start(ANSWERS_ONE, data);
        expect(await firstOf(answersOne, one)).toStrictEqual({ open: to });
        expect(await answersOf(chosen, 2)).toStrictEqual([2, 2, 2]);
        expect(await answersOf(other, 3)).toStrictEqual([3, 3]);
        expect(await answersOf(chosen, 4)).toStrictEqual([4, 4, 4]);
        answersOne.post('stop');
        await world.settle(answersOne.ended);
        expect(await answersOf(chosen, 5)).toStrictEqual([5, 5]);
        answersAll.post('stop');
        await world.settle(answersAll.ended);
        expect(bytesOf(all)).toStrictEqual([[1], [3], [5]]);
        expect(bytesOf(one)).toStrictEqual([[2], [4]]);
        expect(one.slice(1).every((word) => 'to' in word && word.to === world.address)).toBe(true);
      },
    );

    it('of a busy role are read behind the orders that were given before', async () => {
      const role = world.transport.start(IS_BUSY, world.address);
      const heard = once<readonly string[]>();
      let sender: Promise<DatagramSocket> | undefined;
      role.onMessage((word) => {
        if (word === 'is busy') {
          role.post('order');
          const { clock } = world.peers;
          const later = after(clock.now(), milliseconds(10));
          void sender?.then((socket) => world.peers.coarseTimer().set(later, () => socket.send(Uint8Array.of(2))));
        } else if ('heard' in word) {
          heard.settle(word.heard);
        } else {
          sender = world.peers.connectDatagrams({ address: world.address, port: word.bound.local.port }, {});
          void sender.then((socket) => {
            closing.push(() => socket.close());
            socket.send(Uint8Array.of(1));
          });
        }
      });
      expect(await world.settle(heard.promise)).toStrictEqual(['datagram', 'order', 'datagram']);
      await world.settle(role.ended);
    });
  });
}

const bytesOf = (words: readonly SocketWord[]) => words.flatMap((word) => ('bytes' in word ? [word.bytes] : []));

function once<T>(): { readonly promise: Promise<T>; settle(value: T): void } {
  let settle: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, settle: (value) => settle(value) };
}

const turned = ({ peers }: RoleWorld): Promise<void> => new Promise((resolve) => peers.soon(resolve));
