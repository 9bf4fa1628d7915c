import { EXTENSION_VERSION, type Grant, type Parameters } from '@pathgauge/protocol';
import type { Refusal } from './conversation/refusal';
import { type LoadPlan, planOfRequest } from './plan/load-plan';
import { type AdmissionPolicy, REFUSALS } from './refusals';

/** Tests that run at once: each takes a thread, where the transport has threads, and some megabytes. */
const MAX_TESTS = 128;
/** Half of them for one address, so that it keeps no other out. */
const MAX_TESTS_OF_ADDRESS = MAX_TESTS / 2;

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
  const grant = extension === undefined ? undefined : { version: EXTENSION_VERSION, features: extension.features };
  const plan = planOfRequest(request);
  return { ok: true, plan: policy.canSetSockets ? plan : withoutMarks(plan), grant };
}

/** What is received needs no mark: only the acknowledgements of a connection would have one. */
const withoutMarks = (plan: LoadPlan): LoadPlan => ({ ...plan, sockets: { ...plan.sockets, trafficClass: undefined } });

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
