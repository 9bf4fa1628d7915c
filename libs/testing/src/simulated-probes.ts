import type { Random } from './simulated-exchanges';

/** What one direction of a simulated network does. Probabilities from 0 to 1; times in nanoseconds. */
export interface SimulatedWay {
  /** How likely each packet, or each copy of one, is lost. */
  readonly loss: number;
  /** Losses in runs, beside those: how likely one begins at a packet, and ends at each after it. */
  readonly bursts?: { readonly begin: number; readonly end: number };
  /** How likely a packet is doubled before it is lost or not. */
  readonly double: number;
  readonly delay: (random: Random) => number;
}

export interface ProbeWorld {
  readonly count: number;
  readonly spacingNs: number;
  readonly timeoutNs: number;
  readonly up: SimulatedWay;
  readonly down: SimulatedWay;
  /** The reflector's first number; 0 as RFC 8762 has it. */
  readonly begin?: number;
  /** How likely a request of somebody else is counted before one of ours. */
  readonly others?: number;
  /** The reflector forgets its count before that many requests have come. */
  readonly restartAt?: number;
  /** It counts nothing, and answers with the sender's own number, this much higher. */
  readonly copies?: number;
}

/** What the sender sees, in order of time. A closing probe has an order among these and no index. */
type ProbeHappening =
  | { readonly at: number; readonly kind: 'send' }
  | { readonly at: number; readonly kind: 'reply'; readonly index: number; readonly own: number }
  | { readonly at: number; readonly kind: 'close' }
  | {
      readonly at: number;
      readonly kind: 'closing';
      readonly order: number;
      readonly sent: number;
      readonly own: number;
    };

/** What nobody but the network knows. */
export interface ProbeTruth {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly late: number;
  readonly lostUp: number;
  readonly lostDown: number;
  readonly duplicates: number;
  readonly duplicatesUp: number;
  readonly duplicatesDown: number;
  readonly reordered: number;
}

interface ProbeSession {
  readonly happenings: readonly ProbeHappening[];
  readonly truth: ProbeTruth;
}

const NUMBERS = 2 ** 32;
const MAX_CLOSING = 8;

/** One copy of a request that reached the reflector. */
interface Request {
  readonly index: number;
  readonly at: number;
  readonly own: number;
  readonly replies: readonly number[];
}

/** Copies of packets on one direction: when each arrives. */
class Way {
  readonly #way: SimulatedWay;
  readonly #random: Random;
  #inBurst = false;

  constructor(way: SimulatedWay, random: Random) {
    this.#way = way;
    this.#random = random;
  }

  carry(at: number): number[] {
    const { double, bursts, loss, delay } = this.#way;
    const copies = this.#random() < double ? 2 : 1;
    const arrivals: number[] = [];
    for (let copy = 0; copy < copies; copy++) {
      if (bursts !== undefined) {
        this.#inBurst = this.#inBurst ? this.#random() >= bursts.end : this.#random() < bursts.begin;
      }
      const lost = this.#random() < loss || this.#inBurst;
      // No two arrive at one instant.
      if (!lost) arrivals.push(at + Math.max(1, Math.round(delay(this.#random))) + this.#random() / 2);
    }
    return arrivals;
  }
}

/** Numbers requests as they come; numbers given to others are skipped. */
class Numbering {
  readonly #world: ProbeWorld;
  readonly #random: Random;
  #requests = 0;
  #next: number;

  constructor(world: ProbeWorld, random: Random) {
    this.#world = world;
    this.#random = random;
    this.#next = world.begin ?? 0;
  }

  numberOf(sequence: number): number {
    const { others = 0, restartAt, copies } = this.#world;
    if (this.#requests++ === restartAt) this.#next = 0;
    while (this.#random() < others) this.#next++;
    return (copies === undefined ? this.#next++ : sequence + copies) % NUMBERS;
  }
}

/** A session of probes and closing probes over a network of which everything is known. */
export function simulateProbes(world: ProbeWorld, random: Random): ProbeSession {
  const { count, spacingNs, timeoutNs } = world;
  const up = new Way(world.up, random);
  const down = new Way(world.down, random);
  const numbering = new Numbering(world, random);
  const answered = (arrivals: readonly { index: number; at: number }[]): Request[] =>
    [...arrivals]
      .sort((a, b) => a.at - b.at)
      .map(({ index, at }) => ({ index, at, own: numbering.numberOf(index), replies: down.carry(at) }));
  const sentAt = Array.from({ length: count }, (_, index) => index * spacingNs);
  const closesAt = (count - 1) * spacingNs + timeoutNs + 1;
  const closingAt = Array.from({ length: MAX_CLOSING }, (_, order) => closesAt + order * timeoutNs);
  // One number is skipped before the closing probes.
  const arrivals = [...sentAt, ...closingAt].flatMap((from, place) =>
    up.carry(from).map((at) => ({ index: place < count ? place : place + 1, at })),
  );
  const requests = answered(arrivals);
  const isClosing = ({ index }: Request): boolean => index >= count;
  const endsAt = Math.min(
    closesAt + MAX_CLOSING * timeoutNs,
    ...requests.filter(isClosing).flatMap(({ replies }) => replies),
  );
  const closer = requests.find((each) => isClosing(each) && each.replies.includes(endsAt));
  const heard = requests.map((each) => ({ ...each, replies: each.replies.filter((at) => at <= endsAt) }));
  const ofProbes = heard.filter((each) => !isClosing(each));
  const closing: ProbeHappening[] =
    closer === undefined
      ? []
      : [
          {
            ...{ at: endsAt, kind: 'closing', order: closer.index - count - 1, own: closer.own },
            sent: closingAt.filter((at) => at <= endsAt).length,
          },
        ];
  const happenings: ProbeHappening[] = [
    ...sentAt.map((at) => ({ at, kind: 'send' as const })),
    ...ofProbes.flatMap(({ index, own, replies }) => replies.map((at) => ({ at, kind: 'reply' as const, index, own }))),
    { at: closesAt, kind: 'close' as const },
    ...closing,
  ];
  // A request behind the closing probe that was answered had not arrived when the count was taken.
  const counted = ofProbes.filter(({ at }) => at < (closer?.at ?? endsAt));
  return { happenings: happenings.sort((a, b) => a.at - b.at), truth: truthOf(world, ofProbes, counted) };
}

function truthOf(
  { count, spacingNs, timeoutNs }: ProbeWorld,
  requests: readonly Request[],
  counted: readonly Request[],
): ProbeTruth {
  const first = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  for (const { index, replies } of requests) first[index] = Math.min(first[index] as number, ...replies);
  const reached = new Set(counted.map(({ index }) => index));
  const indices = Array.from({ length: count }, (_, index) => index);
  const isAnswered = (index: number): boolean => first[index] !== Number.POSITIVE_INFINITY;
  const isInTime = (index: number): boolean => (first[index] as number) - index * spacingNs <= timeoutNs;
  const inTime = indices.filter(isInTime).sort((a, b) => (first[a] as number) - (first[b] as number));
  const unanswered = indices.filter((index) => !isAnswered(index));
  const answered = count - unanswered.length;
  const replies = requests.reduce((sum, each) => sum + each.replies.length, 0);
  const numbersHeard = requests.filter((each) => each.replies.length > 0).length;
  let [next, reordered] = [0, 0];
  for (const index of inTime) {
    if (index < next) reordered++;
    next = Math.max(next, index + 1);
  }
  const lostDown = unanswered.filter((index) => reached.has(index)).length;
  return {
    sent: count,
    received: inTime.length,
    lost: count - inTime.length,
    late: answered - inTime.length,
    lostUp: unanswered.length - lostDown,
    lostDown,
    duplicates: replies - answered,
    duplicatesUp: numbersHeard - answered,
    duplicatesDown: replies - numbersHeard,
    reordered,
  };
}

/** What a ledger of probes must be able to do to be told of a session. */
interface LedgerUnderTest<Kind> {
  send(at: number): void;
  indexOf(sequence: number): number;
  answer(index: number, reply: { arrivedAt: number; upNs: undefined; downNs: undefined; ownSequence: number }): Kind;
  expire(now: number): void;
  abandon(): void;
  answerClosing(order: number, sent: number, sequence: number, ownSequence: number): void;
}

/** Tells a ledger what a sender saw. */
export function tellLedger<Kind>({ happenings, truth }: ProbeSession, ledger: LedgerUnderTest<Kind>): void {
  for (const each of happenings) {
    ledger.expire(each.at);
    if (each.kind === 'send') ledger.send(each.at);
    else if (each.kind === 'close') ledger.abandon();
    else if (each.kind === 'closing')
      ledger.answerClosing(each.order, each.sent, truth.sent + 1 + each.order, each.own);
    else {
      const { at: arrivedAt, index, own: ownSequence } = each;
      ledger.answer(ledger.indexOf(index), { arrivedAt, upNs: undefined, downNs: undefined, ownSequence });
    }
  }
}
