import { NO_RECEIVER_FIGURES, type Results, type StreamReport } from '@pathgauge/protocol';
import { NO_WORDS, reportWith, resultsWith } from '../../../test/results';
import { outcomeOf } from '../../../test/stream-outcomes';
import { resultsOf, toldFigures } from './plain-figures';

const REPORT = { bytes: 800, retransmits: 4, jitterSeconds: 0.001, errors: 2, packets: 10 };
const results = (report: Partial<StreamReport>, extension?: unknown): Results =>
  resultsWith({ streams: [reportWith({ ...REPORT, ...report })], extension });
const UDP = {
  protocol: 'udp',
  isSending: true,
  sentIds: new Set([1]),
  isExtended: false,
  length: 80,
  omits: false,
} as const;

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
        expected: 10,
        retransmits: undefined,
      },
    ]);
  });

  it.each([
    ['errors above packets as what they are', { packets: 5, errors: 999_999 }, { messages: -999_994 }],
    ['no packets at all as errors alone', { packets: 0, errors: 3 }, { messages: -3 }],
    ['bytes without packets as no count', { packets: 0, errors: 0 }, { messages: undefined }],
    ['no time as none told', { endSeconds: 0 }, { durationNs: undefined }],
    [
      'no packet of the omitted time',
      { packets: 110, errors: 7, omittedPackets: 100, omittedErrors: 5 },
      { messages: 8, jitterNs: 1e6 },
    ],
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

describe('toldFigures of a load of which the beginning is omitted', () => {
  const told = (report: Partial<StreamReport>, sentIds: readonly number[]) =>
    toldFigures(results({ packets: 110, errors: 3, ...report }), { ...UDP, omits: true, sentIds: new Set(sentIds) })
      .figures[0];

  it('go by bytes, where a plain receiver counts all packets: 3 of those behind it may be lost, or none', () => {
    expect(told({}, [1])).toMatchObject({ messages: 10, expected: 13, jitterNs: 1e6 });
    expect(told({ bytes: 790 }, [1])).toMatchObject({ messages: 10 });
  });

  it('go by bytes, where a plain sender counts all packets', () => {
    expect(told({ errors: 0 }, [])).toMatchObject({ messages: 10, expected: undefined });
  });

  it('go by its counts where it tells what belongs to the omitted time', () => {
    expect(told({ omittedPackets: 98, omittedErrors: 1 }, [1])).toMatchObject({ messages: 10, expected: 12 });
  });

  it('has no more datagrams than packets, whatever its bytes say', () => {
    expect(told({ bytes: 1e9, errors: 0 }, [1])).toMatchObject({ messages: 110 });
  });
});

describe('toldFigures of both directions', () => {
  it('take each stream as what it is to the one that tells', () => {
    const streams = [reportWith({ ...REPORT, id: 1 }), reportWith({ ...REPORT, id: 3 })];
    const told = toldFigures(resultsWith({ streams, congestion: 'bbr' }), { ...UDP, protocol: 'tcp' }).figures;
    expect(told).toMatchObject([
      { id: 1, retransmits: undefined, congestion: undefined },
      { id: 3, retransmits: 4, congestion: 'bbr' },
    ]);
  });
});

describe('resultsOf', () => {
  it('tells of no stream where this end knows nothing', () => {
    expect(resultsOf([], UDP, NO_WORDS)).toStrictEqual(resultsWith({ sending: true }));
  });

  it('has what an end says beside its streams, and the congestion control of these', () => {
    const cpu = { percent: 3, userPercent: 1, systemPercent: 2 };
    const serverOutput = { text: 'so it went', json: undefined };
    const stream = { ...outcomeOf(3, 10), congestion: 'cubic' };
    expect(resultsOf([stream], { ...UDP, protocol: 'tcp' }, { cpu, serverOutput })).toMatchObject({
      cpu,
      serverOutput,
      congestion: 'cubic',
      streams: [{ id: 3, bytes: 10, packets: 0 }],
    });
  });

  it('counts datagrams by the rules of iperf3, the omitted among them', () => {
    const iperf3 = { errors: 2, packets: 30, omittedErrors: 1, omittedPackets: 20 };
    expect(resultsOf([{ ...outcomeOf(1, 10), iperf3 }], UDP, NO_WORDS).streams).toMatchObject([iperf3]);
  });
});
