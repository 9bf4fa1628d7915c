import { FEATURES, type Parameters, parametersFromJson } from '@pathgauge/protocol';
import { admit } from './admission';
import type { AdmissionPolicy } from './admission-rules';

const read = (json: object): Parameters => {
  const parameters = parametersFromJson(json);
  if (!parameters.ok) throw new Error(JSON.stringify(parameters.failure));
  return parameters.value;
};

/** Without system calls. */
const POLICY: AdmissionPolicy = {
  protocols: new Set(['tcp', 'udp']),
  canSetSockets: false,
  canUseCongestion: () => false,
  refusalOfToken: undefined,
};
const EVERYTHING: AdmissionPolicy = { ...POLICY, canSetSockets: true, canUseCongestion: (name) => name === 'cubic' };
const TCP_ONLY: AdmissionPolicy = { ...EVERYTHING, protocols: new Set(['tcp']) };
const UDP_ONLY: AdmissionPolicy = { ...EVERYTHING, protocols: new Set(['udp']) };
const GUARDED: AdmissionPolicy = {
  ...TCP_ONLY,
  refusalOfToken: (token) => (token === 'good' ? undefined : 'did not say who it is'),
};
const PATHGAUGE = { version: 1, features: FEATURES };
const UDP = { udp: true, len: 1400 };

describe('the rules of admission', () => {
  it.each<[number, string, object, AdmissionPolicy]>([
    [142, 'did not say who it is', {}, GUARDED],
    [142, 'did not say who it is', { authtoken: 'bad' }, GUARDED],
    // Who may have no test is told nothing else.
    [142, 'did not say who it is', { ...UDP, parallel: 999 }, GUARDED],
    [18, 'asked for a test over SCTP, which is not served', { sctp: true }, POLICY],
    [13, 'asked for a UDP test, which is not served here', UDP, TCP_ONLY],
    [13, 'asked for a TCP test, which is not served here', { bidirectional: true }, UDP_ONLY],
    // What is not served at all comes first: another number of streams would not help.
    [13, 'asked for a UDP test, which is not served here', { ...UDP, parallel: 129 }, TCP_ONLY],
    [25, 'asked for both directions and the reverse one alone', { reverse: true, bidirectional: true }, POLICY],
    [16, 'asked for two ends of the test: bytes and blocks', { num: 1, blockcount: 1 }, POLICY],
    [6, 'asked for 129 streams; from 1 to 128 is served', { parallel: 129 }, POLICY],
    [7, 'asked for 1048577 bytes a block; from 1 to 1048576 is served', { len: 1_048_577 }, POLICY],
    [20, 'asked for 15 bytes a datagram; from 16 to 65507 is served', { udp: true, len: 15 }, POLICY],
    [20, 'asked for 65508 bytes a datagram; from 16 to 65507 is served', { udp: true, len: 65_508 }, POLICY],
    [5, 'asked for 86401 seconds; from 0 to 86400 is served', { time: 86_401 }, POLICY],
    [
      5,
      'asked for 86401 seconds; from 0 to 86400 is served',
      { pathgauge: { ...PATHGAUGE, durationNs: 86_401e9 } },
      POLICY,
    ],
    [
      12,
      'asked for 601 seconds to be left out; from 0 to 600 is served',
      { pathgauge: { ...PATHGAUGE, omitNs: 601e9 } },
      POLICY,
    ],
    [12, 'asked for 601 seconds to be left out; from 0 to 600 is served', { omit: 601 }, POLICY],
    [114, 'asked for 9007199254740991 blocks, which is beyond counting', { blockcount: 2 ** 53 - 1 }, POLICY],
    [15, 'asked for 1001 messages a burst; from 1 to 1000 is served', { burst: 1001 }, POLICY],
    [8, 'asked for 536870913 bytes of window; from 1 to 536870912 is served', { window: 536_870_913 }, POLICY],
    [10, 'asked for 9217 bytes a segment; from 88 to 9216 is served', { MSS: 9217 }, POLICY],
    [123, 'asked for 87 bytes a segment; from 88 to 9216 is served', { MSS: 87 }, POLICY],
    [21, 'asked for 256 as type of service; from 0 to 255 is served', { TOS: 256 }, POLICY],
    [114, 'asked for records of 19 bytes, less than their header', { len: 19, pathgauge: PATHGAUGE }, POLICY],
    [123, 'asked for segments of a size, which takes the linux transport', { MSS: 1400 }, POLICY],
    [124, 'asked for socket buffers of a size, which takes the linux transport', { window: 65_536 }, POLICY],
    [
      140,
      'asked for sending that the system paces, which takes the linux transport',
      { fqrate: 1e6, reverse: true },
      POLICY,
    ],
    [125, 'asked for marked packets, which takes the linux transport', { TOS: 16, bidirectional: true }, POLICY],
    [
      134,
      'asked for a congestion control, which takes the linux transport',
      { congestion: 'cubic', reverse: true },
      POLICY,
    ],
    [
      145,
      'asked for datagrams that must not be cut into fragments, which takes the linux transport',
      { ...UDP, dont_fragment: 1, reverse: true },
      POLICY,
    ],
    [127, 'asked for flow label 7, which cannot be set here', { flowlabel: 7, reverse: true }, EVERYTHING],
    [
      134,
      'asked for congestion control bbr, which this system does not have or allow',
      { congestion: 'bbr', bidirectional: true },
      EVERYTHING,
    ],
  ])('refuses with %i, %s', (code, why, json, policy) => {
    expect(admit(read(json), policy)).toStrictEqual({ ok: false, refusal: { code, why } });
  });
});
