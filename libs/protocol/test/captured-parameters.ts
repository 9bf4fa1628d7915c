import type { Parameters } from '../src/iperf3/parameters';

export const DEFAULTS: Parameters = {
  protocol: 'tcp',
  sctp: false,
  timeSeconds: 0,
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
  flowLabel: undefined,
  repeatingPayload: false,
  getServerOutput: false,
  authToken: undefined,
  counters64Bit: false,
  dontFragment: false,
  extension: undefined,
};

/** Sent by iperf3 3.12 clients, captured on loopback (tshark, and a relay that logs); the options are in front. */
export const CAPTURED: [string, string, Partial<Parameters>][] = [
  [
    '-t 1 -P 2 -l 4096 -b 10M',
    '{"tcp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":2,"len":4096,"bandwidth":10000000,"pacing_timer":1000,"client_version":"3.12"}',
    { timeSeconds: 1, parallel: 2, length: 4096, bandwidth: 10_000_000 },
  ],
  [
    '-t 1 --bidir -b 8M',
    '{"tcp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":1,"bidirectional":true,"len":131072,"bandwidth":8000000,"pacing_timer":1000,"client_version":"3.12"}',
    { timeSeconds: 1, bidirectional: true, bandwidth: 8_000_000 },
  ],
  [
    '-u -t 1 -b 1M --udp-counters-64bit',
    '{"udp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":1,"len":32768,"bandwidth":1000000,"pacing_timer":1000,"udp_counters_64bit":1,"client_version":"3.12"}',
    { protocol: 'udp', timeSeconds: 1, length: 32_768, bandwidth: 1_000_000, counters64Bit: true },
  ],
  [
    '-u -t 1 -R -b 1M --dont-fragment',
    '{"udp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":1,"reverse":true,"len":32768,"bandwidth":1000000,"pacing_timer":1000,"dont_fragment":1,"client_version":"3.12"}',
    { protocol: 'udp', timeSeconds: 1, reverse: true, length: 32_768, bandwidth: 1_000_000, dontFragment: true },
  ],
  [
    '-u -t 1 -R -b 1M',
    '{"udp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":1,"reverse":true,"len":32768,"bandwidth":1000000,"pacing_timer":1000,"client_version":"3.12"}',
    { protocol: 'udp', timeSeconds: 1, reverse: true, length: 32_768, bandwidth: 1_000_000 },
  ],
  [
    '-u -t 1 -O 1 -b 0.5M -P 3',
    '{"udp":true,"omit":1,"time":1,"num":0,"blockcount":0,"parallel":3,"len":32768,"bandwidth":500000,"pacing_timer":1000,"client_version":"3.12"}',
    { protocol: 'udp', timeSeconds: 1, omitSeconds: 1, parallel: 3, length: 32_768, bandwidth: 500_000 },
  ],
];
