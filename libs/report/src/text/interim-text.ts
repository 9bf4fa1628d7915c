import type { InterimEvent, ServerTotals } from '@pathgauge/result';
import { delayText, percentText, rateText, secondsText, sizeText } from './format';

/** The figures so far of a run, on a line: what SIGQUIT shows. */
export function interimLine(event: InterimEvent): string {
  if (event.of === 'load') return loadLine(event);
  const { counts, rtt } = event;
  const loss = `lost ${counts.lost} (${percentText(counts.lossRatio)} loss)`;
  const times =
    rtt === undefined
      ? ''
      : `, round trip min ${delayText(rtt.minNs)}, median ${delayText(rtt.medianNs)}, max ${delayText(rtt.maxNs)}`;
  return `so far: sent ${counts.sent}, received ${counts.received}, ${loss}${times}`;
}

function loadLine({ directions, elapsedNs }: InterimEvent & { readonly of: 'load' }): string {
  const ways = directions.map(({ direction, measuredAt, bytes }) => {
    const rate = rateText(elapsedNs > 0 ? (bytes * 8e9) / elapsedNs : undefined);
    const way = directions.length > 1 ? `${direction} ` : '';
    const how = measuredAt === 'sender' ? 'sent' : 'received';
    return `${way}${sizeText(bytes)} ${how} in ${secondsText(elapsedNs)} s, ${rate}`;
  });
  return `so far: ${ways.join('; ')}`;
}

/** What a server has done. */
export const totalsLines = (totals: ServerTotals): string[] => [
  `load tests ${totals.tests}, probes answered ${totals.probesAnswered} in ${totals.probeSessions} sessions`,
  `ignored: datagrams ${totals.datagramsIgnored}, connections ${totals.connectionsIgnored}`,
];
