import { Turns } from './turns';

/** Everything that promises still have to do. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const turns = new Turns();
  const seen: string[] = [];
  const ends = new Map<string, () => void>();
  const take = (key: string, who: string): void => {
    void turns.take(key).then((end) => {
      seen.push(who);
      ends.set(who, end);
    });
  };
  return { seen, take, end: (who: string) => ends.get(who)?.() };
}

describe('Turns', () => {
  it('come one behind the other, in the order of asking', async () => {
    const { seen, take, end } = setUp();
    for (const who of ['a', 'b', 'c']) take('one', who);
    await settle();
    expect(seen).toStrictEqual(['a']);
    end('a');
    await settle();
    expect(seen).toStrictEqual(['a', 'b']);
    end('b');
    await settle();
    expect(seen).toStrictEqual(['a', 'b', 'c']);
  });

  it('of different keys do not wait for each other', async () => {
    const { seen, take } = setUp();
    take('one', 'a');
    take('other', 'b');
    await settle();
    expect(seen).toStrictEqual(['a', 'b']);
  });

  it('are free again when the last has ended its own, however often it says so', async () => {
    const { seen, take, end } = setUp();
    take('one', 'a');
    await settle();
    end('a');
    take('one', 'b');
    await settle();
    end('a');
    take('one', 'c');
    await settle();
    expect(seen).toStrictEqual(['a', 'b']);
  });
});
