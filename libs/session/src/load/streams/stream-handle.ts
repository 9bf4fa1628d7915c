import type { RoleHandle } from '@pathgauge/transport';
import type { Instant } from '@pathgauge/units';
import type { IcmpReport } from '../../icmp/icmp-log';
import { deferred, handledElsewhere } from '../../promises';
import type { IntervalReport } from './interval-report';
import { errorFrom } from './plain-error';
import type { StreamOrder, StreamWord } from './stream-messages';
import type { CarrierFacts, StreamOutcome } from './stream-outcome';
import type { Progress } from './stream-progress';

/** What the role of a stream has to say of its load. */
interface StreamWordListener {
  onReport(report: IntervalReport): void;
  /** Everything that was planned has been sent, or has arrived; or it has been stopped. */
  onComplete(): void;
  onBroken(why: string): void;
  onClosed(error: Error | undefined): void;
  onSendError(error: Error): void;
  onIcmp(heard: IcmpReport): void;
}

/** One end of a data stream, as whoever runs the test sees it. */
export class StreamHandle {
  /** Readable at any time. */
  readonly progress: Progress;
  readonly #role: RoleHandle<StreamOrder, StreamWord>;
  readonly #listener: StreamWordListener;
  readonly #ready = deferred();
  readonly #stopped = deferred();
  readonly #finished = deferred<StreamOutcome>();
  /** Rejects when the role has ended: nobody is left waiting. */
  readonly #gone: Promise<never>;
  #facts: CarrierFacts | undefined;

  constructor(role: RoleHandle<StreamOrder, StreamWord>, progress: Progress, listener: StreamWordListener) {
    this.#role = role;
    this.progress = progress;
    this.#listener = listener;
    this.#gone = handledElsewhere(role.ended.then(() => Promise.reject(new Error('the role of the stream has ended'))));
    role.ended.catch((error) => listener.onClosed(error));
    role.onMessage((word) => this.#onWord(word));
  }

  /** Resolves when the stream is open; rejects when it cannot be. */
  get ready(): Promise<void> {
    return Promise.race([this.#ready.promise, this.#gone]);
  }

  /** Once the stream is ready. */
  get facts(): CarrierFacts | undefined {
    return this.#facts;
  }

  post(order: StreamOrder): void {
    this.#role.post(order);
  }

  /** Sends no more; resolves once a write that is under way is done, or never will be. */
  async stop(): Promise<void> {
    this.post({ order: 'stop' });
    await this.#unlessGone(this.#stopped.promise);
  }

  /** Everything about a load that ended at `end`; undefined where the role has ended before. */
  finish(end: Instant): Promise<StreamOutcome | undefined> {
    this.post({ order: 'finish', end });
    return this.#unlessGone(this.#finished.promise);
  }

  #unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
    return Promise.race([answer, this.#gone.catch(() => undefined)]);
  }

  #onWord(word: StreamWord): void {
    switch (word.word) {
      case 'ready':
        this.#facts = word.facts;
        this.#ready.resolve();
        break;
      case 'interval':
        this.#listener.onReport(word.report);
        break;
      case 'complete':
        this.#listener.onComplete();
        break;
      case 'broken':
        this.#listener.onBroken(word.why);
        break;
      case 'closed':
        this.#listener.onClosed(word.error === undefined ? undefined : errorFrom(word.error));
        break;
      case 'send-error':
        this.#listener.onSendError(errorFrom(word.error));
        break;
      case 'icmp':
        this.#listener.onIcmp(word.heard);
        break;
      case 'stopped':
        this.#stopped.resolve();
        break;
      case 'finished':
        this.#finished.resolve(word.outcome);
        break;
    }
  }
}
