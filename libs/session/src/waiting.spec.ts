import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { milliseconds } from '@pathgauge/units';
import { every, later, settledWithin, sleep, type Timers, valueWithin, within, withinEach } from './waiting';

const ms = milliseconds;

function setUp() {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const timers: Timers = { clock, coarseTimer: () => new VirtualTimer(time, clock) };
  const begin = time.now();
  const passedMs = (): number => (time.now() - begin) / 1e6;
  const answer = (afterMs: number): Promise<string> => sleep(timers, ms(afterMs)).then(() => 'answer');
  return { time, timers, passedMs, answer };
}

describe('later', () => {
  it('calls back once, unless it is taken back', async () => {
    const { time, timers, passedMs } = setUp();
    const seen: number[] = [];
    later(timers, ms(20), () => seen.push(passedMs()));
    later(timers, ms(10), () => seen.push(passedMs()))();
    await time.advance(ms(100));
    expect(seen).toStrictEqual([20]);
  });
});

describe('every', () => {
  it('calls back again and again until it is ended', async () => {
    const { time, timers, passedMs } = setUp();
    const seen: number[] = [];
    const end = every(timers, ms(20), () => seen.push(passedMs()));
    await time.advance(ms(70));
    end();
    await time.advance(ms(100));
    expect(seen).toStrictEqual([20, 40, 60]);
  });

  it('may be ended by its own callback', async () => {
    const { time, timers, passedMs } = setUp();
    const seen: number[] = [];
    const end = every(timers, ms(20), () => {
      seen.push(passedMs());
      end();
    });
    await time.advance(ms(100));
    expect(seen).toStrictEqual([20]);
  });
});

describe('within', () => {
  it('gives what comes in time, and a TransportError for what does not', async () => {
    const { time, timers, answer } = setUp();
    await expect(time.settle(within(timers, ms(100), 'too late', answer(99)))).resolves.toBe('answer');
    await expect(time.settle(within(timers, ms(100), 'too late', answer(101)))).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: 'too late',
    });
    const own = Promise.reject(new Error('own'));
    await expect(time.settle(within(timers, ms(100), 'too late', own))).rejects.toThrow('own');
  });

  it('leaves no timer behind', async () => {
    const { time, timers, passedMs } = setUp();
    await time.settle(within(timers, ms(100), 'too late', Promise.resolve()));
    await expect(time.settle(new Promise(() => {}))).rejects.toThrow('nothing is left to happen');
    expect(passedMs()).toBe(0);
  });
});

describe('valueWithin', () => {
  it.each<[string, (answer: (afterMs: number) => Promise<string>) => Promise<string>, string, number]>([
    ['what comes in time', (answer) => answer(40), 'answer', 40],
    ['something else for what comes late', (answer) => answer(400), 'instead', 100],
    ['something else for what fails', (answer) => answer(40).then(() => Promise.reject(new Error())), 'instead', 40],
  ])('gives %s', async (_, promise, expected, expectedMs) => {
    const { time, timers, passedMs, answer } = setUp();
    const value = await time.settle(valueWithin(timers, ms(100), promise(answer), 'instead'));
    expect([value, passedMs()]).toStrictEqual([expected, expectedMs]);
  });
});

describe('settledWithin', () => {
  it.each<[string, number, number]>([
    ['as soon as it is', 40, 40],
    ['at the limit at the latest', 400, 100],
  ])('resolves %s', async (_, afterMs, expected) => {
    const { time, timers, passedMs, answer } = setUp();
    await time.settle(settledWithin(timers, ms(100), answer(afterMs)));
    expect(passedMs()).toBe(expected);
  });

  it('does not mind a failure', async () => {
    const { time, timers, passedMs } = setUp();
    const failing = sleep(timers, ms(10)).then(() => Promise.reject(new Error('failed')));
    await time.settle(settledWithin(timers, ms(100), failing));
    expect(passedMs()).toBe(10);
  });
});

describe('withinEach', () => {
  it.each<[string, readonly number[], number, string, number]>([
    ['gives what comes in time', [], 90, 'answer', 90],
    ['waits anew for each step', [60, 120, 250], 290, 'answer', 290],
    ['gives up where nothing has moved for so long', [60], 1000, 'stuck at 1', 200],
    ['gives up where nothing has moved at all', [], 1000, 'stuck at 0', 100],
  ])('%s', async (_, steps, answerMs, expected, endMs) => {
    const { time, timers, passedMs, answer } = setUp();
    let progress = 0;
    for (const step of steps) time.schedule(ms(step), () => progress++);
    const waited = withinEach(
      timers,
      ms(100),
      () => progress,
      () => `stuck at ${progress}`,
      answer(answerMs),
    );
    const outcome = await time.settle(waited.catch(({ code, message }) => (code === 'ETIMEDOUT' ? message : code)));
    expect([outcome, passedMs()]).toStrictEqual([expected, endMs]);
  });
});
