import { STATE, type State } from '@pathgauge/protocol';
import { ServerOrder } from './server-order';

const ORDER = [
  STATE.paramExchange,
  STATE.createStreams,
  STATE.testStart,
  STATE.testRunning,
  STATE.exchangeResults,
  STATE.displayResults,
] as const;

/** An order in which the first `count` states were announced. */
function behind(count: number): ServerOrder {
  const order = new ServerOrder();
  for (const state of ORDER.slice(0, count)) expect(order.announce(state)).toBeUndefined();
  return order;
}

describe('ServerOrder', () => {
  it('takes each state once, in the order of the protocol', () => {
    behind(ORDER.length);
    for (let count = 0; count <= ORDER.length; count++) {
      const wrong = (Object.values(STATE) as State[]).filter((state) => state !== ORDER[count]);
      for (const state of wrong) expect(behind(count).announce(state)).toMatch(/ out of order$/);
    }
  });

  it('takes a grant once, between the parameters and the streams', () => {
    const order = behind(1);
    expect([order.grant(), order.grant()]).toStrictEqual([undefined, 'grant out of order']);
    expect(order.announce(STATE.createStreams)).toBeUndefined();
    for (const count of [0, 2, 3, 4, 5, 6]) expect(behind(count).grant()).toBe('grant out of order');
  });

  it('takes reports while the load runs', () => {
    for (const count of [0, 1, 2, 3, 5, 6]) expect(behind(count).report()).toBe('report out of order');
    const running = behind(4);
    expect([running.report(), running.report()]).toStrictEqual([undefined, undefined]);
  });

  it('goes on behind what was wrong as if it had not been said', () => {
    const order = behind(1);
    expect(order.announce(STATE.testRunning)).toBe('testRunning out of order');
    expect(order.announce(STATE.createStreams)).toBeUndefined();
  });
});
