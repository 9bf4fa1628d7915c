import type { CountRange, ProbeCounts, SessionEvent } from '@pathgauge/result';
import { collect, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { Transport } from '@pathgauge/transport';
import { instant, milliseconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { usualProbes } from '../../test/usual-probes';
import { Reflector } from '../reflect/reflector';
import { ping } from './ping';
import type { PingOptions } from './ping-options';

const SERVER = '10.0.0.2';
const PORT = 862;
const TIMEOUT_MS = 500;
const ms = milliseconds;

const OPTIONS: PingOptions = {
  ...usualProbes(SERVER, PORT),
  timeout: ms(TIMEOUT_MS),
  count: 6,
};

/** What comes back for a request: bytes to send, or none. */
type Answer = (request: Uint8Array, reflect: () => void) => boolean;
const stateful: Answer = (_, reflect) => {
  reflect();
  return true;
};
const stateless: Answer = (request, reflect) => {
  reflect();
  // The sender's number stands at 24 (RFC 8762 section 4.3).
  request.copyWithin(0, 24, 28);
  return true;
};
const echo: Answer = () => true;
const silent: Answer = () => false;

/** Delays of its copies in milliseconds; none: it is lost. */
type Copies = readonly number[];
/** What becomes of one request, and of each reply to it. */
interface Course {
  readonly up: Copies;
  readonly down: readonly Copies[];
}
const SMOOTH: Course = { up: [1], down: [[1]] };

interface Reply {
  readonly sequence: number;
  readonly own: number;
  readonly sentSoFar: number;
  readonly at: number;
}

/** Every datagram that a run really had. */
class Witness {
  readonly sentAt = new Map<number, number>();
  /** Which request each of the reflector's numbers was given to. */
  readonly reflected: number[] = [];
  readonly arrivals: Reply[] = [];
}

const numberAt = (payload: Uint8Array, at: number): number =>
  new DataView(payload.buffer).getUint32(payload.byteOffset + at);

interface Scene {
  readonly answer?: Answer;
  readonly courseOf?: (sequence: number) => Course;
  readonly abortAtMs?: number;
}

/** Runs a whole session on virtual time, and keeps the truth. */
async function run(options: Partial<PingOptions> = {}, { answer = stateful, courseOf, abortAtMs }: Scene = {}) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const witness = new Witness();
  const repliesTo = new Map<number, number>();
  const course = (sequence: number) => courseOf?.(sequence) ?? SMOOTH;
  network.fateOf = ({ index, to, payload }) => {
    // No two datagrams arrive at one instant.
    const delays = (copies: Copies) => copies.map((each, copy) => span(each * 1e6 + 100 * index + copy));
    if (to.address === SERVER) {
      const sequence = numberAt(payload, 0);
      witness.sentAt.set(sequence, time.now());
      return delays(course(sequence).up);
    }
    const sequence = numberAt(payload, answer === echo ? 0 : 24);
    const nth = repliesTo.get(sequence) ?? 0;
    repliesTo.set(sequence, nth + 1);
    const down = course(sequence).down;
    const fate = delays(down[nth % down.length] ?? []);
    const own = numberAt(payload, 0);
    witness.reflected.push(sequence);
    for (const delay of fate) {
      const sentSoFar = [...witness.sentAt].filter(([, at]) => at <= time.now() + delay).length;
      witness.arrivals.push({ sequence, own, sentSoFar, at: time.now() + delay });
    }
    return fate;
  };
  await serve(network.host(SERVER), answer);
  const abort = new AbortController();
  if (abortAtMs !== undefined) time.schedule(ms(abortAtMs), () => abort.abort());
  const events = await time.settle(collect(ping({ ...OPTIONS, ...options }, network.host('10.0.0.1'), abort.signal)));
  return { events, witness, counts: countsOf(events), end: time.now(), result: resultOf(events) };
}

async function serve(server: Transport, answer: Answer): Promise<void> {
  const reflector = new Reflector(server.clock, () => {});
  const socket = await server.bindDatagrams({ bind: { port: PORT } });
  socket.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) {
      const payload = batch.payload(i);
      const reflect = (): void => void reflector.reflect(payload, batch.source(i), instant(batch.arrival(i)));
      if (answer(payload, reflect)) batch.reply(i, payload);
    }
  });
}

function resultOf(events: readonly SessionEvent[]) {
  const last = events.at(-1);
  if (last?.type !== 'summary' || last.result.kind !== 'ping') throw new Error('a session ends with its summary');
  return last.result;
}

const countsOf = (events: readonly SessionEvent[]): ProbeCounts => resultOf(events).probes as ProbeCounts;

/** Which of the numbers sent are of closing probes. */
const closingOf = ({ sentAt }: Witness, sent: number): number[] => [...sentAt.keys()].filter((each) => each >= sent);

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

describe('the direction of loss', () => {
  const lossy = (answer: Answer) =>
    run({}, { answer, courseOf: (sequence) => (sequence === 2 ? { up: [], down: [[1]] } : SMOOTH) });
  const DIRECTIONS = ['lostUp', 'lostDown', 'duplicatesUp', 'duplicatesDown'] as const;
  const known = (counts: ProbeCounts) => DIRECTIONS.map((name) => counts[name]);
  const NONE = [undefined, undefined, undefined, undefined];

  it('is known of the first, of one between and of the last probes', async () => {
    const lost: Readonly<Record<number, Course>> = {
      0: { up: [], down: [] },
      2: { up: [1], down: [[]] },
      4: { up: [1], down: [[]] },
      5: { up: [], down: [] },
    };
    const { counts, result } = await run({}, { courseOf: (sequence) => lost[sequence] ?? SMOOTH });
    expect(counts).toMatchObject({ sent: 6, lost: 4, lostUp: 2, lostDown: 2, late: 0 });
    expect(result.lossBursts).toStrictEqual({ count: 3, longest: 2, lengths: { 1: 2, 2: 1 } });
  });

  it('is told by a reflector that counts for itself, also when nothing is lost', async () => {
    expect(known((await run()).counts)).toStrictEqual([0, 0, 0, 0]);
    expect(known((await lossy(stateful)).counts)).toStrictEqual([1, 0, 0, 0]);
  });

  it('is not told by one that copies the number of the sender, even when nothing is lost', async () => {
    const { counts, witness } = await run({}, { answer: stateless });
    expect(counts).toMatchObject({ received: 6, lost: 0 });
    expect(known(counts)).toStrictEqual(NONE);
    expect(closingOf(witness, 6)).toStrictEqual([7]);
    expect(known((await lossy(stateless)).counts)).toStrictEqual(NONE);
  });

  it('is not told by an echo server, which gets no closing probes', async () => {
    const { counts, witness, result } = await lossy(echo);
    expect(result.peer.protocol).toBe('echo');
    expect(counts).toMatchObject({ received: 5, lost: 1 });
    expect(known(counts)).toStrictEqual(NONE);
    expect(closingOf(witness, 6)).toStrictEqual([]);
  });

  it('is not told by a silent server, which gets no closing probes', async () => {
    const { counts, witness } = await run({}, { answer: silent });
    expect(counts).toMatchObject({ received: 0, lost: 6 });
    expect(known(counts)).toStrictEqual(NONE);
    expect(closingOf(witness, 6)).toStrictEqual([]);
  });

  it('is asked for eight times at most', async () => {
    const { counts, witness } = await run(
      {},
      { courseOf: (sequence) => (sequence < 5 ? SMOOTH : { up: [], down: [] }) },
    );
    expect(counts).toMatchObject({ lost: 1, lostUp: undefined, lostDown: undefined });
    expect(closingOf(witness, 6)).toStrictEqual([7, 8, 9, 10, 11, 12, 13, 14]);
  });
});

describe('an interrupted session', () => {
  const deaf: Course = { up: [], down: [] };

  it('sends closing probes too, behind what it had sent', async () => {
    const { counts, witness, result } = await run(
      { count: 100 },
      { abortAtMs: 250, courseOf: (sequence) => (sequence === 2 ? { up: [1], down: [[]] } : SMOOTH) },
    );
    expect(result.reason).toBe('interrupted');
    expect(counts).toMatchObject({ sent: 3, received: 2, lost: 1, lostUp: 0, lostDown: 1 });
    expect(closingOf(witness, 3)).toStrictEqual([4]);
  });

  it.each([
    ['closing probes are lost', (sequence: number) => (sequence < 3 ? SMOOTH : deaf)],
    ['a probe and closing probes are lost', (sequence: number) => (sequence < 2 ? SMOOTH : deaf)],
    ['everything is lost', () => deaf],
    ['the path is slow', () => ({ up: [400], down: [[400]] })],
  ])('ends within 800 ms where %s', async (_, courseOf) => {
    // Virtual time begins at 1 s.
    const { end, counts } = await run({ count: 100, timeout: ms(5000) }, { abortAtMs: 250, courseOf });
    expect(counts.sent).toBe(3);
    expect(end - 1e9 - 250e6).toBeLessThanOrEqual(800e6);
  });
});
