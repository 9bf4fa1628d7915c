import { EXTENSION_VERSION, type Feature, type Grant, type Parameters } from '@pathgauge/protocol';
import { NS_PER_S } from '@pathgauge/units';
import { type AdmissionPolicy, REFUSALS } from './admission-rules';
import type { Refusal } from './conversation/refusal';
import { type LoadPlan, planOfRequest } from './plan/load-plan';

/** Tests that run at once: each takes a thread, where the transport has threads, and some megabytes. */
const MAX_TESTS = 128;
/** Half of them for one address, so that it keeps no other out. */
const MAX_TESTS_OF_ADDRESS = MAX_TESTS / 2;
/** As many as are reported of a test. */
const MAX_INTERVALS_PER_SECOND = 1000;

/** What is run, or why it is not. The random token of the grant is the server's to add. */
type Admission =
  | { readonly ok: true; readonly plan: LoadPlan; readonly grant: Omit<Grant, 'token'> | undefined }
  | { readonly ok: false; readonly refusal: Refusal };

/** Whether a server that is willing to do `policy` runs the test that a client requests, and how. */
export function admit(request: Parameters, policy: AdmissionPolicy): Admission {
  for (const refuse of REFUSALS) {
    const refusal = refuse(request, policy);
    if (refusal !== undefined) return { ok: false, refusal };
  }
  const { extension } = request;
  const grant = extension && { version: EXTENSION_VERSION, features: grantedFeatures(request, extension) };
  return { ok: true, plan: feasible(planOfRequest(request), policy), grant };
}

/** Intervals of all streams, and their sums, are a load of their own where there are too many of them. */
function grantedFeatures(
  { parallel, bidirectional }: Parameters,
  { features, reportIntervalNs }: NonNullable<Parameters['extension']>,
): readonly Feature[] {
  const each = parallel === 1 ? 1 : parallel + 1;
  const perSecond = (each * (bidirectional ? 2 : 1) * NS_PER_S) / (reportIntervalNs ?? NS_PER_S);
  return perSecond > MAX_INTERVALS_PER_SECOND ? features.filter((feature) => feature !== 'reports') : features;
}

/** An end that only receives goes without what it cannot set: acknowledgements need no mark, and no congestion control. */
function feasible(plan: LoadPlan, { canSetSockets, canUseCongestion }: AdmissionPolicy): LoadPlan {
  const { sockets } = plan;
  const hasCongestion = sockets.congestion !== undefined && canUseCongestion(sockets.congestion);
  return {
    ...plan,
    sockets: {
      ...sockets,
      trafficClass: canSetSockets ? sockets.trafficClass : undefined,
      congestion: hasCongestion ? sockets.congestion : undefined,
    },
  };
}

/** Tests that run already. */
interface RunningTests {
  readonly tests: number;
  /** Those of the client's address among them. */
  readonly ofAddress: number;
}

/** Why no further test begins now; undefined when there is room for it. */
export const refusalOfBusy = ({ tests, ofAddress }: RunningTests): Refusal | undefined =>
  tests < MAX_TESTS && ofAddress < MAX_TESTS_OF_ADDRESS
    ? undefined
    : { code: undefined, why: 'turned away: too many tests run already' };
