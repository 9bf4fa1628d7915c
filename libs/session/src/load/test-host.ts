import type { LoadResult, Runner, SessionEvent } from '@pathgauge/result';
import type { BoundAddress, Endpoint, Transport } from '@pathgauge/transport';
import type { Span } from '@pathgauge/units';
import type { MetricSwitches } from '../metric-switches';
import type { AdmissionPolicy } from './admission-rules';
import type { Refusal } from './conversation/refusal';

/** Openings of streams of datagrams that are awaited. */
export interface ExpectedOpenings {
  /** Resolves when it is known where they come to: an iperf3 client sends each once. */
  readonly known: Promise<unknown>;
  forget(): void;
}

/** What a test needs of the server it runs on. */
export interface TestHost {
  readonly runner: Runner;
  readonly transport: Transport;
  readonly policy: AdmissionPolicy;
  readonly metrics: MetricSwitches;
  readonly reportInterval: Span;
  /** Beside which socket streams of datagrams go whose control connection came to this address; undefined: there is none. */
  boundAt(local: Endpoint): BoundAddress | undefined;
  randomToken(): Uint8Array;
  /** Why the test may not begin now; undefined when it may, and counts from then on among those that run. */
  refusal(): Refusal | undefined;
  /** So many streams of datagrams are about to be opened with `token`, or with none. */
  awaitOpenings(token: Uint8Array | undefined, openings: number): ExpectedOpenings;
  /** Waits for the turn of a plain iperf3 UDP client, whose streams carry no token to tell tests of one address apart. */
  plainUdpTurn(address: string): Promise<() => void>;
  /** How a test reads to a client that asks for its server's account. */
  accountOf(result: LoadResult): string;
  onEvent(event: SessionEvent): void;
  /** Whether there are too few descriptors left for a test, which is why one of them may fail. */
  isExhausted(): boolean;
}
