import { FEATURES, type Parameters, parametersFromJson, parametersToJson } from '@pathgauge/protocol';
import { milliseconds, seconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { ALL_METRICS } from '../../metric-switches';
import type { LoadOptions } from './load-options';
import { loadSettings, maxLoad, planOfOptions, planOfRequest, requestOfPlan, settingsOfPlan } from './load-plan';

const ms = milliseconds;

const OPTIONS: LoadOptions = {
  protocol: 'udp',
  host: 'server.example',
  port: 5201,
  family: undefined,
  bind: undefined,
  ttl: undefined,
  dscp: undefined,
  dontFragment: false,
  length: 1000,
  spacing: ms(1),
  duration: seconds(10),
  reverse: false,
  reportInterval: seconds(1),
  metrics: ALL_METRICS,
};

const REQUEST: Parameters = {
  protocol: 'udp',
  timeSeconds: 10,
  omitSeconds: 0,
  parallel: 1,
  reverse: false,
  bidirectional: false,
  length: 1000,
  bandwidth: 8e6,
  counters64Bit: true,
  dontFragment: false,
  extension: undefined,
};
const PATHGAUGE = { version: 1, features: FEATURES } as const;

describe('planOfOptions', () => {
  it('is what was asked for', () => {
    expect(planOfOptions({ ...OPTIONS, reverse: true, dontFragment: true })).toStrictEqual({
      protocol: 'udp',
      direction: 'down',
      length: 1000,
      spacing: 1e6,
      planned: 10_000,
      asked: 10e9,
      duration: 10e9,
      counters64Bit: true,
      dontFragment: true,
      omits: false,
    });
  });

  it('has no number of messages where the path decides', () => {
    expect(planOfOptions({ ...OPTIONS, spacing: undefined })).toMatchObject({ direction: 'up', planned: undefined });
  });
});

describe('planOfRequest', () => {
  // 1000 bytes at 8 Mbit/s: one each millisecond.
  it.each<[string, Partial<Parameters>, object]>([
    ['of a plain client, paced', {}, { direction: 'up', spacing: 1e6, planned: 10_000, asked: 10e9, duration: 10e9 }],
    ['of the way down', { reverse: true }, { direction: 'down' }],
    // Its clock starts later than the sender's: what it asked for, and a second.
    ['of a plain client, unpaced', { bandwidth: 0 }, { spacing: undefined, planned: undefined, duration: 11e9 }],
    ['of a Pathgauge, unpaced', { bandwidth: 0, extension: PATHGAUGE }, { asked: 10e9, duration: 10e9 }],
    ['with a time that is left out of the figures', { omitSeconds: 2 }, { asked: 12e9, planned: 12_000, omits: true }],
    // A day, and a second.
    ['without a time', { timeSeconds: 0 }, { asked: undefined, planned: undefined, duration: 86_401e9 }],
    [
      'of a Pathgauge, to the nanosecond',
      { bandwidth: 8_000_001, extension: { ...PATHGAUGE, spacingNs: 999_999.5, durationNs: 2e9 + 1 } },
      { spacing: 999_999.5, asked: 2e9 + 1, duration: 2e9 + 1, planned: 2001 },
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
  const anyOptions = fc.record(
    {
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      length: fc.integer({ min: 100, max: 65_000 }),
      spacing: fc.option(fc.double({ min: 1000, max: 1e9, noNaN: true }), { nil: undefined }),
      duration: fc.integer({ min: 1, max: 86_400e9 }),
      reverse: fc.boolean(),
      dontFragment: fc.boolean(),
    },
    { noNullPrototype: true },
  );

  it('plan the same, whatever is asked for, once it has been over the wire', () => {
    fc.assert(
      fc.property(anyOptions, (asked) => {
        const plan = planOfOptions({ ...OPTIONS, ...asked } as LoadOptions);
        const wire = parametersFromJson(JSON.parse(JSON.stringify(parametersToJson(requestOfPlan(plan)))));
        if (!wire.ok) throw new Error(`not read: ${JSON.stringify(wire.failure)}`);
        expect(planOfRequest(wire.value)).toStrictEqual({ ...plan, dontFragment: wire.value.dontFragment });
      }),
    );
  });
});

describe('requestOfPlan', () => {
  it('asks in whole seconds and bits a second, and exactly where a Pathgauge listens', () => {
    const plan = planOfOptions({ ...OPTIONS, duration: ms(1500), reverse: true });
    expect(requestOfPlan(plan)).toStrictEqual({
      ...REQUEST,
      reverse: true,
      timeSeconds: 2,
      extension: { ...PATHGAUGE, spacingNs: 1e6, durationNs: 1.5e9 },
    });
    expect(requestOfPlan(planOfOptions({ ...OPTIONS, spacing: undefined })).bandwidth).toBe(0);
  });
});

describe('the settings of the document', () => {
  it('follow from the plan', () => {
    expect(loadSettings({ ...OPTIONS, dscp: 46, dontFragment: true })).toMatchObject({
      lengthBytes: 1000,
      intervalNs: 1e6,
      durationNs: 10e9,
      bitsPerSecond: 8e6,
      direction: 'up',
      dscp: 46,
      dontFragment: true,
    });
    const unpaced = planOfOptions({ ...OPTIONS, protocol: 'tcp', spacing: undefined });
    expect(settingsOfPlan(unpaced, undefined)).toMatchObject({ bitsPerSecond: undefined, dontFragment: undefined });
  });

  it('say at the server what was asked for, not how long it would go on', () => {
    const plan = planOfRequest({ ...REQUEST, bandwidth: 0 });
    expect(settingsOfPlan(plan, undefined).durationNs).toBe(10e9);
    const endless = planOfRequest({ ...REQUEST, timeSeconds: 0 });
    expect(settingsOfPlan(endless, undefined).durationNs).toBeUndefined();
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
