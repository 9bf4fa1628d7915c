import type { Exit, Runner } from './program';
import type { Server } from './servers';

export { APPS, type Exit, expectNoStack, expectOneLine, Program, type Runner, run, start } from './program';
export { datagramSocket, freePort, type Server, scriptedServer, serve } from './servers';
export { afterTest, bounded, pause, temporaryFolder, until } from './test-time';
export { HAS_IPV6, where, whereIpv6, whereProgram } from './where';
export { cookie, type Json, Wire } from './wire';

/** The documents that a server under `--json` has printed, a line each; waits until there are `count`. */
export async function documents(server: Server, count: number): Promise<Result[]> {
  await server.program.printed(new RegExp(`^(?:[^\\n]*\\n){${count}}`), { stdoutOnly: true });
  return jsonLines(server.program.stdout);
}

export const jsonLines = <T = Result>(text: string): T[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

/** Standard output holds exactly one JSON document. */
export const documentOf = (exit: Pick<Exit, 'stdout'>): Result => JSON.parse(exit.stdout) as Result;

/** One event of `--json-stream`. */
export interface Event {
  type: string;
  sequence: number;
  outcome: string;
  code: string;
  result: Result;
}

export interface Distribution {
  count: number;
  minNs: number;
  meanNs: number;
  stddevNs: number | null;
  medianNs: number;
  p90Ns: number | null;
  p95Ns: number | null;
  p99Ns: number | null;
  p999Ns: number | null;
  maxNs: number;
}

export interface Rate {
  bytes: number;
  durationNs: number;
  bitsPerSecond: number;
  messages: number | null;
  messagesPerSecond: number | null;
}

interface ByDirection {
  up: Distribution | null;
  down: Distribution | null;
}

interface Voice {
  rFactor: number;
  mos: number;
  mosLow: number;
  mosHigh: number;
}

interface Marking {
  hopLimit: number | null;
  dscp: number | null;
  ecn: number | null;
  remarked: number | null;
}

interface Icmp {
  direction: string;
  text: string;
  version: number | null;
  type: number | null;
  code: number | null;
  from: string | null;
  mtuBytes: number | null;
  count: number;
}

interface PathMtu {
  bytes: number;
  payloadBytes: number;
  from: string | null;
}

/** The result document as a reader of the JSON knows it. */
export interface Result {
  schemaVersion: number;
  runner: Runner;
  kind: 'ping' | 'load';
  startedAt: string;
  durationNs: number;
  complete: boolean;
  reason: string | null;
  error: { code: string; message: string } | null;
  notices: { code: string; message: string; count: number }[];
  peer: { host: string; address: string; port: number; protocol: string | null };
  transport: {
    kind: string;
    sendTimestamps: string;
    receiveTimestamps: string;
    note: string | null;
    offloads: string[];
    clockSteps: number | null;
    userStamped: { sent: number; replied: number; received: number } | null;
  };
  settings: {
    lengthBytes: number;
    dscp: number | null;
    dontFragment: boolean | null;
    schedule: { kind: string; burst: number } | null;
  };
  icmp: Icmp[];
  pathMtu: { up: PathMtu | null; down: PathMtu | null } | null;
  probes:
    | (Record<
        | 'sent'
        | 'received'
        | 'lost'
        | 'lostUp'
        | 'lostDown'
        | 'lossRatio'
        | 'duplicates'
        | 'duplicatesUp'
        | 'duplicatesDown'
        | 'reordered'
        | 'late'
        | 'notSent'
        | 'hostDropped',
        number | null
      > & {
        hostDroppedEstimated: boolean | null;
        lostUpRange: [number, number] | null;
        lostDownRange: [number, number] | null;
      })
    | null;
  foreignReplies: { count: number; kinds: Record<string, number> } | null;
  marking: { up: Marking | null; down: Marking | null } | null;
  hostQueueingNs: Distribution | null;
  hostStalls: { count: number; longestNs: number } | null;
  rtt: Distribution | null;
  owd: {
    basis: string;
    up: Distribution | null;
    down: Distribution | null;
    uncertaintyNs: { low: number; high: number };
    intervalNs: Record<'up' | 'down', { low: number; high: number }>;
    clock: {
      offsetNs: number;
      offsetLowNs: number;
      offsetHighNs: number;
      skewPpm: number | null;
      skewLowPpm: number | null;
      skewHighPpm: number | null;
      steps: number;
    };
  } | null;
  queueing: ByDirection | null;
  ipdv: ByDirection | null;
  pdv: ByDirection | null;
  lossBursts: { count: number; longest: number; lengths: Record<string, number> } | null;
  voice: { up: Voice | null; down: Voice | null; assumptions: string } | null;
  jitter: { upNs: number | null; downNs: number | null; rttNs: number | null } | null;
  throughput: { up: Rate | null; down: Rate | null } | null;
  sendErrorNs: Distribution | null;
  streams:
    | {
        id: number;
        direction: string;
        bytes: number | null;
        durationNs: number | null;
        bitsPerSecond: number | null;
        sent: Rate | null;
        notSent: number | null;
        retransmits: number | null;
      }[]
    | null;
  intervals:
    | {
        bytes: number;
        startNs: number;
        endNs: number;
        measuredAt: string;
        retransmits: number | null;
        rttNs: number | null;
        cwndBytes: number | null;
      }[]
    | null;
}
