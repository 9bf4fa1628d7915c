import fc from 'fast-check';
import { ScriptedNative } from '../../test/linux/scripted-native';
import { type Source, TURNER } from './source';
import { WatchedDescriptors } from './watched-descriptors';

function watched(count: number, onReady: (fd: number) => void = () => {}) {
  const native = new ScriptedNative();
  const descriptors = new WatchedDescriptors(native);
  const sources: Source[] = Array.from({ length: count }, (_, fd) => ({
    fd,
    wantsWrite: false,
    isRare: fd % 3 === 0,
    onReady: () => onReady(fd),
  }));
  const add = (fd: number): void => descriptors.add(sources[fd] as Source, TURNER);
  const remove = (fd: number): void => descriptors.remove(sources[fd] as Source);
  const setReady = (fd: number): void => void native.readableFrom.set(fd, 0);
  return { native, descriptors, add, remove, setReady };
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('WatchedDescriptors', () => {
  it('are as many as are added', () => {
    const called: number[] = [];
    const { native, descriptors, add, setReady } = watched(5_000, (fd) => called.push(fd));
    for (const fd of upTo(5_000)) add(fd);
    for (const fd of [0, 63, 64, 65, 1_023, 1_024, 4_999]) setReady(fd);
    expect(descriptors.poll(0)).toBeGreaterThan(0);
    expect(descriptors.serve()).toBe(true);
    expect(called).toStrictEqual([0, 63, 64, 65, 1_023, 1_024, 4_999]);
    expect(native.polls[0]?.fds.length).toBeLessThan(10);
  });

  it('are those added and not removed, whatever is added and removed, also by what is called', () => {
    const change = fc.record({ fd: fc.nat(19), isAdded: fc.boolean() }, { noNullPrototype: true });
    const changes = fc.array(change, { maxLength: 30 });
    const round = fc.record(
      { before: changes, ready: fc.uniqueArray(fc.nat(19)), inside: changes },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(round, { maxLength: 8 }), (rounds) => {
        const called: number[] = [];
        const inside: { fd: number; isAdded: boolean }[] = [];
        const model = new Set<number>();
        const gone = new Set<number>();
        const { native, descriptors, add, remove, setReady } = watched(20, (fd) => {
          called.push(fd);
          // What was removed since is not called, also where it was added again.
          expect(gone).not.toContain(fd);
          for (const next of inside.splice(0, 3)) make(next);
        });
        const make = ({ fd, isAdded }: { fd: number; isAdded: boolean }): void => {
          if (isAdded === model.has(fd)) return;
          if (isAdded) add(fd);
          else remove(fd);
          if (isAdded) model.add(fd);
          else model.delete(fd);
          if (!isAdded) gone.add(fd);
        };
        for (const each of rounds) {
          for (const one of each.before) make(one);
          native.readableFrom.clear();
          for (const fd of each.ready) setReady(fd);
          const seen = each.ready.filter((fd) => model.has(fd));
          gone.clear();
          called.length = 0;
          inside.splice(0, inside.length, ...each.inside);
          expect(descriptors.poll(0) > 0).toBe(seen.length > 0);
          descriptors.serve();
          // Each that was ready is called once, but for those that were removed before it was their turn.
          expect(called).toHaveLength(new Set(called).size);
          for (const fd of called) expect(seen).toContain(fd);
          for (const fd of seen) if (!gone.has(fd)) expect(called).toContain(fd);
          // Few are watched one by one, and the others cost a descriptor only while there are any.
          expect(native.openEpolls.length).toBeLessThanOrEqual(model.size > 0 ? 1 : 0);
        }
        for (const fd of model) remove(fd);
        expect(native.openEpolls).toStrictEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('are called in the order in which they were added, while they are few', () => {
    const called: number[] = [];
    const { native, descriptors, add, remove, setReady } = watched(8, (fd) => called.push(fd));
    for (const fd of [5, 2, 7, 1, 3]) add(fd);
    remove(7);
    add(7);
    for (const fd of upTo(8)) setReady(fd);
    descriptors.poll(0);
    descriptors.serve();
    expect(called).toStrictEqual([5, 2, 1, 3, 7]);
    expect(native.polls[0]?.fds).toStrictEqual([5, 2, 1, 3, 7]);
    expect(native.openEpolls).toStrictEqual([]);
  });

  it('that were removed and added again by a handler are called from the next time on', () => {
    const called: number[] = [];
    const { descriptors, add, remove, setReady } = watched(3, (fd) => {
      called.push(fd);
      if (called.length > 1) return;
      remove(2);
      add(2);
    });
    for (const fd of [1, 2]) add(fd);
    for (const fd of [1, 2]) setReady(fd);
    descriptors.poll(0);
    descriptors.serve();
    expect(called).toStrictEqual([1]);
    descriptors.poll(0);
    descriptors.serve();
    expect(called).toStrictEqual([1, 1, 2]);
  });

  it('that nobody watches may be removed', () => {
    const { native, descriptors, add, remove } = watched(3);
    add(1);
    remove(2);
    descriptors.poll(0);
    expect(native.polls[0]?.fds).toStrictEqual([1]);
  });

  it('each read without asking, but for rare ones', () => {
    const called: number[] = [];
    const { native, descriptors, add } = watched(7, (fd) => called.push(fd));
    for (const fd of upTo(7)) add(fd);
    descriptors.readEach();
    expect(called).toStrictEqual([1, 2, 4, 5]);
    expect(native.polls).toStrictEqual([]);
  });

  it('beyond a few are asked all at once, and read where there is something', () => {
    const called: number[] = [];
    const { native, descriptors, add, remove, setReady } = watched(100, (fd) => {
      called.push(fd);
      if (fd === 70) remove(71);
    });
    for (const fd of upTo(100)) add(fd);
    for (const fd of [1, 50, 70, 71]) setReady(fd);
    descriptors.readEach();
    expect(called).toStrictEqual([1, 2, 4, 5, 7, 50, 70]);
    expect(native.polls).toStrictEqual([]);
  });
});
