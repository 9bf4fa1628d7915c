import type { Direction } from '@pathgauge/result';
import type { Transport } from '@pathgauge/transport';
import type { Instant, Span, WallMap } from '@pathgauge/units';
import type { Pace } from '../plan/pace';
import type { SentMeter } from './sent-meter';
import type { StreamProgress } from './stream-progress';

/** What a sender needs of the transport, in whichever thread. */
export type SenderHost = Pick<Transport, 'clock' | 'timer' | 'coarseTimer' | 'soon'>;

/** What every sender is to do. */
export interface SenderOptions {
  readonly direction: Direction;
  /** Is called with each instant at which something may be sent, before that is looked for. */
  readonly beforeSend: (at: Instant) => void;
  readonly progress: StreamProgress;
  /** Bytes of a message. */
  readonly length: number;
  readonly pace: Pace;
  /** For so long, what is sent is in no figure; `Sender.count` ends it. */
  readonly omit: Span;
  /** The payload is one that links on the way may compress. */
  readonly repeats?: boolean;
  /** Wall time for the messages; undefined with a plain iperf3 peer, which does not read it. */
  readonly wall: WallMap | undefined;
}

/** The sending end of a stream, whatever carries it. */
export interface Sender {
  readonly sent: SentMeter;
  /** Begins to send. */
  start(at: Instant): void;
  /** The omitted beginning ends at `at`: what is sent from then on counts, and its pace begins. */
  count(at: Instant): void;
  /** Sends no more, but for what ends the stream. `isUnread`: nobody reads what is still being written, nor waits for it. */
  stop(isUnread: boolean): void;
  /** Sends nothing while it rests, and does not make up for it: what was due meanwhile is not sent. */
  rest(isResting: boolean): void;
  /** Calls back once nothing more is to be sent and a write that was under way is done, or never will be. */
  onEnded(handler: () => void): void;
}
