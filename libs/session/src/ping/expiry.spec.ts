import { ProbeLedger } from '@pathgauge/metrics';
import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { instant, milliseconds, span } from '@pathgauge/units';
import { Expiry } from './expiry';

const TIMEOUT = milliseconds(500);
const ms = milliseconds;

/** A ledger whose probes are given up by an expiry that watches it, as a session does. */
const setUp = () => {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const begin = clock.now();
  const woken: number[] = [];
  const lost: number[] = [];
  const ledger = new ProbeLedger({
    capacity: 100,
    timeout: TIMEOUT,
    onLost: (index) => lost.push(index),
    onSettled: () => {},
  });
  const expiry = new Expiry(new VirtualTimer(time, clock), () => {
    woken.push(clock.now() - begin);
    ledger.expire(clock.now());
    expiry.watch(ledger, TIMEOUT);
  });
  const send = (): void => {
    ledger.send(clock.now());
    expiry.watch(ledger, TIMEOUT);
  };
  const answer = (index: number): void =>
    void ledger.answer(index, { arrivedAt: clock.now(), upNs: undefined, downNs: undefined, ownSequence: undefined });
  return { time, woken, lost, ledger, expiry, send, answer };
};

describe('Expiry', () => {
  it('wakes right behind the waiting time of the oldest probe, then of the next', async () => {
    const { time, woken, lost, send } = setUp();
    send();
    await time.advance(ms(100));
    send();
    await time.advance(ms(300));
    expect(woken).toStrictEqual([]);
    await time.advance(ms(1000));
    // In time is what comes within the timeout: it is over a nanosecond later.
    expect(woken).toStrictEqual([500e6 + 1, 600e6 + 1]);
    expect(lost).toStrictEqual([0, 1]);
  });

  it('does not wake where nothing is outstanding, and does again for what is sent later', async () => {
    const { time, woken, ledger, expiry, send } = setUp();
    expiry.watch(ledger, TIMEOUT);
    await time.advance(ms(1000));
    expect(woken).toStrictEqual([]);
    send();
    await time.advance(ms(1000));
    expect(woken).toStrictEqual([1500e6 + 1]);
  });

  it('wakes once for a probe that was answered meanwhile, and from then on for the oldest that was not', async () => {
    const { time, woken, lost, send, answer } = setUp();
    send();
    await time.advance(ms(200));
    send();
    answer(0);
    await time.advance(ms(2000));
    expect(woken).toStrictEqual([500e6 + 1, 700e6 + 1]);
    expect(lost).toStrictEqual([1]);
  });

  it('is not put off by probes that are sent later', async () => {
    const { time, woken, send } = setUp();
    for (let i = 0; i < 6; i++) {
      send();
      await time.advance(ms(100));
    }
    expect(woken[0]).toBe(500e6 + 1);
  });

  it('sets its timer once for many probes, not with each', () => {
    const { ledger } = setUp();
    const timer = { set: jest.fn(), clear: jest.fn() };
    const expiry = new Expiry(timer, () => {});
    for (let i = 0; i < 5; i++) {
      ledger.send(instant(1000 + i));
      expiry.watch(ledger, TIMEOUT);
    }
    expect(timer.set.mock.calls).toStrictEqual([[1000 + 500e6 + 1, expect.any(Function)]]);
  });

  it('wakes no more once cleared, until it watches again', async () => {
    const { time, woken, ledger, expiry, send } = setUp();
    send();
    expiry.clear();
    await time.advance(ms(2000));
    expect(woken).toStrictEqual([]);
    expiry.watch(ledger, TIMEOUT);
    await time.advance(span(10));
    // Its time is long over.
    expect(woken).toStrictEqual([2000e6 + 1]);
  });
});
