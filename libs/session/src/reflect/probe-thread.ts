import { decodeStreamOpening } from '@pathgauge/protocol';
import type { IgnoredDatagrams } from '@pathgauge/result';
import type { BoundDescriptor, Endpoint, ThreadSide } from '@pathgauge/transport';
import { AwaitedOpenings } from '../load/awaited-openings';
import { ProbeService, type ProbeTotals } from './probe-service';

/** What a thread that answers probes is started with. */
export interface ProbeThreadData {
  readonly address: string | undefined;
  readonly port: number;
  readonly echo: boolean;
}

export type FromProbeThread =
  | { readonly tell: 'listening'; readonly bound: BoundDescriptor }
  | { readonly tell: 'session'; readonly source: Endpoint }
  | { readonly tell: 'ignored'; readonly counts: IgnoredDatagrams; readonly latest: Endpoint }
  /** Somebody asks to open a stream of load that is awaited. */
  | { readonly tell: 'opening'; readonly source: Endpoint; readonly payload: Uint8Array }
  | { readonly tell: 'totals'; readonly totals: ProbeTotals };

/** What such a thread is told. */
export type ProbeThreadOrder =
  | { readonly do: 'stop' }
  /** What was done so far is to be told. */
  | { readonly do: 'tell-totals' }
  /** An opening with this key is awaited, or is no more. */
  | { readonly do: 'await'; readonly key: string; readonly isAwaited: boolean };

/** The thread's side. */
export async function probesInThread(side: ThreadSide): Promise<void> {
  const { address, port, echo } = side.data as ProbeThreadData;
  const tell = (message: FromProbeThread): void => side.post(message);
  const socket = side.transport.bindDatagrams({ bind: { address, port }, stamps: ['sent'] });
  const openings = new AwaitedOpenings();
  const service = new ProbeService(socket, side.transport, {
    echo,
    takesDatagram: (batch, i, source) => {
      const payload = batch.payload(i);
      const opening = decodeStreamOpening(payload);
      if (opening === undefined || !openings.take(opening.token)) return false;
      tell({ tell: 'opening', source, payload: payload.slice() });
      return true;
    },
    onSession: (source) => tell({ tell: 'session', source }),
    onIgnored: (counts, latest) => tell({ tell: 'ignored', counts, latest }),
  });
  tell({ tell: 'listening', bound: { fd: socket.fd, local: socket.local } });
  let stopped = false;
  side.onMessage((message) => {
    const order = message as ProbeThreadOrder;
    if (order.do === 'stop') stopped = true;
    else if (order.do === 'tell-totals') tell({ tell: 'totals', totals: service.totals() });
    else if (order.isAwaited) openings.expect(order.key);
    else openings.forget(order.key);
  });
  try {
    await side.run(() => stopped);
    tell({ tell: 'totals', totals: service.totals() });
  } finally {
    service.close();
  }
}
