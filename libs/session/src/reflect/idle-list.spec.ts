import fc from 'fast-check';
import { IdleLink, IdleList } from './idle-list';

describe('IdleList', () => {
  it('is empty at first, and when all have left', () => {
    const list = new IdleList<string>();
    const link = new IdleLink('a');
    expect([list.length, list.longestIdle]).toStrictEqual([0, undefined]);
    list.push(link);
    expect([list.length, list.longestIdle]).toStrictEqual([1, 'a']);
    list.remove(link);
    expect([list.length, list.longestIdle]).toStrictEqual([0, undefined]);
  });

  it('orders as an array would that moves who is heard to its end', () => {
    const step = fc.record(
      { what: fc.constantFrom('push', 'remove', 'heard'), which: fc.nat(9) },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const list = new IdleList<number>();
        const links = Array.from({ length: 10 }, (_, i) => new IdleLink(i));
        let order: number[] = [];
        for (const { what, which } of steps) {
          const isIn = order.includes(which);
          const link = links[which] as IdleLink<number>;
          if (what === 'push' && !isIn) list.push(link);
          else if (what === 'remove' && isIn) list.remove(link);
          else if (what === 'heard' && isIn) list.touch(link);
          else continue;
          order = order.filter((each) => each !== which);
          if (what !== 'remove') order.push(which);
          expect([list.length, list.longestIdle]).toStrictEqual([order.length, order[0]]);
        }
        for (const expected of order) {
          expect(list.longestIdle).toBe(expected);
          list.remove(links[expected] as IdleLink<number>);
        }
        expect(list.length).toBe(0);
      }),
    );
  });
});
