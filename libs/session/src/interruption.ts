/** Resolves when `signal` aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

export const interruptedEarly = (): Error =>
  Object.assign(new Error('interrupted before anything was measured'), { code: 'EINTR' });

/** `promise`, unless `signal` aborts first: then rejects at once. The promise itself is not stopped. Nothing is left at the signal. */
export const unlessInterrupted = <T>(signal: AbortSignal, promise: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(interruptedEarly());
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });

/** Rung by a user who wants to see the figures so far. */
export interface Bell {
  /** Returns what takes the handler away again. */
  onRing(handler: () => void): () => void;
}
