import { seconds, span } from '@pathgauge/units';
import { VirtualTime } from './virtual-time';

describe('VirtualTime', () => {
  it('runs what is due in order of time, then of scheduling', async () => {
    const time = new VirtualTime();
    const begin = time.now();
    const seen: [string, number][] = [];
    const note = (name: string) => () => void seen.push([name, time.now() - begin]);
    time.schedule(span(20), note('b'));
    time.schedule(span(10), note('a'));
    time.schedule(span(20), note('c'));
    time.schedule(span(31), note('not yet'));
    time.cancel(time.schedule(span(15), note('cancelled')));
    await time.advance(span(30));
    expect(seen).toStrictEqual([
      ['a', 10],
      ['b', 20],
      ['c', 20],
    ]);
    expect(time.now() - begin).toBe(30);
  });

  it('lets promises go on between two events', async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    const woken = new Promise<void>((resolve) => time.schedule(span(10), resolve));
    time.schedule(span(11), () => seen.push('next event'));
    const after = woken.then(() => seen.push('promise'));
    await time.advance(span(11));
    await after;
    expect(seen).toStrictEqual(['promise', 'next event']);
  });

  it('waits for a promise, and says so when nothing could settle it', async () => {
    const time = new VirtualTime();
    const begin = time.now();
    const answer = new Promise((resolve) => time.schedule(seconds(5), () => resolve('answer')));
    await expect(time.settle(answer)).resolves.toBe('answer');
    expect(time.now() - begin).toBe(5e9);
    await expect(time.settle(new Promise(() => {}))).rejects.toThrow('nothing is left to happen');
  });
});
