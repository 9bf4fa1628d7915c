import fc from 'fast-check';
import { OrderedEvents } from './ordered-events';

const setUp = () => {
  const told: string[] = [];
  return { told, events: new OrderedEvents<string>((event) => told.push(event)) };
};

describe('OrderedEvents', () => {
  it('tells places in the order in which they were taken, as soon as all before are told', () => {
    const { told, events } = setUp();
    for (const place of [0, 1, 2]) events.expect(place);
    events.give(1, 'b');
    expect(told).toStrictEqual([]);
    events.give(0, 'a');
    expect(told).toStrictEqual(['a', 'b']);
    events.give(2, 'c');
    expect(told).toStrictEqual(['a', 'b', 'c']);
    expect(events.size).toBe(0);
  });

  it('goes on past a place that is dropped', () => {
    const { told, events } = setUp();
    for (const place of [0, 1]) events.expect(place);
    events.give(1, 'b');
    events.drop(0);
    expect(told).toStrictEqual(['b']);
  });

  it('tells what comes behind a place after it, and at once when that is told', () => {
    const { told, events } = setUp();
    events.expect(0);
    events.giveBehind(0, 'a again');
    events.give(0, 'a');
    events.giveBehind(0, 'a once more');
    expect(told).toStrictEqual(['a', 'a again', 'a once more']);
  });

  it('holds no more than so many behind a place, and loses none', () => {
    const { told, events } = setUp();
    events.expect(0);
    for (let i = 0; i < 10_000; i++) events.giveBehind(0, 'again');
    expect(told).toHaveLength(10_000 - 4096);
    events.give(0, 'a');
    expect(told).toHaveLength(10_001);
  });

  it('tells each place once and in order, in whatever order they become known', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...Array(20).keys()], { minLength: 20 }), (order) => {
        const { told, events } = setUp();
        for (let place = 0; place < 20; place++) events.expect(place);
        for (const place of order) {
          events.give(place, `${place}`);
          events.give(place, 'never twice');
        }
        expect(told).toStrictEqual([...Array(20).keys()].map(String));
      }),
    );
  });
});
