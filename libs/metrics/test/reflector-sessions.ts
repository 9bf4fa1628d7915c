import { instant, span } from '@pathgauge/units';
import type { LedgerCounts } from '../src/accounting/ledger-counts';
import { ProbeLedger } from '../src/accounting/probe-ledger';

export const TIMEOUT = 100;
export const WRAP = 2 ** 32;

/** A request that reached the reflector `delay` later; its replies come after `replies`. None: lost on the way down. */
export interface Request {
  readonly delay: number;
  readonly replies: readonly number[];
}

/** Sent `gap` after the one before. No request: lost on the way up. */
export interface Probe {
  readonly gap: number;
  readonly requests: readonly Request[];
}

export interface Session {
  readonly probes: readonly Probe[];
  /** What becomes of the closing probes: up to the first one that is answered. */
  readonly closing: readonly ('lost up' | 'lost down' | 'answered')[];
  /** Whether the sender sweeps at every event. */
  readonly sweeps: boolean;
  /** The number on the reply to the nth request that reaches the reflector, which carries `sequence`. */
  readonly numberOf?: (nth: number, sequence: number) => number;
}

interface Reply {
  readonly index: number;
  readonly nth: number;
  readonly own: number;
  readonly sentAt: number;
  readonly at: number;
}

const counted = (nth: number): number => nth;

/** What happens, in order of time. */
export function replay({ probes, closing, numberOf = counted }: Session) {
  let now = 0;
  const sentAt = probes.map(({ gap }) => (now += gap));
  const requests = probes
    .flatMap((probe, index) => probe.requests.map((each) => ({ ...each, index, sentAt: sentAt[index] as number })))
    .map((each) => ({ ...each, at: each.sentAt + each.delay }))
    .sort((a, b) => a.at - b.at);
  const replies: Reply[] = requests
    .flatMap(({ index, at, replies, sentAt }, nth) =>
      replies.map((delay) => ({ index, nth, own: numberOf(nth, index), sentAt, at: at + delay })),
    )
    .sort((a, b) => a.at - b.at);
  const order = closing.indexOf('answered');
  const nth = requests.length + closing.slice(0, order).filter((fate) => fate === 'lost down').length;
  // One number is skipped.
  const sequence = probes.length + 1 + order;
  return {
    sentAt,
    requests,
    replies,
    closed: order < 0 ? undefined : { order, sequence, own: numberOf(nth, sequence) },
  };
}

/** What the ledger makes of it. */
export function measured(session: Session): LedgerCounts {
  const { sentAt, replies, closed } = replay(session);
  const ledger = new ProbeLedger({ capacity: 64, timeout: span(TIMEOUT), onLost: () => {}, onSettled: () => {} });
  const sends = sentAt.map((at) => ({ at, book: () => ledger.send(instant(at)) }));
  const answers = replies.map(({ index, own, at }) => ({
    at,
    book: () =>
      ledger.answer(ledger.indexOf(index), {
        arrivedAt: instant(at),
        upNs: undefined,
        downNs: undefined,
        ownSequence: own,
      }),
  }));
  for (const { at, book } of [...sends, ...answers].sort((a, b) => a.at - b.at)) {
    if (session.sweeps) ledger.expire(instant(at));
    book();
  }
  ledger.expire(instant(1e9));
  if (closed !== undefined) ledger.answerClosing(closed.order, closed.order + 1, closed.sequence, closed.own);
  return ledger.snapshot();
}
/** `.` answered, `u` lost on the way up, `d` lost on the way down, `2` doubled on the way up, `h` so that one is heard, `D` on the way down. */
export const told = (line: string, closing: Session['closing'] = [], numberOf: Session['numberOf'] = counted) => {
  const answered: Request = { delay: 5, replies: [5] };
  const fates: Record<string, Request[]> = {
    '.': [answered],
    u: [],
    d: [{ delay: 5, replies: [] }],
    '2': [answered, answered],
    h: [answered, { delay: 6, replies: [] }],
    D: [{ delay: 5, replies: [5, 6] }],
  };
  const probes = [...line].map((fate) => ({ gap: 20, requests: fates[fate] as Request[] }));
  const { lostUp, lostDown, duplicatesUp, duplicatesDown } = measured({ probes, closing, sweeps: true, numberOf });
  return [lostUp, lostDown, duplicatesUp, duplicatesDown];
};

export const countingFrom =
  (base: number) =>
  (nth: number): number =>
    (base + nth) % WRAP;
export const NOTHING_TOLD = [undefined, undefined, undefined, undefined];
