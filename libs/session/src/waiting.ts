import { type Transport, TransportError } from '@pathgauge/transport';
import { after, type Span } from '@pathgauge/units';

/** What waiting takes of a transport. */
export type Timers = Pick<Transport, 'clock' | 'coarseTimer'>;

/** Calls back once when `delay` has passed. Returns what takes that back. */
export function later({ clock, coarseTimer }: Timers, delay: Span, callback: () => void): () => void {
  const timer = coarseTimer();
  timer.set(after(clock.now(), delay), callback);
  return () => timer.clear();
}

/** Calls back each time that `period` has passed since the last call. Returns what ends it. */
export function every({ clock, coarseTimer }: Timers, period: Span, callback: () => void): () => void {
  const timer = coarseTimer();
  let isOver = false;
  const wait = (): void => timer.set(after(clock.now(), period), onTime);
  const onTime = (): void => {
    callback();
    if (!isOver) wait();
  };
  wait();
  return () => {
    isOver = true;
    timer.clear();
  };
}

export const sleep = (timers: Timers, delay: Span): Promise<void> =>
  new Promise((resolve) => void later(timers, delay, resolve));

/** `promise`, unless it takes longer than `limit`: then rejects with `message`. The promise itself is not stopped. */
export function within<T>(timers: Timers, limit: Span, message: string, promise: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = later(timers, limit, () => reject(new TransportError('ETIMEDOUT', message)));
    promise.then(resolve, reject).finally(cancel);
  });
}

/**
 * As `within`, for as long as `progress` stays the same. It is looked at once in each `limit`, so that nobody is given up before that
 * long, and everybody before twice as long.
 */
export function withinEach<T>(
  timers: Timers,
  limit: Span,
  progress: () => number,
  message: () => string,
  promise: Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let cancel = (): void => {};
    const wait = (before: number): void => {
      cancel = later(timers, limit, () => {
        const now = progress();
        if (now === before) reject(new TransportError('ETIMEDOUT', message()));
        else wait(now);
      });
    };
    wait(progress());
    promise.then(resolve, reject).finally(() => cancel());
  });
}

/** What `promise` resolves with; `instead` where that takes longer than `limit`, or it fails: what follows is done all the same. */
export function valueWithin<T>(timers: Timers, limit: Span, promise: Promise<T>, instead: T): Promise<T> {
  return within(timers, limit, 'too late', promise).catch(() => instead);
}

/** Resolves when `promise` is settled, in whatever way, or when `limit` is over. */
export const settledWithin = (timers: Timers, limit: Span, promise: Promise<unknown>): Promise<unknown> =>
  valueWithin(timers, limit, promise, undefined);
