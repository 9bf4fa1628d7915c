import { isDeepStrictEqual } from 'node:util';
import {
  type EventJson,
  type LoadResultJson,
  type PingResultJson,
  type Read,
  type ResultJson,
  readEvent,
  readResult,
} from '@pathgauge/result';

export type Result = ResultJson;
export type PingResult = PingResultJson;
export type LoadResult = LoadResultJson;
export type RunResult = PingResult | LoadResult;
export type OneWayDelay = NonNullable<PingResult['owd']>;
export type Distribution = NonNullable<PingResult['rtt']>;
export type Rate = NonNullable<NonNullable<LoadResult['throughput']>['up']>;
type Event = EventJson;
export type ProbeEvent = Extract<Event, { readonly type: 'probe' }>;

type Counts = NonNullable<PingResult['probes']>;

/** What became of what was sent, probes or datagrams. */
export function countedIn(result: RunResult): Counts {
  const counts = result.kind === 'ping' ? result.probes : result.datagrams;
  if (counts === null) throw new Error(`nothing was counted: ${JSON.stringify(result)}`);
  return counts;
}

/** What a program has printed. */
interface Printed {
  readonly stdout: string;
}

/** The one document that was printed, or that in the summary of a stream. Whatever is read here is read strictly. */
export const documentOf = ({ stdout }: Printed): Result => documentIn(stdout);

/** Of whichever kind, but of a run. */
export function runOf(printed: Printed): RunResult {
  const result = documentOf(printed);
  if (result.kind === null) throw new Error(`of no run: ${JSON.stringify(result)}`);
  return result;
}

export const pingOf = (printed: Printed): PingResult => expectPing(documentOf(printed));
export const loadOf = (printed: Printed): LoadResult => expectLoad(documentOf(printed));

export function documentIn(text: string): Result {
  const lines = linesOf(text);
  if (!text.startsWith('{"type":')) return strictly(readResult(text), text) as Result;
  const last = eventsIn(text).at(-1);
  if (last?.type !== 'summary') throw new Error(`no summary at the end of ${lines.length} events: ${lines.at(-1)}`);
  return last.result;
}

export const pingIn = (text: string): PingResult => expectPing(documentIn(text));
export const loadIn = (text: string): LoadResult => expectLoad(documentIn(text));

/** Documents, a line each: what a server prints under `--json`. */
export const documentsIn = (text: string): Result[] =>
  linesOf(text).map((line) => strictly(readResult(line), line) as Result);

/** Events, a line each. */
export const eventsIn = (text: string): Event[] =>
  linesOf(text).map((line) => strictly(readEvent(line), line) as Event);

/** Those of one type. */
export const eventsOf = <T extends Event['type']>(text: string, type: T): Extract<Event, { readonly type: T }>[] =>
  eventsIn(text).filter((event): event is Extract<Event, { readonly type: T }> => event.type === type);

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

function expectPing(result: Result): PingResult {
  if (result.kind !== 'ping') throw new Error(`not of probes: ${JSON.stringify(result)}`);
  return result;
}

function expectLoad(result: Result): LoadResult {
  if (result.kind !== 'load') throw new Error(`not of a load: ${JSON.stringify(result)}`);
  return result;
}

/** What was read, as JSON has it. What the schema does not know was left aside by the reader, and shows when it is written again. */
function strictly(read: Read<unknown>, text: string): unknown {
  if (!read.ok) throw new Error(`${read.problem}: ${text}`);
  const json = JSON.parse(text);
  const again = JSON.parse(JSON.stringify(read.value, (_, value: unknown) => (value === undefined ? null : value)));
  if (!isDeepStrictEqual(again, json)) expect(json).toStrictEqual(again);
  return json;
}
