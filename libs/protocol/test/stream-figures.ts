import type { StreamFigures } from '../src/iperf3/stream-figures';

export const FIGURES: StreamFigures = {
  id: 1,
  bytes: 1000,
  messages: 3,
  durationNs: 2e9,
  jitterNs: 12.5,
  duplicates: 1,
  reordered: 2,
  reorderExtent: { mean: 1.5, max: 2 },
  // 3 of the numbers 0 to 6 arrived, so 4 were lost: a run of three and one alone.
  expected: 7,
  lossBursts: { count: 2, longest: 3, lengths: { 1: 1, 3: 1 } },
  hostDropped: 4,
  hostDroppedEstimated: true,
  // Mean of -5, -5 and 40: 10; squares of the distances: 225 + 225 + 900.
  transit: {
    count: 3,
    meanNs: 10,
    sumSquares: 1350,
    minNs: -5,
    maxNs: 40,
    referenceNs: -4,
    bins: [
      [-5, 2],
      [40, 1],
    ],
  },
  retransmits: 6,
  rttNs: 1500.5,
  cwndBytes: 14600,
  notSent: { heldUp: 7, refused: 8, blocked: 9 },
  hostStalls: { count: 2, longestNs: 2.5e9 },
  mssBytes: 1448,
  congestion: 'bbr',
  pathMtu: { bytes: 1400, from: '192.0.2.1' },
  icmp: [{ version: 6, type: 2, code: 0, from: 'fe80::1%eth0', mtuBytes: 1400, count: 3 }],
};
export const TEXT =
  '{"version":1,"streams":[{"id":1,"bytes":1000,"messages":3,"durationNs":2000000000,"jitterNs":12.5,"duplicates":1,' +
  '"reordered":2,"reorderExtent":{"mean":1.5,"max":2},"expected":7,"lossBursts":{"count":2,"longest":3,"lengths":{"1":1,"3":1}},' +
  '"hostDropped":4,"hostDroppedEstimated":true,' +
  '"transit":{"count":3,"meanNs":10,"sumSquares":1350,"minNs":-5,"maxNs":40,"referenceNs":-4,"bins":[[-5,2],[40,1]]},' +
  '"retransmits":6,"rttNs":1500.5,"cwndBytes":14600,"notSent":{"heldUp":7,"refused":8,"blocked":9},"hostStalls":{"count":2,"longestNs":2500000000},' +
  '"mssBytes":1448,"congestion":"bbr","pathMtu":{"bytes":1400,"from":"192.0.2.1"},' +
  '"icmp":[{"version":6,"type":2,"code":0,"from":"fe80::1%eth0","mtuBytes":1400,"count":3}]}]}';

/** The figures above with one key of the stream, or of its transit, replaced. */
export const withStream = (key: string, value: string) =>
  JSON.parse(`{"streams":[${TEXT.slice(TEXT.indexOf('[{') + 1, -3)},"${key}":${value}}]}`);
export const withTransit = (key: string, value: string) => {
  const transit = TEXT.slice(TEXT.indexOf('{"count":3'), TEXT.indexOf('},"retransmits"'));
  return withStream('transit', `${transit},"${key}":${value}}`);
};
export const withBursts = (lengths: string, numbers = '"count":1,"longest":1') =>
  withStream('lossBursts', `{${numbers},"lengths":${lengths}}`);
export const invalid = (field: string) => ({
  ok: false,
  failure: { code: 'invalid', field, problem: expect.stringMatching(/./) },
});
