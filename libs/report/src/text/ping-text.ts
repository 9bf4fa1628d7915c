import type { PingResult, PingStartEvent, RoundTripEvent, Schedule, VoiceQuality } from '@pathgauge/result';
import { basisLines, clockLines, delayRows, oneWayRows, sendErrorLines } from './delay-text';
import { delayText, spanText } from './format';
import { lossLines } from './loss-text';
import { pathLines } from './path-text';
import { notSentLines, stallLines } from './sending-text';
import type { Style } from './style';
import { tableLines } from './table';
import { markingLines, transportLines } from './transport-text';
import { whereText } from './where-text';

const PROTOCOL_NAMES: Readonly<Record<string, string>> = {
  stamp: 'STAMP',
  'twamp-light': 'TWAMP-Light',
  echo: 'UDP echo',
};

export function pingStartLine({ peer, settings }: PingStartEvent, style: Style): string {
  const { count, intervalNs, durationNs, lengthBytes, schedule } = settings;
  const many = count === undefined ? 'probes' : count === 1 ? '1 probe' : `${count} probes`;
  const pace = intervalNs === 0 ? 'each as soon as the last is answered' : paceText(spanText(intervalNs), schedule);
  const until = durationNs === undefined ? '' : ` for ${spanText(durationNs)}`;
  return style.strong(`${whereText(peer)}: ${many} of ${lengthBytes} bytes, ${pace}${until}`);
}

function paceText(interval: string, schedule: Schedule | undefined): string {
  if (schedule?.kind === 'burst') return `${schedule.burst} together every ${interval}`;
  return schedule?.kind === 'poisson' ? `at random, every ${interval} on average` : `every ${interval}`;
}

export function probeLine(event: RoundTripEvent, timeoutNs: number | undefined, style: Style): string {
  const { sequence, outcome, bytes, rttNs, reordered, cause } = event;
  const waited = timeoutNs === undefined ? '' : ` within ${spanText(timeoutNs)}`;
  switch (outcome) {
    case 'lost':
      return style.bad(`seq=${sequence} lost: ${cause ?? `no reply${waited}`}`);
    case 'late':
      return style.bad(`seq=${sequence} late: bytes=${bytes} rtt=${delayText(rttNs)}, stays counted as lost`);
    case 'duplicate':
      return style.bad(`seq=${sequence} duplicate: bytes=${bytes} rtt=${delayText(rttNs)}`);
    case 'received':
      return `seq=${sequence} bytes=${bytes} rtt=${delayText(rttNs)}${reordered ? style.bad(' out of order') : ''}`;
  }
}

export function pingSummaryLines(result: PingResult, style: Style): string[] {
  const { peer, probes, rtt, queueing, ipdv, owd, jitter, voice, sendErrorNs } = result;
  const protocol = peer.protocol === undefined ? '' : `, ${PROTOCOL_NAMES[peer.protocol] ?? peer.protocol}`;
  const lines = ['', style.strong(`--- ${whereText(peer)}${protocol} ---`)];
  if (!result.complete) lines.push(style.bad(`incomplete: ${result.reason}`));
  if (probes !== undefined) lines.push(...lossLines(probes, result.lossBursts, style));
  lines.push(
    ...notSentLines(probes?.notSent, probes?.sent, 'probes', style),
    ...stallLines(result.hostStalls, 'this host', style),
    ...pathLines(result, style),
  );
  lines.push(...movedLines(result, style));
  // What needs no clock offset comes first; the one-way delays with what they stand on after it.
  lines.push(
    ...tableLines(
      delayRows([
        ['rtt', rtt],
        ['queueing up', queueing?.up],
        ['queueing down', queueing?.down],
        ['ipdv up', ipdv?.up],
        ['ipdv down', ipdv?.down],
      ]),
    ),
  );
  if (jitter !== undefined && jitter.rttNs !== undefined) {
    const each = jitter.upNs === undefined ? '' : `, up ${delayText(jitter.upNs)}, down ${delayText(jitter.downNs)}`;
    lines.push(`jitter rtt ${delayText(jitter.rttNs)}${each}`);
  }
  lines.push(
    ...tableLines(oneWayRows(owd)),
    ...basisLines(owd),
    ...clockLines(owd),
    ...voiceLines(voice, owd?.basis === 'bounds'),
  );
  lines.push(
    ...sendErrorLines('probes', sendErrorNs),
    ...markingLines(result, style),
    ...transportLines(result, style),
  );
  return lines;
}

/** From more than one own address: the reflector has counted more than once, so the direction of losses is not known. */
const movedLines = ({ notices }: PingResult, style: Style): string[] =>
  notices
    .filter(({ code }) => code === 'address-changed')
    .map(({ message, count }) => style.bad(count === 1 ? message : `${message} (${count} times)`));

/** `isGuess`: the delay that the score stands on is no more than the middle of its interval. */
function voiceLines(voice: VoiceQuality | undefined, isGuess: boolean): string[] {
  if (voice === undefined) return [];
  const ways = (['up', 'down'] as const).flatMap((way) => {
    const estimate = voice[way];
    if (estimate === undefined) return [];
    const { mos, mosLow, mosHigh, rFactor } = estimate;
    const [least, most] = [mosLow.toFixed(2), mosHigh.toFixed(2)];
    const range = least === most ? least : `between ${least} and ${most}`;
    const score = isGuess || least === most ? range : `${mos.toFixed(2)}, ${range}`;
    const rating = isGuess ? '' : `; R ${rFactor.toFixed(1)}`;
    return [`voice ${way}, an estimate: MOS ${score}${rating}`];
  });
  return [...ways, `  (${voice.assumptions})`];
}
