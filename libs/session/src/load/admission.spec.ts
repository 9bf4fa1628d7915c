import { FEATURES, type Parameters, parametersFromJson } from '@pathgauge/protocol';
import { admit, refusalOfBusy } from './admission';
import { planOfRequest } from './plan/load-plan';
import type { AdmissionPolicy } from './refusals';

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

describe('admit', () => {
  it.each<[string, object, AdmissionPolicy]>([
    ['TCP where TCP is served', {}, TCP_ONLY],
    ['UDP where UDP is served', UDP, UDP_ONLY],
    ['the way down', { reverse: true }, POLICY],
    ['both ways at once', { bidirectional: true, parallel: 128 }, POLICY],
    ['an amount', { num: 1e12 }, POLICY],
    ['blocks', { blockcount: 1000 }, POLICY],
    ['a beginning that is left out, and bursts', { ...UDP, omit: 600, burst: 1000 }, POLICY],
    ['the longest test', { time: 86_400, omit: 600 }, POLICY],
    ['the largest window and segments', { window: 512 * 1024 ** 2, MSS: 9216 }, EVERYTHING],
    ['the smallest segments', { MSS: 88 }, EVERYTHING],
    ['segments over UDP, which has none', { ...UDP, MSS: 9217 }, POLICY],
    ['messages that are not held back', { nodelay: true }, POLICY],
    ['all marks', { TOS: 255, reverse: true }, EVERYTHING],
    ['what the system paces', { fqrate: 1e9, reverse: true }, EVERYTHING],
    ['a congestion control that there is', { congestion: 'cubic', reverse: true }, EVERYTHING],
    ['marks, a pace and a label that are only for the client', { TOS: 184, fqrate: 1e6, flowlabel: 7 }, EVERYTHING],
    ['no mark', { TOS: 0, reverse: true }, EVERYTHING],
    ['what only changes how a client sends', { zerocopy: 1, skip_rx_copy: 1, gso: 1, gro: 1, pacing_timer: 5 }, POLICY],
    ['what is only told', { title: 'a', extra_data: 'b', get_server_output: 1, repeating_payload: 1 }, POLICY],
    ['who need not say who he is', { authtoken: 'abc' }, POLICY],
    ['who has said who he is', { authtoken: 'good' }, GUARDED],
    ['blocks of a byte, which are no records', { len: 1 }, POLICY],
    ['records as long as their header', { len: 20, pathgauge: PATHGAUGE }, POLICY],
    ['short ones that are not framed', { len: 1, pathgauge: { ...PATHGAUGE, features: ['clock'] } }, POLICY],
    ['uncut datagrams that the client sends', { ...UDP, dont_fragment: 1 }, POLICY],
    ['uncut datagrams that this end can send', { ...UDP, dont_fragment: 1, reverse: true }, EVERYTHING],
    ['connections, of which nothing is cut', { dont_fragment: 1, reverse: true }, POLICY],
  ])('runs %s, as planned', (_, json, policy) => {
    const request = read(json);
    expect(admit(request, policy)).toStrictEqual({
      ok: true,
      plan: planOfRequest(request),
      grant: 'pathgauge' in json ? json.pathgauge : undefined,
    });
  });

  it.each([
    [{ parallel: 128, bidirectional: true }, 1e9, true],
    [{ parallel: 128, bidirectional: true }, undefined, true],
    [{ parallel: 128, bidirectional: true }, 0.2e9, false],
    [{ parallel: 128 }, 0.1e9, false],
    [{ bidirectional: true }, 10e6, true],
    [{ parallel: 8 }, 10e6, true],
    [{ parallel: 10 }, 10e6, false],
  ])('reports of %j each %d ns: %p', (json, reportIntervalNs, isGranted) => {
    const request = read({ ...json, pathgauge: { ...PATHGAUGE, reportIntervalNs } });
    const admission = admit(request, POLICY);
    expect(admission.ok && admission.grant?.features).toStrictEqual(
      isGranted ? FEATURES : FEATURES.filter((feature) => feature !== 'reports'),
    );
  });

  it('goes without what it cannot set where it only receives', () => {
    const asked = read({ TOS: 184, congestion: 'cubic' });
    const none = { trafficClass: undefined, congestion: undefined };
    expect(admit(asked, POLICY)).toMatchObject({ ok: true, plan: { sockets: none } });
    expect(admit(read({ TOS: 0, reverse: true }), POLICY)).toMatchObject({ ok: true, plan: { sockets: none } });
    const all = { trafficClass: 184, congestion: 'cubic' };
    expect(admit(asked, EVERYTHING)).toMatchObject({ ok: true, plan: { sockets: all } });
    const other = read({ TOS: 184, congestion: 'bbr' });
    const part = { trafficClass: 184, congestion: undefined };
    expect(admit(other, EVERYTHING)).toMatchObject({ ok: true, plan: { sockets: part } });
  });

  it('grants a Pathgauge what it asks for, and a plain client nothing', () => {
    expect(admit(read({}), POLICY)).toMatchObject({ ok: true, grant: undefined });
    const asks = read({ pathgauge: { version: 1, features: ['clock', 'alive'] } });
    expect(admit(asks, POLICY)).toMatchObject({ ok: true, grant: { version: 1, features: ['clock', 'alive'] } });
  });

  // i_errno of iperf_api.h; what iperf3 3.12 prints for each was looked at.
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

  it('does not change what it is given, and says the same each time', () => {
    const request = Object.freeze(read({ pathgauge: PATHGAUGE }));
    expect(admit(request, EVERYTHING)).toStrictEqual(admit(request, EVERYTHING));
  });
});

describe('refusalOfBusy', () => {
  it.each([
    [0, 0, false],
    [127, 63, false],
    [128, 0, true],
    [64, 64, true],
    [127, 64, true],
  ])('of %i tests, %i of the address: %p', (tests, ofAddress, isBusy) => {
    const refusal = { code: undefined, why: 'turned away: too many tests run already' };
    expect(refusalOfBusy({ tests, ofAddress })).toStrictEqual(isBusy ? refusal : undefined);
  });
});
