import type { NoticeEvent } from '@pathgauge/result';
import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { TransportError } from '@pathgauge/transport';
import { milliseconds, type Span, seconds } from '@pathgauge/units';
import { Notices } from '../notices';
import { sleep } from '../waiting';
import { unlessBusy } from './busy-server';

const ms = milliseconds;
const BUSY = new TransportError('EBUSY', 'x: the server is busy');
const REFUSED = new TransportError('ECONNREFUSED', 'x refuses');

/** Attempts that end as `outcomes` say, the last of them for ever; each takes 10 ms. */
async function attempts(limit: Span | undefined, outcomes: readonly (Error | undefined)[], interruptMs?: number) {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const timers = { clock, coarseTimer: () => new VirtualTimer(time, clock) };
  const begin = time.now();
  const passedMs = (): number => (time.now() - begin) / 1e6;
  const abort = new AbortController();
  const events: NoticeEvent[] = [];
  const notices = new Notices((event) => events.push(event));
  const begunAtMs: number[] = [];
  const attempt = async (): Promise<void> => {
    const outcome = outcomes[Math.min(begunAtMs.length, outcomes.length - 1)];
    begunAtMs.push(passedMs());
    await sleep(timers, ms(10));
    if (outcome !== undefined) throw outcome;
  };
  if (interruptMs !== undefined) time.schedule(ms(interruptMs), () => abort.abort());
  const failure = await time.settle(
    unlessBusy(attempt, { limit, timers, signal: abort.signal, notices }).then(
      () => undefined,
      (error: TransportError) => error,
    ),
  );
  return { begunAtMs, events, failure, passedMs: passedMs() };
}

describe('unlessBusy', () => {
  it.each<[string, Span | undefined, readonly (Error | undefined)[], { begunAtMs: number[]; failure?: object }]>([
    ['makes one attempt where the server has room', seconds(5), [undefined], { begunAtMs: [0] }],
    ['makes one attempt where nobody waits', undefined, [BUSY], { begunAtMs: [0], failure: BUSY }],
    ['asks again until there is room', seconds(5), [BUSY, BUSY, undefined], { begunAtMs: [0, 510, 1020] }],
    ['waits for busy servers only', seconds(5), [BUSY, REFUSED], { begunAtMs: [0, 510], failure: REFUSED }],
    [
      'asks once more at the end of its time, and says how long it has asked',
      milliseconds(800),
      [BUSY],
      { begunAtMs: [0, 510, 800], failure: { code: 'EBUSY', message: `${BUSY.message} (it was asked for 0.8 s)` } },
    ],
  ])('%s', async (_, limit, outcomes, { begunAtMs, failure }) => {
    const made = await attempts(limit, outcomes);
    expect(made.begunAtMs).toStrictEqual(begunAtMs);
    if (failure === undefined) expect(made.failure).toBeUndefined();
    else expect(made.failure).toMatchObject(failure);
  });

  it('tells once that it waits, and not when it need not', async () => {
    const message = 'the server is busy; it is asked again for 5 s';
    const { events } = await attempts(seconds(5), [BUSY, BUSY, BUSY, undefined]);
    expect(events).toStrictEqual([{ type: 'notice', code: 'server-busy', message }]);
    expect((await attempts(seconds(5), [undefined])).events).toStrictEqual([]);
  });

  it('leaves nothing at the signal of its user, however often it asks', async () => {
    const [add, remove] = (['addEventListener', 'removeEventListener'] as const).map((name) =>
      jest.spyOn(AbortSignal.prototype, name),
    );
    await attempts(seconds(60), [...Array.from({ length: 50 }, () => BUSY), undefined]);
    expect(add?.mock.calls.length).toBeGreaterThanOrEqual(50);
    expect(remove).toHaveBeenCalledTimes(add?.mock.calls.length as number);
    jest.restoreAllMocks();
  });

  it('ends at once when its user interrupts the waiting', async () => {
    const { failure, passedMs } = await attempts(seconds(5), [BUSY], 700);
    expect(failure).toMatchObject({ code: 'EINTR' });
    expect(passedMs).toBe(700);
  });
});
