import { TransportError } from '../src/errors';
import type { RoleHandle } from '../src/role';
import type { Transport } from '../src/transport';
import { COUNTS, SPINS } from './contract-roles';

type Counting = Awaited<ReturnType<ReturnType<typeof counting>>>;

/** Starts roles that count, and knows what they tell. */
function counting(transport: Transport) {
  const counts = new Int32Array(new SharedArrayBuffer(64));
  let started = 0;
  return async (role: typeof COUNTS = COUNTS) => {
    const place = started++;
    const handle: RoleHandle<unknown, unknown> = transport.start(role, { counts: counts.buffer, place });
    const heard: unknown[] = [];
    const [threadId, port] = await new Promise<[number, number]>((resolve, reject) => {
      let thread = 0;
      handle.ended.catch(reject);
      handle.onMessage((word) => {
        const told = word as { threadId?: number; bound?: { local: { port: number } }; heard?: unknown };
        if (told.threadId !== undefined) thread = told.threadId;
        else if (told.bound !== undefined) resolve([thread, told.bound.local.port]);
        else heard.push(told.heard);
      });
    });
    return { handle, heard, threadId, port, count: () => Atomics.load(counts, place) };
  };
}

/** Resolves when the role has counted on a good deal. */
async function countedOn({ count }: Counting): Promise<void> {
  for (const end = count() + 20; count() < end; ) await new Promise((resolve) => setTimeout(resolve, 1));
}

async function ended(...roles: Counting[]): Promise<void> {
  for (const { handle } of roles) handle.post('end');
  await Promise.allSettled(roles.map(({ handle }) => handle.ended));
}

/** What roles in one thread are to each other. `transport` puts all that do not spin into one, and lets others spin. */
export function describeSharedThread(makeTransport: () => Transport, peers: Transport): void {
  describe('roles in one thread', () => {
    let start: ReturnType<typeof counting>;
    beforeEach(() => {
      start = counting(makeTransport());
    });

    it('are there together, but for one that spins, and none keeps the others from counting', async () => {
      const roles = [await start(), await start(), await start(SPINS), await start(SPINS)];
      const [one, two, three, four] = roles.map(({ threadId }) => threadId);
      expect(one).toBe(two);
      expect(new Set([one, three, four]).size).toBe(3);
      for (const role of roles) await countedOn(role);
      await ended(...roles);
    });

    it('hear what they are told, each in order', async () => {
      const roles = [await start(), await start()];
      for (let i = 0; i < 100; i++) roles.forEach(({ handle }, number) => void handle.post(`${number}: ${i}`));
      await ended(...roles);
      const expected = roles.map((_, number) => [...Array.from({ length: 100 }, (_, i) => `${number}: ${i}`), 'end']);
      expect(roles.map(({ heard }) => heard)).toStrictEqual(expected);
    });

    it.each(['fail at once', 'fail soon', 'fail in time', 'a datagram'])(
      'go on when another one fails (%s), and hear what they are told',
      async (how) => {
        const [failing, other] = [await start(), await start()];
        if (how !== 'a datagram') failing.handle.post(how);
        else {
          const sender = await peers.connectDatagrams({ address: '127.0.0.1', port: failing.port }, {});
          sender.send(Uint8Array.of(1));
          sender.close();
        }
        const failure: unknown = await failing.handle.ended.catch((error) => error);
        expect(failure).toBeInstanceOf(TransportError);
        expect(failure).toMatchObject({ code: 'ETOLD', message: 'told to fail' });
        await countedOn(other);
        other.handle.post('still there?');
        await ended(other);
        expect(other.heard).toStrictEqual(['still there?', 'end']);
      },
    );

    it.each(['end', 'fail at once'])(
      'leave nothing behind (%s): no timer goes on, and their port is free',
      async (how) => {
        const [first, other] = [await start(), await start()];
        first.handle.post(how);
        await first.handle.ended.catch(() => {});
        const count = first.count();
        const socket = await peers.bindDatagrams({ bind: { address: '127.0.0.1', port: first.port } });
        socket.close();
        await countedOn(other);
        expect(first.count()).toBe(count);
        await ended(other);
      },
    );

    it('make room for others: the thread is used again', async () => {
      const first = await start();
      await ended(first);
      const second = await start();
      expect(second.threadId).toBe(first.threadId);
      await countedOn(second);
      await ended(second);
    });
  });
}
