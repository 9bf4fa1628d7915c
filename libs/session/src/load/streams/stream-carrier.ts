import type { StreamSocket } from '@pathgauge/transport';
import type { AnsweringCarrier, AskingCarrier } from './stream-messages';

/** What a stream is to go over: see `HandedCarrier`. */
export type StreamCarrier =
  | {
      readonly kind: 'stream';
      readonly stream: StreamSocket;
      readonly unread: Uint8Array;
      readonly greeting: Uint8Array | undefined;
    }
  | AskingCarrier
  | AnsweringCarrier;
