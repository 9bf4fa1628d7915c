import { decodeStreamOpening } from '@pathgauge/protocol';
import type { IgnoredDatagrams } from '@pathgauge/result';
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
  | { readonly tell: 'ignored'; readonly counts: IgnoredDatagrams; readonly latest: Endpoint }
  /** Somebody asks to open a stream of load: is told in turn whether he does. */
  | { readonly tell: 'opening'; readonly source: Endpoint; readonly payload: Uint8Array }
  | { readonly tell: 'totals'; readonly totals: ProbeTotals };

/** What such a thread is told: to end, or what came of an opening. */
export type ToProbeThread = 'stop' | { readonly source: Endpoint; readonly opens: boolean };

/** Openings that were passed on and not answered yet. Anybody may send them at any rate. */
const MAX_ASKED = 256;

/** The thread's side. */
export async function probesInThread(side: ThreadSide): Promise<void> {
  const { address, port, echo } = side.data as ProbeThreadData;
  const tell = (message: FromProbeThread): void => side.post(message);
  const socket = side.transport.bindDatagrams({ bind: { address, port }, stamps: ['sent'] });
  let asked = 0;
  const service = new ProbeService(socket, side.transport, {
    echo,
    takesDatagram: (batch, i, source) => {
      const payload = batch.payload(i);
      if (asked >= MAX_ASKED || decodeStreamOpening(payload) === undefined) return false;
      asked++;
      tell({ tell: 'opening', source, payload: payload.slice() });
      return true;
    },
    onSession: (source) => tell({ tell: 'session', source }),
    onIgnored: (counts, latest) => tell({ tell: 'ignored', counts, latest }),
  });
  tell({ tell: 'listening', local: socket.local });
  let stopped = false;
  side.onMessage((message) => {
    const told = message as ToProbeThread;
    if (told === 'stop') {
      stopped = true;
      return;
    }
    asked--;
    if (!told.opens) service.ignore('opening', told.source);
  });
  try {
    await side.run(() => stopped);
    tell({ tell: 'totals', totals: service.totals() });
  } finally {
    service.close();
  }
}
