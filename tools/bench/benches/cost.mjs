import { iperf3 } from '../contenders/iperf3.mjs';
import { pathgauge } from '../contenders/pathgauge.mjs';

const RATE = '1G';
/** Enough that the beginning and the end, which are in the figure of a whole run, are small beside the load. */
const SECONDS = 10;
const FORMS = [
  { protocol: 'udp', label: 'UDP of 1400 bytes', args: ['-l', '1400'], theirs: ['-u'] },
  { protocol: 'tcp', label: 'TCP', args: [], theirs: [] },
];

/** What a load that is far from the most that goes costs the processors of both ends. */
export const cost = () => ({
  title: `processor time of both ends, paced at ${RATE}bit/s for ${SECONDS} s`,
  seconds: SECONDS,
  figures: [
    { key: 'secondsPerGByte', label: 'all of it', unit: 's/GByte' },
    { key: 'withoutStartSecondsPerGByte', label: 'without start-up', unit: 's/GByte' },
    { key: 'clientSecondsPerGByte', label: 'the client, all of it', unit: 's/GByte' },
    { key: 'serverSecondsPerGByte', label: 'the server', unit: 's/GByte' },
    { key: 'gigabitsPerSecond', label: 'received', unit: 'Gbit/s' },
  ],
  comparisons: FORMS.flatMap(({ protocol, label, args, theirs }) =>
    [[], ['-R']].map((reverse) => ({
      label: `${label} ${reverse.length === 0 ? 'up' : 'down'}:`,
      contenders: [
        pathgauge(protocol, {
          clientArgs: ['-b', RATE, ...args, ...reverse],
          figures: ({ throughput: { up, down } }, measured) =>
            costOf((up ?? down).bytes, (up ?? down).bitsPerSecond, measured),
        }),
        iperf3({
          args: [...theirs, '-b', RATE, ...args, ...reverse],
          figures: ({ sum_received: { bytes, bits_per_second } }, measured) => costOf(bytes, bits_per_second, measured),
        }),
      ],
    })),
  ),
});

/** The run before the one that counts is as fast and shorter: what both have in common is the start. */
function costOf(bytes, bitsPerSecond, { clientCpuSeconds, serverCpuSeconds, warmUp }) {
  const gigabytes = bytes / 1e9;
  const more = (bitsPerSecond / 8e9) * (SECONDS - warmUp.seconds);
  const all = clientCpuSeconds + serverCpuSeconds;
  return {
    secondsPerGByte: all / gigabytes,
    withoutStartSecondsPerGByte: (all - warmUp.clientCpuSeconds - warmUp.serverCpuSeconds) / more,
    clientSecondsPerGByte: clientCpuSeconds / gigabytes,
    serverSecondsPerGByte: serverCpuSeconds / gigabytes,
    gigabitsPerSecond: bitsPerSecond / 1e9,
  };
}
