import type { ProbeCounts, SessionEvent } from '@pathgauge/result';
import { collect, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { Transport } from '@pathgauge/transport';
import { instant, milliseconds, span } from '@pathgauge/units';
import { ping } from '../src/ping/ping';
import type { PingOptions } from '../src/ping/ping-options';
import { Reflector } from '../src/reflect/reflector';
import { usualProbes } from './usual-probes';

const SERVER = '10.0.0.2';
const PORT = 862;
export const TIMEOUT_MS = 500;
export const ms = milliseconds;

const OPTIONS: PingOptions = {
  ...usualProbes(SERVER, PORT),
  timeout: ms(TIMEOUT_MS),
  count: 6,
};

/** What comes back for a request: bytes to send, or none. */
export type Answer = (request: Uint8Array, reflect: () => void) => boolean;
export const stateful: Answer = (_, reflect) => {
  reflect();
  return true;
};
export const stateless: Answer = (request, reflect) => {
  reflect();
  // The sender's number stands at 24 (RFC 8762 section 4.3).
  request.copyWithin(0, 24, 28);
  return true;
};
export const echo: Answer = () => true;
export const silent: Answer = () => false;

/** Delays of its copies in milliseconds; none: it is lost. */
type Copies = readonly number[];
/** What becomes of one request, and of each reply to it. */
export interface Course {
  readonly up: Copies;
  readonly down: readonly Copies[];
}
export const SMOOTH: Course = { up: [1], down: [[1]] };

export interface Reply {
  readonly sequence: number;
  readonly own: number;
  readonly sentSoFar: number;
  readonly at: number;
}

/** Every datagram that a run really had. */
export class Witness {
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
export async function run(options: Partial<PingOptions> = {}, { answer = stateful, courseOf, abortAtMs }: Scene = {}) {
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
export const closingOf = ({ sentAt }: Witness, sent: number): number[] =>
  [...sentAt.keys()].filter((each) => each >= sent);
