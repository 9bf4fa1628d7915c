import { instant, span } from '@pathgauge/units';
import fc from 'fast-check';
import type { LedgerCounts } from './ledger-counts';
import { ProbeLedger } from './probe-ledger';

const TIMEOUT = 100;
const WRAP = 2 ** 32;

/** A request that reached the reflector `delay` later; its replies come after `replies`. None: lost on the way down. */
interface Request {
  readonly delay: number;
  readonly replies: readonly number[];
}

/** Sent `gap` after the one before. No request: lost on the way up. */
interface Probe {
  readonly gap: number;
  readonly requests: readonly Request[];
}

interface Session {
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
function replay({ probes, closing, numberOf = counted }: Session) {
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
function measured(session: Session): LedgerCounts {
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

/** `.` answered, `u` lost on the way up, `d` lost on the way down, `2` doubled on the way up, `h` so that one is heard, `D` on the way down. */
const told = (line: string, closing: Session['closing'] = [], numberOf: Session['numberOf'] = counted) => {
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

const from =
  (base: number) =>
  (nth: number): number =>
    (base + nth) % WRAP;
const unknown = [undefined, undefined, undefined, undefined];

describe('ReflectorCount', () => {
  it.each<[string, Session['closing'], (number | undefined)[]]>([
    // Numbers 0 1 2; the closing probe 4 gets 3.
    ['...', ['answered'], [0, 0, 0, 0]],
    // 0 _ 1 (2) 3: one number was never seen, so one of the two was lost on the way down.
    ['.u.d.', [], [1, 1, 0, 0]],
    // 0, (1), (2), and 3 for the closing probe: two numbers unseen, one probe left for the way up.
    ['.ddu', ['answered'], [1, 2, 0, 0]],
    ['.uuu', ['answered'], [3, 0, 0, 0]],
    ['.u.u', [], [undefined, undefined, 0, 0]],
    // Closing probes that did not reach the reflector count for nothing, but who knows: (1), 2 as for one lost down.
    ['.u.d', ['lost up', 'answered'], [undefined, undefined, 0, 0]],
    ['.u.d', ['lost down', 'answered'], [1, 1, 0, 0]],
    // 0 1 and 2: no number is left that a closing probe might have had.
    ['.u.u', ['lost up', 'answered'], [2, 0, 0, 0]],
    // 0 _ 1: all that were sent behind the last one heard of were answered, as there are none.
    ['.u.', ['lost up', 'lost down', 'lost up', 'lost down'], [1, 0, 0, 0]],
    // 0 1 1 2+3 _ 4: one reply twice, one request twice.
    ['.D2u.', [], [1, 0, 1, 1]],
    // 0+1 2 _ 3 (4) 5: as many are missing as can be, but 4 may be of a copy like 1.
    ['2.u.d.', ['answered'], [undefined, undefined, 1, 0]],
    // 0, 1 2, and 3 for the closing probe, which is 3, too: but 2 for the probe 1 was not its own.
    ['.2', ['answered'], [0, 0, 1, 0]],
    // The same with 2 unheard of: all that was seen are the sender's own numbers.
    ['.h', ['answered'], unknown],
    ['...', [], unknown],
  ])('%s, closing %j', (line, closing, expected) => {
    expect(told(line, closing)).toStrictEqual(expected);
  });

  it.each<[string, Session['numberOf'], (number | undefined)[]]>([
    ['copies our number', (_, sequence) => sequence, unknown],
    // 7 8 _ 9 (10) 11, closing 12: it had counted 7 before the first.
    ['had counted a little before', from(7), [1, 1, 0, 0]],
    ['had counted long before', from(1000), [1, 1, 0, 0]],
    ['wraps', from(WRAP - 2), [1, 1, 0, 0]],
    // 0 1 _ 0 (1) 2
    ['restarts', (nth) => (nth < 2 ? nth : nth - 2), unknown],
  ])('a reflector that %s', (_, numberOf, expected) => {
    expect(told('..u.d.', ['answered'], numberOf)).toStrictEqual(expected);
  });

  it('a reflector that copies our number tells nothing even where nothing is lost', () => {
    expect(told('....', ['answered'], (_, sequence) => sequence)).toStrictEqual(unknown);
  });

  it('a reflector that had counted before, and lost probes', () => {
    // _ 1000 _ 1001: whether the first was lost up, or down as 999, is not told.
    expect(told('u.u.', ['answered'], from(1000))).toStrictEqual([undefined, undefined, 0, 0]);
    expect(told('d.u.', ['answered'], from(1000))).toStrictEqual([undefined, undefined, 0, 0]);
    // 1000 _ 1001 (1002), closing 1003.
    expect(told('.u.d', ['answered'], from(1000))).toStrictEqual([1, 1, 0, 0]);
  });

  it.each<[string, [number, number][]]>([
    [
      'in order',
      [
        [0, 1],
        [1, 2],
      ],
    ],
    [
      'out of order',
      [
        [1, 2],
        [0, 1],
      ],
    ],
    [
      'twice',
      [
        [1, 2],
        [1, 2],
        [0, 1],
        [0, 1],
        [1, 2],
      ],
    ],
  ])('takes the first closing probe, answered %s', (_, closing) => {
    // 0 _, closing 1 and 2: nothing lay between the probe and the first closing probe. The second alone would not tell.
    const ledger = new ProbeLedger({ capacity: 8, timeout: span(TIMEOUT), onLost: () => {}, onSettled: () => {} });
    for (const at of [0, 1]) ledger.send(instant(at));
    ledger.answer(0, { arrivedAt: instant(2), upNs: undefined, downNs: undefined, ownSequence: 0 });
    ledger.abandon();
    for (const [order, own] of closing) ledger.answerClosing(order, order + 1, 3 + order, own);
    expect(ledger.snapshot()).toMatchObject({ lost: 1, lostUp: 1, lostDown: 0 });
  });

  it('a number too many at the end: an overtaken request, or a copy', () => {
    // Probe 1 gets number 0 and is heard, probe 0 gets 1 and its reply is lost; the closing probe gets 2. If 1 were of a copy of
    // probe 1, all would look the same, and probe 0 were lost on the way up.
    const probes = [
      { gap: 0, requests: [{ delay: 10, replies: [] }] },
      { gap: 0, requests: [{ delay: 1, replies: [1] }] },
    ];
    const counts = measured({ probes, closing: ['answered'], sweeps: true });
    expect(counts).toMatchObject({ lostUp: undefined, lostDown: undefined });
    expect(counts).toMatchObject({ lostUpRange: [0, 1], lostDownRange: [0, 1] });
  });

  it('probes that overtook one another are one place', () => {
    // 0 3 1* 2 4 at the reflector: 1 is lost on the way down among those that 3 overtook.
    const delays: readonly [number, number[]][] = [
      [5, [1]],
      [5, []],
      [5, [1]],
      [1, [1]],
      [5, [1]],
    ];
    const probes = delays.map(([delay, replies], i) => ({ gap: i === 0 ? 0 : 1, requests: [{ delay, replies }] }));
    expect(measured({ probes, closing: ['answered'], sweeps: true })).toMatchObject({ lostUp: 0, lostDown: 1 });
  });

  it('numbers that somebody else used up', () => {
    // 0 2 3 4 with nobody missing between 0 and 1, and 6 unanswered: 0 up and 1 down, or 1 and 0.
    const counts = measured({
      probes: [...'......']
        .map(() => ({ gap: 20, requests: [{ delay: 5, replies: [5] }] }))
        .concat([{ gap: 20, requests: [] }]),
      closing: ['answered'],
      sweeps: true,
      numberOf: (nth) => (nth < 1 ? nth : nth + 1),
    });
    expect(counts).toMatchObject({ lostUp: undefined, lostUpRange: [0, 1], lostDownRange: [0, 1] });
  });

  it('a reflector that begins at 1, whose first reply was heard', () => {
    expect(told('..u.d.', ['answered'], from(1))).toStrictEqual([1, 1, 0, 0]);
  });

  it('a reflector that begins anew below what had come back', () => {
    // 10 to 15, then 2 _ 3 and so on: probe 6 was sent when 15 had come back.
    expect(told('......u..', ['answered'], (nth) => (nth < 6 ? 10 + nth : nth - 4))).toStrictEqual(unknown);
  });

  it('a late reply that came in behind a closing probe that was lost', () => {
    // 0 for probe 0, 1 for nobody knows whom, 2 for probe 2, late, and 3 for the second closing probe: 1 was the first closing
    // probe's, or that of probe 1.
    const ledger = new ProbeLedger({ capacity: 8, timeout: span(TIMEOUT), onLost: () => {}, onSettled: () => {} });
    for (const at of [0, 0, 0]) ledger.send(instant(at));
    const reply = { arrivedAt: instant(2), upNs: undefined, downNs: undefined };
    ledger.answer(0, { ...reply, ownSequence: 0 });
    ledger.abandon();
    ledger.answer(2, { ...reply, ownSequence: 2 });
    ledger.answerClosing(1, 2, 5, 3);
    expect(ledger.snapshot()).toMatchObject({ late: 1, lostUp: undefined, lostUpRange: [0, 1], lostDownRange: [0, 1] });
  });

  it('a closing probe that gets a number from before: the reflector began anew', () => {
    expect(told('..d.u.', ['answered'], (nth) => (nth < 5 ? 100 + nth : nth - 5))).toStrictEqual(unknown);
  });

  it.each(['before', 'behind'] as const)(
    'a late reply heard %s that of the closing probe it was overtaken by',
    (when) => {
      const ledger = new ProbeLedger({ capacity: 8, timeout: span(TIMEOUT), onLost: () => {}, onSettled: () => {} });
      for (const at of [0, 0, 0]) ledger.send(instant(at));
      const reply = { arrivedAt: instant(2), upNs: undefined, downNs: undefined };
      ledger.answer(0, { ...reply, ownSequence: 0 });
      ledger.abandon();
      const late = (): string => ledger.answer(1, { ...reply, ownSequence: 2 });
      if (when === 'before') expect(late()).toBe('late');
      ledger.answerClosing(0, 1, 4, 1);
      if (when === 'behind') expect(late()).toBe('late');
      expect(ledger.snapshot()).toMatchObject({ lost: 2, late: 1, lostUp: 1, lostDown: 0 });
    },
  );

  it('a number from before the first one that was heard, across 2^32', () => {
    // 2^32 - 1 for probe 0 and 0 for probe 1, heard in the other order.
    const probes = [15, 5].map((delay, index) => ({ gap: 0, requests: [{ delay: index, replies: [delay] }] }));
    const counts = measured({ probes, closing: ['answered'], sweeps: true, numberOf: from(WRAP - 1) });
    expect(counts).toMatchObject({ lostUp: 0, lostDown: 0, duplicatesUp: 0, duplicatesDown: 0 });
  });

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
        const since = { ...each, numberOf: from(base) };
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

  it.each<[string, (nth: number) => number]>([
    ['numbers anything', (nth) => (nth * 2_654_435_761) % WRAP],
    ['counts other requests too, as many again', (nth) => 2 * nth],
    ['leaps ahead by a thousand', (nth) => (nth < 3 ? nth : nth + 1000)],
  ])('one that %s tells no direction', (_, numberOf) => {
    expect(told('..u.d......', ['answered'], numberOf).slice(0, 2)).toStrictEqual([undefined, undefined]);
  });

  it.each([0, 1, 5000])('one that copies our numbers, %d higher, tells nothing', (higher) => {
    const ledger = new ProbeLedger({ capacity: 8, timeout: span(TIMEOUT), onLost: () => {}, onSettled: () => {} });
    for (const at of [0, 1, 2]) ledger.send(instant(at));
    for (const index of [0, 2]) {
      ledger.answer(index, { arrivedAt: instant(3), upNs: undefined, downNs: undefined, ownSequence: index + higher });
    }
    ledger.abandon();
    ledger.answerClosing(0, 1, 4, 4 + higher);
    expect(ledger.snapshot()).toMatchObject({ lost: 1, lostUp: undefined, lostDown: undefined });
  });

  it('one that restarts, and gives the number of a probe to another', () => {
    fc.assert(
      fc.property(session, fc.integer({ min: 1, max: 20 }), (each, at) => {
        const restarted = { ...each, numberOf: (nth: number) => (nth < at ? nth : nth - at) };
        const { replies } = replay(restarted);
        const firsts = replies.filter(({ index }, n) => replies.findIndex((other) => other.index === index) === n);
        fc.pre(firsts.some((a, n) => firsts.slice(0, n).some((b) => a.own === b.own)));
        const { lostUp, lostDown, duplicatesUp, duplicatesDown } = measured(restarted);
        expect([lostUp, lostDown, duplicatesUp, duplicatesDown]).toStrictEqual(unknown);
      }),
      { numRuns: 300 },
    );
  });
});
