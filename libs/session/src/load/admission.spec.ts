import { FEATURES, type Parameters, parametersFromJson } from '@pathgauge/protocol';
import { admit, refusalOfBusy } from './admission';
import type { AdmissionPolicy } from './admission-rules';
import { planOfRequest } from './plan/load-plan';

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
