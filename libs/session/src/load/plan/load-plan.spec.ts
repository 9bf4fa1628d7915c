import { FEATURES, type Parameters, parametersFromJson, parametersToJson } from '@pathgauge/protocol';
import { milliseconds, seconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { usualLoad } from '../../../test/usual-load';
import type { LoadOptions } from './load-options';
import { maxLoad, planOfOptions, planOfRequest, requestOfPlan } from './load-plan';
import { PLAIN_SOCKETS } from './socket-plan';

const ms = milliseconds;

const OPTIONS: LoadOptions = {
  ...usualLoad('server.example', 5201),
  protocol: 'udp',
  spacing: ms(1),
  duration: seconds(10),
};

const REQUEST: Parameters = {
  protocol: 'udp',
  sctp: false,
  timeSeconds: 10,
  omitSeconds: 0,
  parallel: 1,
  reverse: false,
  bidirectional: false,
  bytes: undefined,
  blocks: undefined,
  length: 1000,
  bandwidth: 8e6,
  burst: 1,
  pacingBitsPerSecond: undefined,
  windowBytes: undefined,
  mssBytes: undefined,
  congestion: undefined,
  noDelay: false,
  trafficClass: undefined,
  flowLabel: undefined,
  repeatingPayload: false,
  getServerOutput: false,
  authToken: undefined,
  counters64Bit: true,
  dontFragment: false,
  extension: undefined,
};
const PATHGAUGE = { version: 1, features: FEATURES } as const;

describe('planOfOptions', () => {
  it('is what was asked for', () => {
    const sockets = { ...PLAIN_SOCKETS, dontFragment: true };
    const asked = { directions: ['up', 'down'], parallel: 4, burst: 2, omit: ms(1500), sockets } as const;
    expect(planOfOptions({ ...OPTIONS, ...asked })).toStrictEqual({
      ...asked,
      protocol: 'udp',
      length: 1000,
      spacing: 1e6,
      amount: undefined,
      asked: 10e9,
      duration: 10e9,
      counters64Bit: true,
      repeatingPayload: false,
    });
  });
});

describe('planOfRequest', () => {
  // 1000 bytes at 8 Mbit/s: one each millisecond.
  it.each<[string, Partial<Parameters>, object]>([
    ['of a plain client, paced', {}, { directions: ['up'], spacing: 1e6, asked: 10e9, duration: 10e9 }],
    ['of the way down', { reverse: true }, { directions: ['down'] }],
    ['both ways', { bidirectional: true, parallel: 8 }, { directions: ['up', 'down'], parallel: 8 }],
    // Its clock starts later than the sender's: what it asked for, and a second.
    ['of a plain client, unpaced', { bandwidth: 0 }, { spacing: undefined, duration: 11e9 }],
    ['of a Pathgauge, unpaced', { bandwidth: 0, extension: PATHGAUGE }, { asked: 10e9, duration: 10e9 }],
    ['with a time that is left out of the figures', { omitSeconds: 2 }, { asked: 10e9, omit: 2e9 }],
    ['of an amount', { bytes: 10_000_000 }, { amount: { bytes: 10_000_000 } }],
    ['of an amount over TCP, downwards', { bytes: 7, protocol: 'tcp', reverse: true }, { amount: { bytes: 7 } }],
    [
      'of an amount, downwards to a Pathgauge',
      { bytes: 7, reverse: true, extension: PATHGAUGE },
      { amount: { bytes: 7 } },
    ],
    // It ends the test itself when so much has arrived.
    [
      'of datagrams downwards to a plain client, without an amount',
      { blocks: 7, reverse: true },
      { amount: undefined },
    ],
    ['the same of both ways', { blocks: 7, bidirectional: true }, { amount: undefined }],
    ['of blocks', { blocks: 7 }, { amount: { bytes: 7000 } }],
    ['in bursts', { burst: 5 }, { burst: 5, spacing: 1e6 }],
    [
      'with sockets of its own',
      {
        windowBytes: 65_536,
        mssBytes: 500,
        congestion: 'reno',
        noDelay: true,
        trafficClass: 184,
        pacingBitsPerSecond: 8e6,
      },
      {
        sockets: {
          ...{ windowBytes: 65_536, mssBytes: 500, congestion: 'reno', noDelay: true, trafficClass: 184 },
          ...{ pacingBytesPerSecond: 1e6, dontFragment: false },
        },
      },
    ],
    // A day, and a second.
    ['without a time', { timeSeconds: 0 }, { asked: undefined, duration: 86_401e9 }],
    [
      'of a Pathgauge, to the nanosecond',
      { bandwidth: 8_000_001, extension: { ...PATHGAUGE, spacingNs: 999_999.5, durationNs: 2e9 + 1, omitNs: 1e8 } },
      { spacing: 999_999.5, asked: 2e9 + 1, duration: 2e9 + 1, omit: 1e8 },
    ],
    [
      'of a Pathgauge that names a pace of nothing',
      { bandwidth: 0, extension: { ...PATHGAUGE, spacingNs: 5 } },
      { spacing: undefined },
    ],
    ['with counters of 32 bits', { counters64Bit: false }, { counters64Bit: false }],
  ])('reads one %s', (_, request, expected) => {
    expect(planOfRequest({ ...REQUEST, ...request })).toMatchObject(expected);
  });
});

describe('both ends', () => {
  const RECORD = { noNullPrototype: true };
  const anyOptions = fc.record(
    {
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      length: fc.integer({ min: 100, max: 65_000 }),
      spacing: fc.option(fc.double({ min: 1000, max: 1e9, noNaN: true }), { nil: undefined }),
      burst: fc.integer({ min: 1, max: 1000 }),
      amount: fc.option(fc.record({ bytes: fc.integer({ min: 1, max: 1e15 }) }, RECORD), { nil: undefined }),
      duration: fc.option(fc.integer({ min: 1, max: 86_400e9 }), { nil: undefined }),
      omit: fc.integer({ min: 0, max: 600e9 }),
      parallel: fc.integer({ min: 1, max: 128 }),
      directions: fc.constantFrom(['up'], ['down'], ['up', 'down']),
      sockets: fc.record(
        {
          windowBytes: fc.option(fc.integer({ min: 1, max: 2 ** 29 }), { nil: undefined }),
          mssBytes: fc.option(fc.integer({ min: 88, max: 9216 }), { nil: undefined }),
          congestion: fc.constantFrom(undefined, 'cubic', 'bbr'),
          noDelay: fc.boolean(),
          // A rate of whole bits a second.
          pacingBytesPerSecond: fc.constantFrom(undefined, 1e6, 12_500.125),
          trafficClass: fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }),
          dontFragment: fc.boolean(),
        },
        RECORD,
      ),
    },
    RECORD,
  );

  it('plan the same, whatever is asked for, once it has been over the wire', () => {
    fc.assert(
      fc.property(anyOptions, (asked) => {
        const plan = planOfOptions({ ...OPTIONS, ...(asked as object) });
        const wire = parametersFromJson(JSON.parse(JSON.stringify(parametersToJson(requestOfPlan(plan)))));
        if (!wire.ok) throw new Error(`not read: ${JSON.stringify(wire.failure)}`);
        // Without a time, the server stops by itself after a day.
        const duration = plan.duration ?? 86_401e9;
        expect(planOfRequest(wire.value)).toStrictEqual({ ...plan, duration });
      }),
    );
  });
});

describe('requestOfPlan', () => {
  it('asks in whole seconds and bits a second, and exactly where a Pathgauge listens', () => {
    const plan = planOfOptions({ ...OPTIONS, duration: ms(1500), directions: ['down'] });
    expect(requestOfPlan(plan)).toStrictEqual({
      ...REQUEST,
      reverse: true,
      timeSeconds: 2,
      extension: { ...PATHGAUGE, spacingNs: 1e6, durationNs: 1.5e9 },
    });
    expect(requestOfPlan(planOfOptions({ ...OPTIONS, spacing: undefined })).bandwidth).toBe(0);
  });
});

describe('maxLoad', () => {
  it.each<[string, number | undefined, number]>([
    ['half a minute above what was asked for', 10, 40],
    ['a day where nothing was', undefined, 86_400],
    ['a day and half a minute at the most', 1e6, 86_430],
  ])('is %s', (_, asked, expected) => {
    const plan = { ...planOfRequest(REQUEST), asked: asked === undefined ? undefined : span(asked * 1e9) };
    expect(maxLoad(plan)).toBe(expected * 1e9);
  });
});
