import fc from 'fast-check';
import { ScriptedNative } from './scripted-native';
import { type Source, WatchedDescriptors } from './watched-descriptors';

function watched(count: number, onReady: (fd: number) => void = () => {}) {
  const native = new ScriptedNative();
  const descriptors = new WatchedDescriptors(native);
  const sources: Source[] = Array.from({ length: count }, (_, fd) => ({
    fd,
    wantsWrite: false,
    isRare: fd % 3 === 0,
    onReady: () => onReady(fd),
  }));
  const add = (fd: number): void => descriptors.add(sources[fd] as Source);
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
    expect(descriptors.poll(0)).toBe(7);
    expect(native.polls[0]?.fds).toStrictEqual(upTo(5_000));
    expect(descriptors.serve()).toBe(true);
    expect(called).toStrictEqual([0, 63, 64, 65, 1_023, 1_024, 4_999]);
  });

  it('are those added and not removed, in order, whatever is added and removed, also by what is called', () => {
    const change = fc.record({ fd: fc.nat(11), isAdded: fc.boolean() }, { noNullPrototype: true });
    const round = fc.record(
      { before: fc.array(change, { maxLength: 6 }), ready: fc.uniqueArray(fc.nat(11)), inside: fc.array(change) },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(round, { maxLength: 8 }), (rounds) => {
        const called: number[] = [];
        const inside: { fd: number; isAdded: boolean }[] = [];
        let model: number[] = [];
        const { native, descriptors, add, remove, setReady } = watched(12, (fd) => {
          called.push(fd);
          const next = inside.shift();
          if (next !== undefined) make(next);
        });
        const gone = new Set<number>();
        const make = ({ fd, isAdded }: { fd: number; isAdded: boolean }): void => {
          if (isAdded === model.includes(fd)) return;
          if (isAdded) add(fd);
          else remove(fd);
          if (!isAdded) gone.add(fd);
          model = isAdded ? [...model, fd] : model.filter((each) => each !== fd);
        };
        for (const each of rounds) {
          for (const one of each.before) make(one);
          native.readableFrom.clear();
          for (const fd of each.ready) setReady(fd);
          const seen = model.filter((fd) => each.ready.includes(fd));
          descriptors.poll(0);
          expect(native.polls.at(-1)?.fds).toStrictEqual(model);
          gone.clear();
          called.length = 0;
          inside.splice(0, inside.length, ...each.inside);
          descriptors.serve();
          // Nobody is called who was not ready, or was removed before it was his turn; those who are, in order.
          expect(called).toStrictEqual(seen.filter((fd) => called.includes(fd)));
          for (const fd of seen) if (!called.includes(fd)) expect(gone).toContain(fd);
        }
      }),
    );
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
});
