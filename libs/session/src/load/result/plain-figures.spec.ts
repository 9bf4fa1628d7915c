import { NO_RECEIVER_FIGURES, type Results, type StreamReport } from '@pathgauge/protocol';
import { resultsOf, toldFigures } from './plain-figures';

const REPORT: StreamReport = {
  id: 1,
  bytes: 800,
  retransmits: 4,
  jitterSeconds: 0.001,
  errors: 2,
  packets: 10,
  startSeconds: 0,
  endSeconds: 2,
};
const results = (report: Partial<StreamReport>, extension?: unknown): Results => ({
  sending: false,
  streams: [{ ...REPORT, ...report }],
  extension,
});
const UDP = { protocol: 'udp', isSending: true, isExtended: false } as const;

describe('toldFigures', () => {
  it('knows nothing that a plain iperf3 does not count', () => {
    expect(toldFigures(results({}), UDP).figures).toStrictEqual([
      {
        ...NO_RECEIVER_FIGURES,
        id: 1,
        bytes: 800,
        messages: 8,
        durationNs: 2e9,
        jitterNs: 1e6,
        duplicates: undefined,
        reordered: undefined,
        retransmits: undefined,
      },
    ]);
  });

  it.each([
    ['errors above packets as what they are', { packets: 5, errors: 999_999 }, { messages: -999_994 }],
    ['no packets at all as errors alone', { packets: 0, errors: 3 }, { messages: -3 }],
    ['bytes without packets as no count', { packets: 0, errors: 0 }, { messages: undefined }],
    ['no time as none told', { endSeconds: 0 }, { durationNs: undefined }],
    ['jitter of one datagram as none', { packets: 1, errors: 0 }, { jitterNs: undefined }],
  ])('reads %s', (_, report, expected) => {
    expect(toldFigures(results(report), UDP).figures).toMatchObject([expected]);
  });

  it('says that what a Pathgauge adds cannot be read, and falls back on the rest', () => {
    const told = toldFigures(results({}, { version: 1, streams: [{ id: 1, bytes: 'x' }] }), {
      ...UDP,
      isExtended: true,
    });
    expect([told.isUnreadable, told.figures[0]?.bytes]).toStrictEqual([true, 800]);
    expect(toldFigures(results({}), { ...UDP, isExtended: true }).isUnreadable).toBe(false);
  });
});

describe('resultsOf', () => {
  it('tells of no stream where this end knows nothing', () => {
    expect(resultsOf([], UDP)).toStrictEqual({ sending: true, streams: [], extension: undefined });
  });
});
