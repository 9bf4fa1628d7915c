import { collect } from '@pathgauge/testing';
import fc from 'fast-check';
import { EventQueue } from './event-queue';

describe('EventQueue', () => {
  it('delivers everything, in order, however pushing and taking interleave', async () => {
    const steps = fc.array(fc.oneof(fc.nat(), fc.constant('pause' as const)));
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const queue = new EventQueue<number>();
        const taken = collect(queue);
        for (const step of script) {
          if (step === 'pause') await new Promise((resolve) => setImmediate(resolve));
          else queue.push(step);
        }
        queue.end();
        expect(await taken).toStrictEqual(script.filter((step) => step !== 'pause'));
      }),
    );
  });

  it('delivers what was pushed before anyone listened, and nothing after the end', async () => {
    const queue = new EventQueue<string>();
    queue.push('early');
    queue.end();
    queue.push('late');
    expect(await collect(queue)).toStrictEqual(['early']);
  });

  it('keeps no more than its bound when nobody takes, and says how many it missed', async () => {
    const queue = new EventQueue<string>({ max: 2, missed: (count) => `${count} missed` });
    for (const item of ['a', 'b', 'c', 'd']) queue.push(item);
    const taken: string[] = [];
    for await (const item of queue) {
      taken.push(item);
      if (item === 'b') queue.push('e');
      if (item === 'e') for (const later of ['f', 'g', 'h']) queue.push(later);
      if (item === 'e') queue.end('last');
    }
    expect(taken).toStrictEqual(['a', 'b', '2 missed', 'e', 'f', 'g', '1 missed', 'last']);
  });

  it('takes what is pushed while an item is being worked on', async () => {
    const queue = new EventQueue<number>();
    queue.push(1);
    const seen: number[] = [];
    for await (const item of queue) {
      seen.push(item);
      if (item < 3) queue.push(item + 1);
      else queue.end();
    }
    expect(seen).toStrictEqual([1, 2, 3]);
  });

  it('delivers everything, then throws what failed', async () => {
    const queue = new EventQueue<number>();
    const seen: number[] = [];
    const taken = (async () => {
      for await (const item of queue) seen.push(item);
    })();
    queue.push(1);
    queue.push(2);
    queue.fail(new Error('broken'));
    await expect(taken).rejects.toThrow('broken');
    expect(seen).toStrictEqual([1, 2]);
  });

  it('has ended well when it fails only afterwards', async () => {
    const queue = new EventQueue<number>();
    queue.end();
    queue.fail(new Error('too late'));
    expect(await collect(queue)).toStrictEqual([]);
  });
});
