import type { StreamFigures } from '@pathgauge/protocol';
import type { Direction } from '@pathgauge/result';
import { type LoadClock, transitBounds } from './load-delay';
import { checkPeerFigures, impossibleByClock, type KnownOfLoad } from './peer-figures';
import type { ToldFigures } from './plain-figures';

/** What one end knows when a load is over, of its own and of what it was told. */
export interface LoadEnds extends Omit<KnownOfLoad, 'peerSends' | 'transit'> {
  readonly direction: Direction;
  readonly sending: boolean;
  readonly told: ToldFigures;
  readonly clock: LoadClock | undefined;
  /** From this end's beginning until the word that the test is over: sent by a client, heard by a server. */
  readonly untilEndNs: number;
}

/** Both ends' figures of one load: what contradicts is left out, and named. */
export interface LoadOutcome {
  /** With the time that what was received took as its duration. */
  readonly received: StreamFigures | undefined;
  readonly sent: StreamFigures | undefined;
  readonly contradictions: readonly string[];
}

export function loadOutcome(ends: LoadEnds): LoadOutcome {
  const { told, sending, own } = ends;
  const checked =
    told.figures === undefined
      ? { figures: undefined, contradictions: [] }
      : checkPeerFigures(told.figures, {
          ...ends,
          peerSends: !sending,
          transit: boundsOf(ends, told.figures),
        });
  const byClock = sending ? undefined : ownAgainstClock(ends);
  const mine = byClock === undefined || own === undefined ? own : { ...own, transit: undefined };
  const [sent, received] = sending ? [mine, checked.figures] : [checked.figures, mine];
  return {
    sent,
    received: received === undefined ? undefined : { ...received, durationNs: receivedNs(ends, received, sent) },
    contradictions: [
      ...(told.unreadable ? ['its account of the stream cannot be read'] : []),
      ...checked.contradictions,
      ...(byClock === undefined ? [] : [byClock]),
    ],
  };
}

/**
 * How long it took to receive: as long as the sender's load lasted, however late the word of its end came, or until the last
 * arrival, whichever is longer. A stall or a loss at the end counts, the way there and back does not.
 */
function receivedNs(ends: LoadEnds, received: StreamFigures, sent: StreamFigures | undefined): number | undefined {
  const { durationNs } = received;
  if (durationNs === undefined) return undefined;
  if (ends.sending && ends.plain) return plainReceiverNs(ends, durationNs);
  return Math.max(durationNs, sent?.durationNs ?? ends.loadNs);
}

/**
 * A plain client stops counting at the end of its own load. A plain server counts from its first word to our last: of that, the
 * time before our first bytes reached it is not theirs.
 */
const plainReceiverNs = ({ peerIsClient, untilEndNs, loadNs }: LoadEnds, toldNs: number): number =>
  peerIsClient ? toldNs : Math.max(loadNs, Math.min(toldNs, untilEndNs));

const boundsOf = ({ clock, direction, testNs }: LoadEnds, { transit }: StreamFigures) =>
  clock === undefined ? undefined : transitBounds(direction, clock, transit?.baseSeconds, testNs);

/** Send times are the peer's. */
function ownAgainstClock(ends: LoadEnds): string | undefined {
  const { own } = ends;
  const bounds = own === undefined ? undefined : boundsOf(ends, own);
  return own?.transit === undefined || bounds === undefined ? undefined : impossibleByClock(own.transit, bounds);
}
