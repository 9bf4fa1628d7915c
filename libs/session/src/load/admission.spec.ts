import { FEATURES, type Parameters } from '@pathgauge/protocol';
import { type AdmissionPolicy, admit, refusalOfBusy } from './admission';
import { planOfRequest } from './plan/load-plan';

const REQUEST: Parameters = {
  protocol: 'tcp',
  timeSeconds: 10,
  omitSeconds: 0,
  parallel: 1,
  reverse: false,
  bidirectional: false,
  bytes: undefined,
  blocks: undefined,
  length: 131_072,
  bandwidth: 0,
  burst: 1,
  pacingBitsPerSecond: undefined,
  windowBytes: undefined,
  mssBytes: undefined,
  congestion: undefined,
  noDelay: false,
  trafficClass: undefined,
  counters64Bit: true,
  dontFragment: false,
  extension: undefined,
};
const POLICY: AdmissionPolicy = { protocols: new Set(['tcp']), canForbidFragments: false };
const EVERYTHING: AdmissionPolicy = { protocols: new Set(['tcp', 'udp']), canForbidFragments: true };
const PATHGAUGE = { version: 1, features: FEATURES } as const;

describe('admit', () => {
  it.each<[string, Partial<Parameters>, AdmissionPolicy]>([
    ['TCP where TCP is served', {}, POLICY],
    ['UDP where UDP is served', { protocol: 'udp', length: 1460 }, { ...POLICY, protocols: new Set(['udp']) }],
    ['either where both are', { protocol: 'udp', length: 1460 }, EVERYTHING],
    ['the way down', { reverse: true }, POLICY],
    ['blocks of a byte, which are no records', { length: 1 }, POLICY],
    ['records as long as their header', { length: 20, extension: PATHGAUGE }, POLICY],
    ['short ones that are not framed', { length: 1, extension: { ...PATHGAUGE, features: ['clock'] } }, POLICY],
    ['uncut datagrams that the client sends', { dontFragment: true }, POLICY],
    ['uncut datagrams that this end can send', { dontFragment: true, reverse: true }, EVERYTHING],
  ])('runs %s, as planned', (_, request, policy) => {
    const admission = admit({ ...REQUEST, ...request }, policy);
    expect(admission).toMatchObject({ ok: true, plan: planOfRequest({ ...REQUEST, ...request }) });
  });

  it('grants a Pathgauge what it asks for, and a plain client nothing', () => {
    expect(admit(REQUEST, POLICY)).toMatchObject({ ok: true, grant: undefined });
    const asks = { ...REQUEST, extension: { version: 1, features: ['clock', 'alive'] } } as const;
    expect(admit(asks, POLICY)).toMatchObject({ ok: true, grant: { version: 1, features: ['clock', 'alive'] } });
  });

  // i_errno of iperf_api.h: IENUMSTREAMS 6, IEUNIMP 13, IESENDPARAMS 113 and IERECVPARAMS 114.
  it.each<[number, string, Partial<Parameters>]>([
    [13, 'asked for a UDP test, which is not served here', { protocol: 'udp', length: 1460 }],
    [13, 'asked for a bidirectional test, which is not served here', { bidirectional: true }],
    [13, 'asked for a bidirectional test, which is not served here', { bidirectional: true, protocol: 'udp' }],
    [6, 'asked for 2 streams; one is served', { parallel: 2 }],
    [6, 'asked for 128 streams; one is served', { parallel: 128 }],
    [
      13,
      'asked for datagrams that must not be cut into fragments, which takes the linux transport',
      { dontFragment: true, reverse: true },
    ],
    [114, 'asked for records of 19 bytes, less than their header', { length: 19, extension: PATHGAUGE }],
    // What is not served at all comes first: another number of streams would not help.
    [13, 'asked for a UDP test, which is not served here', { protocol: 'udp', parallel: 2 }],
  ])('refuses with %i, %s', (code, why, request) => {
    expect(admit({ ...REQUEST, ...request }, POLICY)).toStrictEqual({ ok: false, refusal: { code, why } });
  });

  it('does not change what it is given, and says the same each time', () => {
    const request = Object.freeze({ ...REQUEST, extension: Object.freeze({ ...PATHGAUGE }) });
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
