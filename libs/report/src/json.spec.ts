import type { Result, ServerEvent, SessionEvent } from '@pathgauge/result';
import fc from 'fast-check';
import { eventJsonLine, resultJson, resultJsonLine } from './json';

const RESULT = {
  schemaVersion: 1,
  kind: 'ping',
  reason: undefined,
  probes: { sent: 0, lostUp: undefined, lossRatio: undefined },
  rtt: undefined,
  streams: [{ id: 1, rttNs: undefined }],
} as unknown as Result;

const KNOWN = {
  schemaVersion: 1,
  kind: 'ping',
  reason: null,
  probes: { sent: 0, lostUp: null, lossRatio: null },
  rtt: null,
  streams: [{ id: 1, rttNs: null }],
};

describe('resultJson', () => {
  it.each([
    ['in full', resultJson],
    ['on a line', resultJsonLine],
  ])('%s writes what is not known as null, with its key, at every depth', (_, write) => {
    expect(JSON.parse(write(RESULT))).toStrictEqual(KNOWN);
    expect(write(RESULT).endsWith('\n')).toBe(true);
  });

  it('never writes 0 for nothing', () => {
    expect(resultJsonLine(RESULT)).toContain('"sent":0');
    expect(resultJsonLine(RESULT)).toContain('"lossRatio":null');
  });
});

it.each([resultJson, resultJsonLine, eventJsonLine])('nothing in it is a command to a terminal: %p', (write) => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('a', '\u001b', '\u007f', '\u009b', '\u202e', '\u2028', '\u{e0001}', '"', '\\'),
      }),
      (message) => {
        const text = write({ message } as never);
        expect(text.trimEnd()).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\u2028]/u);
        expect(JSON.parse(text)).toStrictEqual({ message });
      },
    ),
  );
});

describe('a line', () => {
  it('is one, whatever an event holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r', '"', '\\', '\u2028', 'ü') }), (message) => {
        const event: SessionEvent = { type: 'notice', code: 'x', message };
        const line = eventJsonLine(event);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(line).not.toContain('\r');
        expect(JSON.parse(line)).toStrictEqual(event);
      }),
    );
  });

  it('keeps the keys of what is not known, of probes and of servers', () => {
    const probe: SessionEvent = {
      type: 'probe',
      sequence: 3,
      outcome: 'lost',
      bytes: undefined,
      rttNs: undefined,
      reordered: false,
      cause: undefined,
      sentNs: 0,
      sentAt: '2023-11-14T22:13:20.000000000Z',
      upNs: undefined,
      downNs: undefined,
      userStamps: [],
    };
    expect(JSON.parse(eventJsonLine(probe))).toStrictEqual({
      ...probe,
      cause: null,
      bytes: null,
      rttNs: null,
      upNs: null,
      downNs: null,
    });
    const client: ServerEvent = { type: 'client', client: 1, endpoint: { address: '::1', port: 1 }, event: probe };
    expect(JSON.parse(eventJsonLine(client)).event).toStrictEqual({
      ...probe,
      cause: null,
      bytes: null,
      rttNs: null,
      upNs: null,
      downNs: null,
    });
    expect(resultJsonLine(RESULT).trimEnd()).not.toContain('\n');
  });
});
