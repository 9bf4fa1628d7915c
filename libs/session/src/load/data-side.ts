import type { RoleHandle } from '@pathgauge/transport';
import { type Instant, instant } from '@pathgauge/units';
import type { CarrierFacts, DataEndListener, DataFigures } from './data-end';
import type { FromLoadThread, LoadThreadData, LoadThreadOrder } from './load-thread';

/** One end of a data stream, as the one who runs the test sees it. */
export interface DataSide {
  /** Resolves when the stream is open; rejects when it cannot be. */
  readonly ready: Promise<void>;
  start(): void;
  /** Sends no more; resolves once a write that is under way is done, or never will be. */
  stop(): Promise<void>;
  /** See `DataEnd`. */
  rest(isResting: boolean): void;
  holdReports(): void;
  finish(end: Instant): Promise<DataFigures>;
  readonly complete: boolean | undefined;
  readonly lastArrival: Instant | undefined;
  /** Payload that came or went so far. */
  readonly bytes: number;
  /** Once the stream is ready. */
  readonly carrier: CarrierFacts | undefined;
  release(): void;
}

/** What a thread keeps for others to look at without asking: when something last arrived, whether all has, and how much passed. */
export const PROGRESS = { bytes: 24, lastArrival: 0, complete: 1, passed: 2 } as const;
export const COMPLETE = { unknown: 0, no: 1, yes: 2 } as const;

/** In a thread of its own. */
export function dataThere(
  thread: RoleHandle<LoadThreadOrder, FromLoadThread>,
  { progress }: LoadThreadData,
  listener: DataEndListener,
): DataSide {
  const shared = new Float64Array(progress);
  let carrier: CarrierFacts | undefined;
  let opened = (): void => {};
  let stopped = (): void => {};
  let finished = (_: DataFigures): void => {};
  const ready = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const whenStopped = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  const figures = new Promise<DataFigures>((resolve) => {
    finished = resolve;
  });
  thread.onMessage((told) => {
    switch (told.tell) {
      case 'ready':
        carrier = told.carrier;
        return opened();
      case 'report':
        return listener.onReport(told.report);
      case 'broken':
        return listener.onBroken(told.why);
      case 'closed':
        return listener.onClosed(told.error);
      case 'send-error':
        return listener.onSendError(told.error);
      case 'icmp':
        return listener.onIcmp(told.heard);
      case 'stopped':
        return stopped();
      case 'figures':
        return finished(told.figures);
    }
  });
  // A thread that fails leaves nobody waiting.
  const failed = thread.ended.then(() => Promise.reject(new Error('the thread of the stream has ended')));
  failed.catch(() => {});
  thread.ended.catch((error) => listener.onClosed(error));
  const order = (message: LoadThreadOrder): void => thread.post(message);
  return {
    ready: Promise.race([ready, failed]),
    start: () => order({ do: 'start' }),
    stop: () => {
      order({ do: 'stop' });
      return Promise.race([whenStopped, failed]).catch(() => {});
    },
    rest: (isResting) => order({ do: 'rest', isResting }),
    holdReports: () => order({ do: 'hold' }),
    finish: (end) => {
      order({ do: 'finish', end });
      return Promise.race([figures, failed]);
    },
    get complete() {
      const complete = shared[PROGRESS.complete];
      return complete === COMPLETE.unknown ? undefined : complete === COMPLETE.yes;
    },
    get lastArrival() {
      const last = shared[PROGRESS.lastArrival] as number;
      return last === 0 ? undefined : instant(last);
    },
    get bytes() {
      return shared[PROGRESS.passed] as number;
    },
    get carrier() {
      return carrier;
    },
    release: () => order({ do: 'release' }),
  };
}
