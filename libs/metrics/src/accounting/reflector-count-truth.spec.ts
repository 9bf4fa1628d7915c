import fc from 'fast-check';
import {
  countingFrom,
  measured,
  NOTHING_TOLD,
  type Probe,
  type Request,
  replay,
  type Session,
  TIMEOUT,
  WRAP,
} from '../../test/reflector-sessions';
import type { LedgerCounts } from './ledger-counts';

/** The fates, counted one by one. */
function truthOf(session: Session) {
  const { probes } = session;
  const { sentAt, replies, requests, closed } = replay(session);
  const first = probes.map((_, index) => replies.find((reply) => reply.index === index));
  const inTime = replies.filter((each) => each === first[each.index] && each.at - each.sentAt <= TIMEOUT);
  const answered = first.filter((reply) => reply !== undefined).length;
  const heard = new Set(replies.map(({ nth }) => nth));
  const unanswered = probes.flatMap((_, index) => (first[index] === undefined ? [index] : []));
  const highest = replies.reduce((a, b) => (b.nth > a.nth ? b : a), { nth: -1, index: -1 });
  const lowest = replies.reduce((a, b) => (b.nth < a.nth ? b : a), { nth: Number.POSITIVE_INFINITY, index: -1 });
  const silent = requests.map(({ index }, nth) => ({ index, nth })).filter(({ index }) => unanswered.includes(index));
  const [opening] = replies;
  return {
    counts: {
      sent: probes.length,
      received: inTime.length,
      outstanding: 0,
      late: answered - inTime.length,
      lost: probes.length - inTime.length,
      duplicates: replies.length - answered,
      reordered: inTime.filter(({ index }, nth) => inTime.slice(0, nth).some((before) => before.index > index)).length,
    },
    lostUp: probes.filter(({ requests }) => requests.length === 0).length,
    lostDown: unanswered.filter((index) => (probes[index] as Probe).requests.length > 0).length,
    duplicatesUp: heard.size - answered,
    duplicatesDown: replies.length - heard.size,
    /** Doubled on the way up, and one of the two never heard of. */
    halfHeard: probes.filter(({ requests }) => requests.length > 1 && requests.some((each) => !each.replies.length))
      .length,
    /** Nothing was doubled on the way up, and nothing overtook anything there. */
    plain:
      probes.every(({ requests }) => requests.length < 2) &&
      requests.every(({ index }, nth) => nth === 0 || index > (requests[nth - 1] as (typeof requests)[number]).index),
    closed,
    unanswered: unanswered.length,
    /** Unanswered probes before the one with the lowest number heard of, and behind the one with the highest. */
    head: unanswered.filter((index) => index < lowest.index).length,
    lowestIndex: lowest.index,
    tail: unanswered.filter((index) => index > highest.index).length,
    /** Every number is the sender's own. */
    copies:
      replies.every(({ own, index }) => own === index + (opening?.own ?? 0) - (opening?.index ?? 0)) &&
      (closed === undefined
        ? opening?.own === opening?.index
        : closed.own - closed.sequence === (opening?.own ?? 0) - (opening?.index ?? 0) &&
          ((closed.own - closed.sequence) | 0) >= 0),
    /** Requests that went unanswered and came to the reflector behind a probe sent later, beyond all that was heard. */
    overtaken: silent.filter(({ index, nth }) => nth > highest.nth && index < highest.index).length,
    overtaking: silent.filter(({ index, nth }) => nth < lowest.nth && index > lowest.index).length,
    /** The first number heard of, and how many probes had been sent by then. */
    /** Requests are seen to have overtaken one another. */
    disorder: replies.some((a) => replies.some((b) => a.index < b.index && a.nth > b.nth)),
    opening: opening && { own: opening.own, sent: sentAt.filter((at) => at <= opening.at).length },
  };
}
type Truth = ReturnType<typeof truthOf>;

/**
 * The direction of loss is that of the truth, give or take probes that were doubled and half heard of, where it is told. It is,
 * as far as `told` says, where no request was doubled or overtook another. Else it is within the range.
 */
function expectDirections(session: Session, truth: Truth, told: boolean | 'perhaps'): void {
  const counts = measured(session);
  const { lostUp, lostDown, duplicatesUp, duplicatesDown } = counts;
  expect(counts).toMatchObject(truth.counts);
  if (truth.copies) expect(lostDown).toBeUndefined();
  if (told === true && truth.plain) expect(lostDown).toBe(truth.lostDown);
  if (lostUp === undefined || lostDown === undefined) expectRanges(counts, truth);
  else {
    expect(lostUp + lostDown + counts.late).toBe(counts.lost);
    expect(Math.min(lostUp, lostDown)).toBeGreaterThanOrEqual(0);
    expect(Math.abs(lostDown - truth.lostDown)).toBeLessThanOrEqual(truth.halfHeard);
    expect([counts.lostUpRange, counts.lostDownRange]).toStrictEqual([undefined, undefined]);
  }
  const duplicates = truth.copies ? [undefined, undefined] : [truth.duplicatesUp, truth.duplicatesDown];
  expect([duplicatesUp, duplicatesDown]).toStrictEqual(duplicates);
  if (duplicatesUp !== undefined) expect(duplicatesUp + Number(duplicatesDown)).toBe(counts.duplicates);
}

function expectRanges({ lostUp, lostDown, lostUpRange, lostDownRange }: LedgerCounts, truth: Truth): void {
  expect([lostUp, lostDown]).toStrictEqual([undefined, undefined]);
  if (truth.unanswered === 0) expect([lostUpRange, lostDownRange]).toStrictEqual([undefined, undefined]);
  if (lostUpRange === undefined || lostDownRange === undefined) return;
  const [fewest, most] = lostDownRange;
  expect(lostUpRange).toStrictEqual([truth.unanswered - most, truth.unanswered - fewest]);
  expect(fewest).toBeLessThanOrEqual(truth.lostDown + truth.halfHeard);
  expect(most).toBeGreaterThanOrEqual(truth.lostDown);
}

/** Whether the closing probes tell what became of the last ones. */
const tailIsTold = ({ tail, closed, disorder }: Truth): boolean | 'perhaps' => {
  if (closed?.order === 0) return true;
  if (tail === 0) return disorder || closed !== undefined ? 'perhaps' : true;
  return closed !== undefined && 'perhaps';
};

/** Without the first closing probe, an unanswered request that was overtaken at the end may be taken for one that was not. */
const misled = ({ closed, overtaken }: Truth): boolean => closed?.order !== 0 && overtaken > 0;

const weighted = <T>(...choices: [number, fc.Arbitrary<T>][]): fc.Arbitrary<T> =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const down = weighted([5, fc.nat(60)], [1, fc.integer({ min: TIMEOUT - 30, max: TIMEOUT + 30 })]);
const request: fc.Arbitrary<Request> = fc.record({
  delay: weighted([3, fc.constant(5)], [1, fc.nat(60)]),
  replies: weighted<number[]>([6, fc.tuple(down)], [2, fc.constant([])], [1, fc.tuple(down, down)]),
});
const probe: fc.Arbitrary<Probe> = fc.record({
  gap: fc.nat(30),
  requests: weighted<Request[]>([6, fc.tuple(request)], [2, fc.constant([])], [1, fc.tuple(request, request)]),
});
const session: fc.Arbitrary<Session> = fc.record({
  probes: fc.array(probe, { minLength: 1, maxLength: 25 }),
  closing: fc.array(fc.constantFrom('answered', 'lost up', 'lost down'), { maxLength: 4 }),
  sweeps: fc.boolean(),
});

describe('ReflectorCount', () => {
  it('one that counts for itself', () => {
    fc.assert(
      fc.property(session, (each) => {
        const truth = truthOf(each);
        const { opening, unanswered, copies } = truth;
        fc.pre(opening !== undefined && !misled(truth) && (opening.own <= opening.sent || unanswered === 0));
        expectDirections(each, truth, !copies && (unanswered === 0 || tailIsTold(truth)));
      }),
      { numRuns: 1500 },
    );
  });

  it('one that had counted before, also across 2^32', () => {
    const bases = fc.oneof(fc.integer({ min: 100, max: WRAP - 1 }), fc.integer({ min: WRAP - 40, max: WRAP - 1 }));
    fc.assert(
      fc.property(session, bases, (each, base) => {
        const since = { ...each, numberOf: countingFrom(base) };
        const truth = truthOf(since);
        const { opening, overtaking, unanswered, head, lowestIndex } = truth;
        fc.pre(opening !== undefined && opening.own >= 100 && !misled(truth) && overtaking === 0);
        fc.pre(head > 0 || lowestIndex === 0);
        const told = unanswered === 0 || (head === 0 && tailIsTold(truth));
        expectDirections(since, truth, !truth.copies && told);
      }),
      { numRuns: 1000 },
    );
  });

  it('one that restarts, and gives the number of a probe to another', () => {
    fc.assert(
      fc.property(session, fc.integer({ min: 1, max: 20 }), (each, at) => {
        const restarted = { ...each, numberOf: (nth: number) => (nth < at ? nth : nth - at) };
        const { replies } = replay(restarted);
        const firsts = replies.filter(({ index }, n) => replies.findIndex((other) => other.index === index) === n);
        fc.pre(firsts.some((a, n) => firsts.slice(0, n).some((b) => a.own === b.own)));
        const { lostUp, lostDown, duplicatesUp, duplicatesDown } = measured(restarted);
        expect([lostUp, lostDown, duplicatesUp, duplicatesDown]).toStrictEqual(NOTHING_TOLD);
      }),
      { numRuns: 300 },
    );
  });
});
