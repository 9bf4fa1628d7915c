import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { milliseconds, seconds, span } from '@pathgauge/units';
import { planOf } from '../../test/load-plans';
import { deferred } from '../promises';
import { expectOpenings, turnOf, untilOpened } from './opening-streams';

const CLIENT = { address: '10.0.0.1', port: 40_000 };
const never = new Promise<void>(() => {});

function scene() {
  const time = new VirtualTime();
  const transport = new FakeNetwork(time).host('10.0.0.2');
  const begin = time.now();
  return { time, transport, passed: () => span(time.now() - begin), ends: [] as (() => void)[] };
}

describe('the turn of a plain UDP client', () => {
  it.each([true, false])(
    'is left once; when its streams are open, or else when its test ends: %p',
    async (isOpened) => {
      const { time, transport, ends } = scene();
      const left = jest.fn();
      const leave = await time.settle(turnOf({ transport, plainUdpTurn: async () => left }, CLIENT, ends));
      expect(left).not.toHaveBeenCalled();
      for (const end of isOpened ? [leave] : ends) end();
      await time.advance(milliseconds(1));
      expect(left).toHaveBeenCalledTimes(1);
    },
  );

  it('is waited for for ten seconds; one that comes later is left at once', async () => {
    const { time, transport, passed, ends } = scene();
    const turn = deferred<() => void>();
    const late = turnOf({ transport, plainUdpTurn: () => turn.promise }, CLIENT, ends);
    await expect(time.settle(late)).rejects.toThrow('another test from the same address did not begin in time');
    expect(passed()).toBe(seconds(10));
    for (const end of ends) end();
    const left = jest.fn();
    turn.resolve(left);
    await time.advance(milliseconds(1));
    expect(left).toHaveBeenCalledTimes(1);
  });
});

it('as many openings are expected as there are streams, until the test is over', async () => {
  const { time, transport, ends } = scene();
  const expected: number[] = [];
  const forget = jest.fn();
  const awaitOpenings = (_: unknown, openings: number) => {
    expected.push(openings);
    return { known: Promise.resolve(), forget };
  };
  const plan = planOf({ protocol: 'udp', parallel: 3, directions: ['up', 'down'] });
  await time.settle(expectOpenings({ transport, awaitOpenings }, undefined, plan, ends));
  expect([expected, forget.mock.calls.length]).toStrictEqual([[6], 0]);
  for (const end of ends) end();
  expect(forget).toHaveBeenCalledTimes(1);
});

describe('streams that are being opened', () => {
  it.each<[count: number, taken: number, secondsEach: number, says: RegExp, afterSeconds: number]>([
    [1, 1, 9, /^opened$/, 9],
    [4, 4, 3, /^opened$/, 12],
    [1, 0, 1, /^10\.0\.0\.1:40000 opened no data stream$/, 10],
    [20, 3, 1, /opened only 3 of its data streams$/, 20],
    // Each in time, and all of them too slowly: who does so holds the place of others.
    [20, 20, 9, /took too long to open its data streams$/, 30],
    [256, 256, 9, /took too long to open its data streams$/, 120],
  ])('of %i, of which %i come, one each %i s: %p after %i s', async (count, taken, secondsEach, says, afterSeconds) => {
    const { time, transport, passed } = scene();
    const opened = deferred();
    const awaited = { opened: opened.promise, count, taken: 0 };
    const comeLater = (): void => {
      if (awaited.taken === taken) return;
      time.schedule(seconds(secondsEach), () => {
        if (++awaited.taken === count) opened.resolve();
        else comeLater();
      });
    };
    comeLater();
    const outcome = untilOpened(transport, CLIENT, awaited, [never]).then(
      () => 'opened',
      ({ message }: Error) => message,
    );
    expect(await time.settle(outcome)).toMatch(says);
    expect(passed() / seconds(1)).toBeCloseTo(afterSeconds, 1);
  });

  it('are not waited for when the test ends before', async () => {
    const { time, transport, passed } = scene();
    const awaited = { opened: never, count: 1, taken: 0 };
    const ended = untilOpened(transport, CLIENT, awaited, [Promise.resolve()]);
    await expect(time.settle(ended)).rejects.toThrow('the client ended the test before it began');
    expect(passed()).toBe(0);
  });
});
