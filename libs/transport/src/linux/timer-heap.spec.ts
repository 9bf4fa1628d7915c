import fc from 'fast-check';
import { type HeapEntry, isBefore, NOWHERE, TimerHeap } from './timer-heap';

const entryOf = (at: number, order: number): HeapEntry => ({ at, order, place: NOWHERE });
const sorted = (entries: readonly HeapEntry[]): HeapEntry[] => [...entries].sort((a, b) => (isBefore(a, b) ? -1 : 1));

describe('TimerHeap', () => {
  it('has nothing first while it is empty', () => {
    const heap = new TimerHeap();
    expect([heap.first, heap.size]).toStrictEqual([undefined, 0]);
  });

  it('gives out whatever was added by instant, and at one instant by number', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (instants) => {
        const heap = new TimerHeap();
        const entries = instants.map(entryOf);
        for (const entry of entries) heap.add(entry);
        const given: HeapEntry[] = [];
        for (let { first } = heap; first !== undefined; { first } = heap) {
          given.push(first);
          heap.remove(first);
        }
        expect(given).toStrictEqual(sorted(entries));
        for (const { place } of given) expect(place).toBe(NOWHERE);
      }),
    );
  });

  it('knows the first of those that are left, whichever leave', () => {
    const step = fc.record({ at: fc.nat(50), leaves: fc.option(fc.nat(1_000)) }, { noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const heap = new TimerHeap();
        const model: HeapEntry[] = [];
        steps.forEach(({ at, leaves }, order) => {
          if (leaves === null || model.length === 0) {
            const entry = entryOf(at, order);
            heap.add(entry);
            model.push(entry);
          } else {
            const [entry] = model.splice(leaves % model.length, 1) as [HeapEntry];
            heap.remove(entry);
          }
          expect(heap.first).toBe(sorted(model)[0]);
          expect(heap.size).toBe(model.length);
        });
      }),
    );
  });
});
