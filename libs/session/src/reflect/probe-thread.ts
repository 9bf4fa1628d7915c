import { decodeStreamOpening } from '@pathgauge/protocol';
import type { Endpoint, ThreadSide } from '@pathgauge/transport';
import { ProbeService, type ProbeTotals } from './probe-service';

/** What a thread that answers probes is started with. */
export interface ProbeThreadData {
  readonly address: string | undefined;
  readonly port: number;
  readonly echo: boolean;
}

export type FromProbeThread =
  | { readonly tell: 'listening'; readonly local: Endpoint }
  | { readonly tell: 'session'; readonly source: Endpoint }
  /** Somebody asks to open a stream of load. */
  | { readonly tell: 'opening'; readonly source: Endpoint; readonly payload: Uint8Array }
  | { readonly tell: 'totals'; readonly totals: ProbeTotals };

/** What such a thread is told. */
export const STOP = 'stop';
export const TOTALS = 'totals';

/** The thread's side. */
export async function probesInThread(side: ThreadSide): Promise<void> {
  const { address, port, echo } = side.data as ProbeThreadData;
  const tell = (message: FromProbeThread): void => side.post(message);
  const socket = side.transport.bindDatagrams({ bind: { address, port }, stamps: ['sent'] });
  const service = new ProbeService(socket, side.transport, {
    echo,
    takesDatagram: (batch, i, source) => {
      const payload = batch.payload(i);
      if (decodeStreamOpening(payload) === undefined) return false;
      tell({ tell: 'opening', source, payload: payload.slice() });
      return true;
    },
    onSession: (source) => tell({ tell: 'session', source }),
  });
  tell({ tell: 'listening', local: socket.local });
  let stopped = false;
  side.onMessage((message) => {
    stopped ||= message === STOP;
    if (message === TOTALS) tell({ tell: 'totals', totals: service.totals() });
  });
  try {
    await side.run(() => stopped);
    tell({ tell: 'totals', totals: service.totals() });
  } finally {
    service.close();
  }
}
