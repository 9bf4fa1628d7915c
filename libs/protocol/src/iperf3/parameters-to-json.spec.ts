import fc from 'fast-check';
import { CAPTURED, DEFAULTS } from '../../test/captured-parameters';
import { TCP_LENGTH, UDP_LENGTH } from './limits';
import { type Parameters, parametersFromJson, parametersToJson } from './parameters';

describe('parametersToJson', () => {
  it.each(CAPTURED)('writes what iperf3 3.12 does for %s', (_, text, parameters) => {
    const json = parametersToJson({ ...DEFAULTS, ...parameters });
    expect(JSON.parse(JSON.stringify(json))).toStrictEqual(JSON.parse(text));
  });

  it.each([
    [0, 0],
    // Never rounded to the 0 that means "as fast as it goes".
    [0.2, 1],
    [1_000_000.4, 1_000_000],
  ])('writes the bandwidth %d as %d', (bandwidth, expected) => {
    expect(parametersToJson({ ...DEFAULTS, bandwidth })).toMatchObject({ bandwidth: expected });
  });

  it('writes the extension as it is asked for', () => {
    const json = parametersToJson({
      ...DEFAULTS,
      extension: { version: 1, features: ['records', 'clock', 'datagrams'] },
    });
    expect(JSON.stringify(json)).toContain('"pathgauge":{"version":1,"features":["records","clock","datagrams"]}');
  });

  it('has the bounds of iperf3', () => {
    expect(TCP_LENGTH).toStrictEqual({ min: 1, max: 1_048_576, fallback: 131_072 });
    expect(UDP_LENGTH).toStrictEqual({ min: 16, max: 65_507, fallback: 1460 });
  });

  it('is undone by parametersFromJson', () => {
    const both = {
      sctp: fc.constant(false),
      timeSeconds: fc.nat(86_400),
      omitSeconds: fc.nat(86_400),
      parallel: fc.integer({ min: 1, max: 128 }),
      bandwidth: fc.maxSafeNat(),
      bytes: fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
      blocks: fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
      burst: fc.integer({ min: 1, max: 1000 }),
      pacingBitsPerSecond: fc.option(fc.integer({ min: 1, max: 1e12 }), { nil: undefined }),
      windowBytes: fc.option(fc.integer({ min: 1, max: 2 ** 29 }), { nil: undefined }),
      mssBytes: fc.option(fc.integer({ min: 1, max: 9216 }), { nil: undefined }),
      congestion: fc.option(fc.constantFrom('cubic', 'bbr'), { nil: undefined }),
      noDelay: fc.boolean(),
      trafficClass: fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }),
      flowLabel: fc.option(fc.integer({ min: 1, max: 2 ** 20 }), { nil: undefined }),
      repeatingPayload: fc.boolean(),
      getServerOutput: fc.boolean(),
      authToken: fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
      counters64Bit: fc.boolean(),
      dontFragment: fc.boolean(),
      extension: fc.option(
        fc.record(
          {
            version: fc.integer({ min: 1, max: 9 }),
            features: fc.subarray(['records', 'clock', 'datagrams'] as const),
            spacingNs: fc.integer({ min: 1, max: 1e12 }),
            durationNs: fc.integer({ min: 1, max: 1e15 }),
            omitNs: fc.integer({ min: 1, max: 1e12 }),
            reportIntervalNs: fc.integer({ min: 10e6, max: 1e12 }),
          },
          { requiredKeys: ['version', 'features'], noNullPrototype: true },
        ),
        { nil: undefined },
      ),
    };
    const direction = fc.constantFrom(
      { reverse: false, bidirectional: false },
      { reverse: true, bidirectional: false },
      { reverse: false, bidirectional: true },
    );
    const protocol = fc.oneof(
      fc.record({ protocol: fc.constant('tcp' as const), length: fc.integer({ min: 1, max: 1_048_576 }) }),
      fc.record({ protocol: fc.constant('udp' as const), length: fc.integer({ min: 16, max: 65_507 }) }),
    );
    fc.assert(
      fc.property(fc.record(both), direction, protocol, (common, way, kind) => {
        const parameters: Parameters = { ...common, ...way, ...kind };
        const json = JSON.parse(JSON.stringify(parametersToJson(parameters)));
        expect(parametersFromJson(json)).toStrictEqual({ ok: true, value: parameters });
      }),
    );
  });
});
