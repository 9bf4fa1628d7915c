import {
  type BoundAddress,
  codeOf,
  type Endpoint,
  type HandedStream,
  type Role,
  type RoleSide,
  type RoleTransport,
  TooLargeError,
} from '@pathgauge/transport';
import { after, type Instant, milliseconds, type Span, span } from '@pathgauge/units';
import type { HeardIcmp } from '../icmp/icmp-log';
import { deferred } from '../promises';
import {
  type CarrierFacts,
  DataEnd,
  type DataEndListener,
  type DataEndOptions,
  type DataFigures,
  type Report,
} from './data-end';
import { COMPLETE, PROGRESS } from './data-side';

/** Below this there is no time to send datagrams one by one. */
const MIN_SPACING_ONE_BY_ONE: Span = span(10_000);

/** What a thread that carries one end of a data stream is started with. */
export interface LoadThreadData {
  readonly options: DataEndOptions;
  readonly carrier: Carrier;
  /** Shared with the main thread: see `PROGRESS`. */
  readonly progress: SharedArrayBuffer;
}

/** What the stream goes over. */
export type Carrier =
  /** A connection, with what has been read of it. */
  | {
      readonly kind: 'stream';
      readonly handed: HandedStream;
      readonly unread: Uint8Array;
      readonly dscp: number | undefined;
    }
  /** A UDP socket of its own, which asks the server to open a stream. */
  | {
      readonly kind: 'ask';
      readonly peer: Endpoint;
      readonly bind: string | undefined;
      readonly ttl: number | undefined;
      readonly dscp: number | undefined;
      readonly dontFragment: boolean;
      readonly opening: Uint8Array;
    }
  /** A UDP socket beside the server's, for one client of it. */
  | {
      readonly kind: 'answer';
      /** The server's socket, and at which of its addresses the client knows it. */
      readonly beside: BoundAddress;
      readonly address: string;
      readonly peer: Endpoint;
      readonly dontFragment: boolean;
      readonly answer: Uint8Array;
    };

export type LoadThreadOrder =
  | { readonly do: 'start' | 'stop' | 'hold' | 'release' }
  | { readonly do: 'rest'; readonly isResting: boolean }
  | { readonly do: 'finish'; readonly end: Instant };

export type FromLoadThread =
  | { readonly tell: 'ready'; readonly carrier: CarrierFacts }
  | { readonly tell: 'stopped' }
  | { readonly tell: 'report'; readonly report: Report }
  | { readonly tell: 'broken'; readonly why: string }
  | { readonly tell: 'closed'; readonly error: Error | undefined }
  | { readonly tell: 'send-error'; readonly error: Error }
  | { readonly tell: 'icmp'; readonly heard: HeardIcmp }
  | { readonly tell: 'figures'; readonly figures: DataFigures };

/** How often the figures that others look at without asking are written. */
const PROGRESS_PERIOD: Span = milliseconds(2);

/** Carries one end of a data stream. */
export const LOAD: Role<LoadThreadData, LoadThreadOrder, FromLoadThread> = {
  name: 'load',
  run: (side) => loadInThread(side),
};

async function loadInThread(side: RoleSide<LoadThreadData, LoadThreadOrder, FromLoadThread>): Promise<void> {
  const { options, carrier, progress } = side.data;
  const { transport } = side;
  const tell = (message: FromLoadThread): void => side.post(message, message.tell !== 'report');
  const listener: DataEndListener = {
    onReport: (report) => tell({ tell: 'report', report }),
    onBroken: (why) => tell({ tell: 'broken', why }),
    onClosed: (error) => tell({ tell: 'closed', error: plain(error) }),
    onIcmp: (heard) => tell({ tell: 'icmp', heard }),
    onSendError: (error) => tell({ tell: 'send-error', error: plain(error) as Error }),
  };
  const end = new DataEnd(options, transport, listener);
  const onOpened = (): void => tell({ tell: 'ready', carrier: end.carrier });
  const opened = await open(end, carrier, mayCoalesce(options), transport, onOpened);
  const released = deferred();
  side.onMessage((order) => {
    switch (order.do) {
      case 'start':
        return end.start();
      case 'stop':
        void end.stop().then(() => tell({ tell: 'stopped' }));
        return;
      case 'rest':
        return end.rest(order.isResting);
      case 'hold':
        return end.holdReports();
      case 'finish':
        // A thread that was held up reads first what had come by then.
        return transport.soon(() => tell({ tell: 'figures', figures: end.finish(order.end) }));
      case 'release':
        released.resolve();
    }
  });
  const shared = new Float64Array(progress);
  const timer = transport.coarseTimer();
  const share = (): void => {
    shared[PROGRESS.lastArrival] = end.lastArrival ?? 0;
    shared[PROGRESS.complete] = completeOf(end.complete);
    shared[PROGRESS.passed] = end.bytes;
    timer.set(after(transport.clock.now(), PROGRESS_PERIOD), share);
  };
  share();
  try {
    await side.run(released.promise);
  } finally {
    timer.clear();
    end.release();
    opened.close();
  }
}

/** Where an own queue drops a part of what is cut only behind it, the system says nothing: a paced load leaves one by one. */
const mayCoalesce = ({ sending, pace }: DataEndOptions): boolean =>
  !sending || pace.spacing === undefined || pace.spacing < MIN_SPACING_ONE_BY_ONE;

async function open(
  end: DataEnd,
  carrier: Carrier,
  coalesce: boolean,
  transport: RoleTransport,
  onOpened: () => void,
): Promise<{ close(): void }> {
  if (carrier.kind === 'stream') {
    const stream = transport.takeStream(carrier.handed, carrier.dscp);
    end.attachStream(stream, carrier.unread);
    onOpened();
    return { close: () => stream.destroy() };
  }
  if (carrier.kind === 'ask') {
    const { peer, bind, ttl, dscp, dontFragment, opening } = carrier;
    const socket = await transport.connectDatagrams(peer, {
      bind: { address: bind },
      ttl,
      dscp,
      dontFragment,
      coalesce,
    });
    end.openDatagrams(socket, opening, onOpened);
    return socket;
  }
  const { beside, address, peer, dontFragment, answer } = carrier;
  const socket = await transport.besideDatagrams(beside, address, peer, { dontFragment, coalesce });
  end.serveDatagrams(socket, answer);
  onOpened();
  return socket;
}

const completeOf = (complete: boolean | undefined): number =>
  complete === undefined ? COMPLETE.unknown : complete ? COMPLETE.yes : COMPLETE.no;

/** An error whose code, and what would have fitted, survives being copied to another thread. */
function plain(error: Error | undefined): Error | undefined {
  if (error === undefined) return undefined;
  const fitting = error instanceof TooLargeError ? { mtuBytes: error.mtuBytes } : {};
  const copy = { name: error.name, message: error.message, code: codeOf(error), ...fitting };
  return copy;
}
