import type { CountRange } from '@pathgauge/result';
import fc from 'fast-check';

import { type Course, closingOf, type Reply, run, TIMEOUT_MS, type Witness } from '../../test/witnessed-scene';

/** What the ledger should say, from what really happened. */
function truthOf(witness: Witness, sent: number, end: number) {
  const seen = witness.arrivals.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
  const repliesTo = (sequence: number) => seen.filter((reply) => reply.sequence === sequence);
  const probes = Array.from({ length: sent }, (_, sequence) => {
    const replies = repliesTo(sequence);
    const rtt = (replies[0]?.at ?? Number.POSITIVE_INFINITY) - (witness.sentAt.get(sequence) as number);
    const inTime = rtt <= TIMEOUT_MS * 1e6;
    return { sequence, replies, inTime, numbers: new Set(replies.map(({ own }) => own)) };
  });
  const inTime = probes.filter((probe) => probe.inTime);
  const answered = probes.filter(({ replies }) => replies.length > 0);
  const order = [...inTime].sort((a, b) => (a.replies[0]?.at as number) - (b.replies[0]?.at as number));
  const reordered = order.filter(({ sequence }, place) =>
    order.slice(0, place).some((each) => each.sequence > sequence),
  );
  const sum = (values: number[]) => values.reduce((total, each) => total + each, 0);
  return {
    seen,
    unanswered: probes.filter(({ replies }) => replies.length === 0).map(({ sequence }) => sequence),
    counts: {
      sent,
      received: inTime.length,
      lost: sent - inTime.length,
      late: answered.length - inTime.length,
      duplicates: sum(answered.map(({ replies }) => replies.length - 1)),
      reordered: reordered.length,
    },
    duplicatesUp: sum(answered.map(({ numbers }) => numbers.size - 1)),
    duplicatesDown: sum(answered.map(({ replies, numbers }) => replies.length - numbers.size)),
    lengths: runsOf(probes.map((probe) => !probe.inTime)),
    rttJitterNs: jitterOf(
      order.map(({ sequence, replies }) => (replies[0]?.at as number) - (witness.sentAt.get(sequence) as number)),
    ),
  };
}

/** RFC 3550 section 6.4.1, in order of arrival. */
function jitterOf(transits: readonly number[]): number | undefined {
  const differences = transits.slice(1).map((transit, i) => Math.abs(transit - (transits[i] as number)));
  return differences.length === 0 ? undefined : differences.reduce((jitter, d) => jitter + (d - jitter) / 16, 0);
}

/** How many runs of losses there are of each length. */
function runsOf(lost: readonly boolean[]): Record<string, number> {
  const lengths: Record<string, number> = {};
  const text = lost.map((each) => (each ? 'x' : '.')).join('');
  for (const { length } of text.match(/x+/g) ?? []) lengths[length] = (lengths[length] ?? 0) + 1;
  return lengths;
}

/** What the reflector's numbers can tell of the direction of loss: bounds that are one where nothing is ambiguous. */
function directionsOf(witness: Witness, sent: number, { seen, unanswered }: ReturnType<typeof truthOf>) {
  const ofProbes = seen.filter(({ sequence }) => sequence < sent);
  const closing = seen.filter(({ sequence }) => sequence > sent)[0];
  const highest = ofProbes.reduce((most, reply) => (reply.own > most.own ? reply : most), ofProbes[0] as Reply);
  const horizon = Math.max(highest.own + 1, closing?.own ?? 0);
  const told = new Set(seen.map(({ own }) => own));
  const untold = witness.reflected.map((sequence, own) => ({ sequence, own })).filter(({ own }) => !told.has(own));
  const below = untold.filter(({ own }) => own < horizon);
  const lostDown = unanswered.filter((probe) => below.some(({ sequence }) => sequence === probe)).length;
  const unheard = below.filter(({ sequence }) => sequence > sent && !seen.some((reply) => reply.sequence === sequence));
  const closingUntold = new Set(unheard.map(({ sequence }) => sequence)).size;
  const first = ofProbes[0] as Reply;
  return {
    lostDown,
    // Doubled on the way up, with no reply: nobody can tell it from another's loss.
    doubles: below.length - lostDown - closingUntold,
    // Closing probes leave 100 ms apart at least: one that overtook another, or the last probes, and was lost, looks like a probe.
    closingOvertook: unheard.some(
      ({ sequence, own }) => own < highest.own || sequence > (closing?.sequence ?? sequence),
    ),
    // Overtaken by the last one that was answered, itself unanswered, and the first closing probe was not answered before the
    // second left, 100 ms later at the earliest.
    overtakenUnseen:
      (closing?.sequence !== sent + 1 || closing.at - (witness.sentAt.get(closing.sequence) as number) >= 100e6) &&
      below.some(({ sequence, own }) => sequence < highest.sequence && own > highest.own),
    // As far as one can see: its numbers are as far above ours for all of them.
    copies:
      first.own >= first.sequence && seen.every(({ own, sequence }) => own - sequence === first.own - first.sequence),
  };
}

const delay = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 20 }) }, fc.integer({ min: 1, max: 900 }));
const copies = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(delay) },
  { weight: 2, arbitrary: fc.constant([]) },
  fc.array(delay, { minLength: 2, maxLength: 3 }),
);
const course: fc.Arbitrary<Course> = fc.record({ up: copies, down: fc.tuple(copies, copies, copies) });
const courses = fc.record({
  probes: fc.array(course, { minLength: 1, maxLength: 8 }),
  closing: fc.array(course, { minLength: 8, maxLength: 8 }),
});

describe('the accounting of a session', () => {
  it('is the truth, for every fate of every datagram', async () => {
    await fc.assert(
      fc.asyncProperty(courses, async ({ probes, closing }) => {
        const sent = probes.length;
        const courseOf = (sequence: number) => probes[sequence] ?? (closing[sequence - sent - 1] as Course);
        const { events, witness, counts, end, result } = await run({ count: sent }, { courseOf });
        const truth = truthOf(witness, sent, end);
        expect(counts).toMatchObject(truth.counts);
        const { lossBursts } = result;
        expect(lossBursts?.lengths).toStrictEqual(truth.lengths);
        // The server takes no time here. Its timestamps are multiples of 2^-32 s.
        expect(Math.abs((result.jitter?.rttNs ?? 0) - (truth.rttJitterNs ?? 0))).toBeLessThanOrEqual(1);
        expect(lossBursts?.longest).toBe(Math.max(0, ...Object.keys(truth.lengths).map(Number)));
        expect(events.filter((event) => event.type === 'probe' && event.sequence >= sent)).toStrictEqual([]);
        // Closing probes: only where something was answered, one number is skipped, the rest is consecutive.
        const answered = truth.counts.received + truth.counts.late > 0;
        const numbers = closingOf(witness, sent);
        expect(numbers).toStrictEqual(numbers.map((_, i) => sent + 1 + i));
        expect(numbers.length > 0).toBe(answered);
        if (!answered) return;
        const directions = directionsOf(witness, sent, truth);
        const { lostUp, lostDown, duplicatesUp, duplicatesDown, lost, late } = counts;
        if (directions.copies) return;
        expect([duplicatesUp, duplicatesDown]).toStrictEqual([truth.duplicatesUp, truth.duplicatesDown]);
        if (lostUp === undefined || lostDown === undefined) {
          expect([lostUp, lostDown]).toStrictEqual([undefined, undefined]);
          const [fewest, most] = counts.lostDownRange as CountRange;
          expect(counts.lostUpRange).toStrictEqual([lost - (late ?? 0) - most, lost - (late ?? 0) - fewest]);
          if (directions.closingOvertook || directions.overtakenUnseen) return;
          expect(fewest).toBeLessThanOrEqual(directions.lostDown + directions.doubles);
          expect(most).toBeGreaterThanOrEqual(directions.lostDown);
          return;
        }
        expect([counts.lostUpRange, counts.lostDownRange]).toStrictEqual([undefined, undefined]);
        expect(lostUp + lostDown + (late as number)).toBe(lost);
        if (directions.closingOvertook || directions.overtakenUnseen) return;
        expect(lostDown).toBeGreaterThanOrEqual(directions.lostDown);
        if (directions.doubles === 0) expect(lostDown).toBe(directions.lostDown);
      }),
      { numRuns: 100 },
    );
  });
});
