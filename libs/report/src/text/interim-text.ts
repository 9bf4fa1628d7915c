import type { InterimEvent, ServerTotals } from '@pathgauge/result';
import { delayText, percentText, rateText, secondsText, sizeText } from './format';

/** The figures so far of a run, on a line: what SIGQUIT shows. */
export function interimLine(event: InterimEvent): string {
  if (event.of === 'load') {
    const { measuredAt, bytes, elapsedNs } = event;
    const rate = rateText(elapsedNs > 0 ? (bytes * 8e9) / elapsedNs : undefined);
    return `so far: ${sizeText(bytes)} ${measuredAt === 'sender' ? 'sent' : 'received'} in ${secondsText(elapsedNs)} s, ${rate}`;
  }
  const { counts, rtt } = event;
  const loss = `lost ${counts.lost} (${percentText(counts.lossRatio)} loss)`;
  const times =
    rtt === undefined
      ? ''
      : `, round trip min ${delayText(rtt.minNs)}, median ${delayText(rtt.medianNs)}, max ${delayText(rtt.maxNs)}`;
  return `so far: sent ${counts.sent}, received ${counts.received}, ${loss}${times}`;
}

/** What a server has done. */
export const totalsLines = (totals: ServerTotals): string[] => [
  `load tests ${totals.tests}, probes answered ${totals.probesAnswered} in ${totals.probeSessions} sessions`,
  `ignored: datagrams ${totals.datagramsIgnored}, connections ${totals.connectionsIgnored}`,
];
