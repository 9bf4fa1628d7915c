import { EXTENSION_VERSION, type Grant, type Parameters, SERVER_ERROR_CODE } from '@pathgauge/protocol';
import { RECORD_BYTES } from '../message-lengths';
import type { Refusal } from './conversation/refusal';
import { type LoadPlan, planOfRequest } from './plan/load-plan';

/** Tests that run at once: each takes a thread, where the transport has threads, and some megabytes. */
const MAX_TESTS = 128;
/** Half of them for one address, so that it keeps no other out. */
const MAX_TESTS_OF_ADDRESS = MAX_TESTS / 2;

/** What a server is willing and able to do. */
export interface AdmissionPolicy {
  /** Which kinds of load are served. */
  readonly protocols: ReadonlySet<Parameters['protocol']>;
  /** Whether its transport can send datagrams that must not be cut into fragments. */
  readonly canForbidFragments: boolean;
}

/** What is run, or why it is not. The random token of the grant is the server's to add. */
type Admission =
  | { readonly ok: true; readonly plan: LoadPlan; readonly grant: Omit<Grant, 'token'> | undefined }
  | { readonly ok: false; readonly refusal: Refusal };

/** Whether a server that is willing to do `policy` runs the test that a client requests, and how. */
export function admit(request: Parameters, policy: AdmissionPolicy): Admission {
  const refusal = REFUSALS.map((refuse) => refuse(request, policy)).find((each) => each !== undefined);
  if (refusal !== undefined) return { ok: false, refusal };
  const { extension } = request;
  const grant = extension === undefined ? undefined : { version: EXTENSION_VERSION, features: extension.features };
  return { ok: true, plan: planOfRequest(request), grant };
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

type Refuse = (request: Parameters, policy: AdmissionPolicy) => Refusal | undefined;

/** In this order: the first that applies is told. */
const REFUSALS: readonly Refuse[] = [
  ({ protocol, bidirectional }, { protocols }) => {
    if (protocols.has(protocol) && !bidirectional) return undefined;
    const kind = bidirectional ? 'bidirectional' : protocol.toUpperCase();
    return { code: SERVER_ERROR_CODE.notImplemented, why: `asked for a ${kind} test, which is not served here` };
  },
  ({ parallel }) =>
    parallel > 1
      ? { code: SERVER_ERROR_CODE.tooManyStreams, why: `asked for ${parallel} streams; one is served` }
      : undefined,
  ({ dontFragment, reverse }, { canForbidFragments }) =>
    dontFragment && reverse && !canForbidFragments
      ? {
          code: SERVER_ERROR_CODE.notImplemented,
          why: 'asked for datagrams that must not be cut into fragments, which takes the linux transport',
        }
      : undefined,
  ({ protocol, extension, length }) =>
    protocol === 'tcp' && extension?.features.includes('records') && length < RECORD_BYTES.min
      ? {
          code: SERVER_ERROR_CODE.badParameters,
          why: `asked for records of ${length} bytes, less than their header`,
        }
      : undefined,
];
