import type { BoundAddress, Endpoint, HandedStream } from '@pathgauge/transport';
import type { Instant } from '@pathgauge/units';
import type { IcmpReport } from '../../icmp/icmp-log';
import type { IntervalReport } from './interval-report';
import type { PlainError } from './plain-error';
import type { StreamOptions } from './stream-options';
import type { CarrierFacts, StreamOutcome } from './stream-outcome';

/** What the role of a data stream is started with. */
export interface StreamData {
  readonly options: StreamOptions;
  readonly carrier: HandedCarrier;
  /** Of `StreamProgress`. */
  readonly progress: SharedArrayBuffer;
}

/** What the stream goes over. */
export type HandedCarrier = HandedConnection | AskingCarrier | AnsweringCarrier;

/** A connection, with what has been read of it. */
interface HandedConnection {
  readonly kind: 'stream';
  readonly handed: HandedStream;
  readonly unread: Uint8Array;
  /** What is written before anything else, as soon as somebody listens: a client's cookie lets the server begin. */
  readonly greeting: Uint8Array | undefined;
}

/** A UDP socket of its own, which asks the server to open a stream. */
export interface AskingCarrier {
  readonly kind: 'ask';
  readonly peer: Endpoint;
  readonly bind: string | undefined;
  readonly ttl: number | undefined;
  readonly opening: Uint8Array;
}

/** A UDP socket beside the server's, for one client of it. */
export interface AnsweringCarrier {
  readonly kind: 'answer';
  /** The server's socket, and at which of its addresses the client knows it. */
  readonly beside: BoundAddress;
  readonly address: string;
  readonly peer: Endpoint;
  readonly answer: Uint8Array;
}

/** What the role does when it is asked: see `DataStream`. */
export type StreamOrder =
  | { readonly order: 'start' | 'stop' | 'hold' | 'release' }
  | { readonly order: 'rest'; readonly isResting: boolean }
  | { readonly order: 'finish'; readonly end: Instant };

/** What the role has to say. */
export type StreamWord =
  | { readonly word: 'ready'; readonly facts: CarrierFacts }
  | { readonly word: 'interval'; readonly report: IntervalReport }
  | { readonly word: 'broken'; readonly why: string }
  | { readonly word: 'closed'; readonly error: PlainError | undefined }
  | { readonly word: 'send-error'; readonly error: PlainError }
  | { readonly word: 'icmp'; readonly heard: IcmpReport }
  | { readonly word: 'stopped' }
  | { readonly word: 'complete' }
  | { readonly word: 'finished'; readonly outcome: StreamOutcome };
