import { TransportError } from '../src/errors';
import type { RoleHandle } from '../src/role';
import { CHANGES, LISTENS_LATE, SAYS_BACK, TELLS_TIME } from './contract-roles';
import { describeRoleSockets, type RoleWorld } from './role-sockets-contract';

/** What a role is, on every transport. */
export function describeRoles(name: string, makeWorld: () => RoleWorld): void {
  describe(`roles of the ${name} transport`, () => {
    let world: RoleWorld;
    beforeEach(() => {
      world = makeWorld();
    });

    /** All words of a role to its end. */
    const wordsOf = async <Order, Word>(role: RoleHandle<Order, Word>): Promise<Word[]> => {
      const words: Word[] = [];
      role.onMessage((word) => words.push(word));
      await world.settle(role.ended);
      return words;
    };

    describe('messages', () => {
      it('cross both ways in order, the data first, and the last word comes before the end', async () => {
        const role = world.transport.start(SAYS_BACK, { text: 'begin', bytes: Uint8Array.of(1, 2) });
        const orders = Array.from({ length: 100 }, (_, i) => ({ number: i }));
        for (const order of orders) role.post(order);
        role.post('urgent');
        role.post('stop');
        role.post('too late');
        const words = await wordsOf(role);
        expect(words.length).toBeGreaterThan(100);
        expect(words).toStrictEqual([
          { text: 'begin', bytes: Uint8Array.of(1, 2) },
          ...orders,
          'urgent',
          ...words.filter((word) => word === 'too late'),
          'the last word',
        ]);
      });

      it('are copies of what they were when they were posted, in both directions', async () => {
        const data = [1];
        const order = [2];
        const role = world.transport.start(SAYS_BACK, data);
        data.push(10);
        role.post(order);
        order.push(20);
        role.post('stop');
        expect(await wordsOf(role)).toStrictEqual([[1], [2], 'the last word']);
      });

      it('never come within the call that posts them', async () => {
        const role = world.transport.start(SAYS_BACK, 'begin');
        let posting = false;
        const within: boolean[] = [];
        role.onMessage(() => {
          within.push(posting);
          posting = true;
          if (within.length === 1) role.post('again');
          else role.post('stop');
          posting = false;
        });
        await world.settle(role.ended);
        expect(within).toStrictEqual([false, false, false]);
      });

      it('that come before the role listens wait for it', async () => {
        const role = world.transport.start(LISTENS_LATE, undefined);
        for (const order of ['one', 'two', 'stop']) role.post(order);
        expect(await wordsOf(role)).toStrictEqual(['one', 'two', 'stop']);
      });

      it('that cannot be copied fail where they are posted', async () => {
        const role = world.transport.start(SAYS_BACK, undefined);
        expect(() => role.post(() => {})).toThrow(/could not be cloned/);
        role.post('stop');
        await world.settle(role.ended);
        expect(() => world.transport.start(SAYS_BACK, () => {})).toThrow(/clone|start a thread/);
      });

      it('to a role that is over are lost', async () => {
        const role = world.transport.start(SAYS_BACK, undefined);
        role.post('stop');
        const words = await wordsOf(role);
        role.post('anybody there?');
        expect(words.at(-1)).toBe('the last word');
      });
    });

    describe('a role that fails', () => {
      it('of what it is told ends with a TransportError, and its words before that are heard', async () => {
        const role = world.transport.start(SAYS_BACK, 'begin');
        const words: unknown[] = [];
        role.onMessage((word) => words.push(word));
        role.post('fail');
        const failure: unknown = await world.settle(role.ended.catch((error) => error));
        expect(failure).toBeInstanceOf(TransportError);
        expect(failure).toMatchObject({ code: 'ETOLD', message: 'told to fail' });
        expect(words).toStrictEqual(['begin']);
      });

      it('by posting what cannot be copied does so, too', async () => {
        const role = world.transport.start(CHANGES, undefined);
        const words: unknown[] = [];
        role.onMessage((word) => words.push(word));
        const failure: unknown = await world.settle(role.ended.catch((error) => error));
        expect((failure as Error).message).toMatch(/could not be cloned/);
      });
    });

    it('has the clock of its transport, and timers', async () => {
      const begin = world.transport.clock.now();
      const [first, second] = await wordsOf(world.transport.start(TELLS_TIME, undefined));
      const end = world.transport.clock.now();
      expect([begin, first, second, end]).toStrictEqual([begin, first, second, end].sort((a = 0, b = 0) => a - b));
      expect((second as number) - (first as number)).toBeGreaterThanOrEqual(5e6);
    });

    describeRoleSockets(() => world);

    it('has room for a role', () => {
      expect(world.transport.hasRoomForRole()).toBe(true);
    });
  });
}
