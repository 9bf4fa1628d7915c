import type { Transport } from '@pathgauge/transport';
import type { SentMeter } from './sent-meter';

/** What a sender needs of the transport, in whichever thread. */
export type SenderHost = Pick<Transport, 'clock' | 'timer' | 'coarseTimer' | 'soon'>;

/** The sending end of a stream, whatever carries it. */
export interface Sender {
  readonly sent: SentMeter;
  /** Begins to send. */
  start(): void;
  /** Sends no more, but for what ends the stream. */
  stop(): void;
  /** Sends nothing while it rests, and does not make up for it: what was due meanwhile is not sent. */
  rest(isResting: boolean): void;
  /** Calls back once nothing more is to be sent and a write that was under way is done, or never will be. */
  onEnded(handler: () => void): void;
}
