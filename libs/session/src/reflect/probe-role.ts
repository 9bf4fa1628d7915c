import { decodeStreamOpening } from '@pathgauge/protocol';
import type { IgnoredDatagrams } from '@pathgauge/result';
import type { BoundAddress, Endpoint, Role } from '@pathgauge/transport';
import { AwaitedOpenings } from '../load/awaited-openings';
import { deferred } from '../promises';
import { type ProbeAnswers, ProbeService } from './probe-service';
import type { ProbeTotals } from './probe-totals';

/** What a role that answers probes is started with. */
export interface ProbeData {
  readonly address: string | undefined;
  readonly port: number;
  readonly answers: ProbeAnswers;
}

/** What it tells. */
export type ProbeWord =
  | { readonly word: 'listening'; readonly bound: BoundAddress }
  | { readonly word: 'session'; readonly source: Endpoint }
  | { readonly word: 'ignored'; readonly counts: IgnoredDatagrams; readonly latest: Endpoint }
  /** Somebody asks to open a stream of load that is awaited. */
  | { readonly word: 'opening'; readonly source: Endpoint; readonly payload: Uint8Array }
  /** An order about openings has come: what arrives from now on is treated as it says. */
  | { readonly word: 'awaiting' }
  | { readonly word: 'totals'; readonly totals: ProbeTotals };

/** What it is told. */
export type ProbeOrder =
  | { readonly order: 'stop' }
  /** What was done so far is to be told. */
  | { readonly order: 'report-totals' }
  /** So many openings with this key are awaited; 0: none any more. */
  | { readonly order: 'await'; readonly key: string; readonly openings: number };

/** Where the probes come to: answers them, and finds the openings of load among them. */
export const PROBES: Role<ProbeData, ProbeOrder, ProbeWord> = {
  name: 'probes',
  spins: () => true,
  async run(side) {
    const { address, port, answers } = side.data;
    const socket = await side.transport.bindDatagrams({ bind: { address, port }, stamps: ['sent'] });
    const openings = new AwaitedOpenings();
    const service = new ProbeService(socket, side.transport, {
      answers,
      takesDatagram: (batch, i, source) => {
        // Asked of each probe: nothing of it is looked at while there is nothing to find.
        if (!openings.isAwaiting) return false;
        const payload = batch.payload(i);
        const opening = decodeStreamOpening(payload);
        if (opening === undefined || !openings.take(opening.token)) return false;
        // A client opens its streams one after the other, and waits for each.
        side.post({ word: 'opening', source, payload: payload.slice() }, true);
        return true;
      },
      onSession: (source) => side.post({ word: 'session', source }),
      onIgnored: (counts, latest) => side.post({ word: 'ignored', counts, latest }),
    });
    side.post({ word: 'listening', bound: socket.bound });
    const over = deferred();
    side.onMessage((order) => {
      if (order.order === 'stop') over.resolve();
      else if (order.order === 'report-totals') side.post({ word: 'totals', totals: service.totals() });
      else {
        if (order.openings > 0) openings.expect(order.key, order.openings);
        else openings.forget(order.key);
        side.post({ word: 'awaiting' }, true);
      }
    });
    try {
      await side.run(over.promise);
      side.post({ word: 'totals', totals: service.totals() });
    } finally {
      service.close();
    }
  },
};
