import { irtt } from '../contenders/irtt.mjs';
import { pathgauge } from '../contenders/pathgauge.mjs';
import { microseconds } from '../microseconds.mjs';

/** How well probes keep their time. irtt tells no median of it, and its mean is of errors without their sign. */
export const schedule = ({ seconds }) => ({
  title: `actual less scheduled send instant, a probe every 1 ms for ${seconds} s`,
  figures: [
    { key: 'errorMedianUs', label: 'median', unit: 'us' },
    { key: 'errorMeanUs', label: 'mean', unit: 'us' },
    { key: 'errorP99Us', label: 'p99', unit: 'us' },
    { key: 'errorMaxUs', label: 'max', unit: 'us' },
    { key: 'sentPercent', label: 'sent of those due', unit: '%' },
  ],
  comparisons: [
    {
      contenders: [
        ours('pathgauge', [], seconds),
        ours('pathgauge --busy-poll', ['--busy-poll'], seconds),
        irtt('1ms', ({ timer_error, packets_sent }) => ({
          errorMeanUs: microseconds(timer_error.mean),
          errorMaxUs: microseconds(timer_error.max),
          sentPercent: packets_sent / (10 * seconds),
        })),
      ],
    },
  ],
});

const ours = (name, args, seconds) =>
  pathgauge('udp', {
    name,
    clientArgs: ['-i', '1ms', ...args],
    figures: ({ sendErrorNs, probes }) => ({
      errorMedianUs: microseconds(sendErrorNs.medianNs),
      errorMeanUs: microseconds(sendErrorNs.meanNs),
      errorP99Us: microseconds(sendErrorNs.p99Ns),
      errorMaxUs: microseconds(sendErrorNs.maxNs),
      sentPercent: probes.sent / (10 * seconds),
    }),
  });
