import type { Direction, Interval, LoadResult, LoadStartEvent, StreamResult } from '@pathgauge/result';
import { basisLines, clockLines, delayRows, sendErrorLines } from './delay-text';
import { countText, delayText, rateText, secondsText, sizeText, spanText } from './format';
import { lossLines } from './loss-text';
import { pathLines } from './path-text';
import { notSentLines, stallLines } from './sending-text';
import type { Style } from './style';
import { tableLines } from './table';
import { transportLines } from './transport-text';
import { whereText } from './where-text';

export function loadStartLines({ peer, settings }: LoadStartEvent, style: Style): string[] {
  const { lengthBytes, intervalNs, durationNs, bitsPerSecond } = settings;
  const pace =
    bitsPerSecond === undefined
      ? 'as fast as the path takes them'
      : `every ${spanText(intervalNs ?? 0)} (${rateText(bitsPerSecond)})`;
  const until = durationNs === undefined ? '' : ` for ${spanText(durationNs)}`;
  const direction = settings.direction === 'down' ? 'down (server to client)' : 'up (client to server)';
  return [
    style.strong(`${whereText(peer)}, ${peer.protocol}: ${direction}`),
    `${sizeText(lengthBytes)} messages ${pace}${until}`,
  ];
}

export function intervalLine(interval: Interval): string {
  const { startNs, endNs, measuredAt, bytes, bitsPerSecond, messages, lost, jitterNs, owdMeanNs } = interval;
  const { retransmits, rttNs, cwndBytes } = interval;
  // What passed is in the rate; both would not fit 80 columns beside jitter and delay.
  const passed = bitsPerSecond === undefined ? sizeText(bytes) : rateText(bitsPerSecond);
  const cells = [
    `${secondsText(startNs)}-${secondsText(endNs)} s`.padStart(13),
    passed.padStart(11),
    // Beside the state of the path there is no room for them.
    ...(messages === undefined || cwndBytes !== undefined ? [] : [`${countText(messages)} msg`.padStart(8)]),
    ...(lost === undefined || lost === 0 ? [] : [`lost ${lost}`]),
    ...(jitterNs === undefined ? [] : [`jitter ${delayText(jitterNs)}`]),
    ...(owdMeanNs === undefined ? [] : [`one-way ${delayText(owdMeanNs)}`]),
    ...(retransmits === undefined ? [] : [`rexmt ${retransmits}`]),
    ...(rttNs === undefined ? [] : [`rtt ${delayText(rttNs)}`]),
    ...(cwndBytes === undefined ? [] : [`cwnd ${sizeText(cwndBytes)}`]),
    ...(measuredAt === 'sender' ? ['sent'] : []),
  ];
  return cells.join('  ');
}

export function loadSummaryLines(result: LoadResult, style: Style): string[] {
  const { peer, throughput, jitter, queueing, owd, datagrams, streams, sendErrorNs } = result;
  const direction: Direction = streams?.[0]?.direction ?? 'up';
  const ends = direction === 'up' ? 'client to server' : 'server to client';
  const lines = ['', style.strong(`--- ${whereText(peer)}, ${peer.protocol}, ${direction} (${ends}) ---`)];
  if (!result.complete) lines.push(style.bad(`incomplete: ${result.reason}`));
  const rate = throughput?.[direction];
  const sent = streams?.[0]?.sent;
  if (rate !== undefined) {
    const messages = rate.messages === undefined ? '' : `, ${rate.messages} messages`;
    lines.push(
      `throughput ${style.good(rateText(rate.bitsPerSecond))}  (${sizeText(rate.bytes)}${messages} in ${secondsText(rate.durationNs)} s, received)`,
    );
  } else if (sent !== undefined && streams?.[0]?.bytes === undefined && !result.complete) {
    lines.push(`sent ${sizeText(sent.bytes)} in ${secondsText(sent.durationNs)} s; what arrived is not known`);
  } else if (streams?.[0]?.bytes !== undefined) {
    lines.push(`received ${sizeText(streams[0].bytes)}`);
  }
  if (datagrams !== undefined) lines.push(...lossLines(datagrams, result.lossBursts, style));
  lines.push(...sendingLines(result, direction, style), ...pathLines(result, style));
  const jitterNs = direction === 'up' ? jitter?.upNs : jitter?.downNs;
  if (jitterNs !== undefined) lines.push(`jitter ${delayText(jitterNs)}`);
  lines.push(...senderLines(streams?.[0]));
  const rows = delayRows([
    [`queueing ${direction}`, queueing?.[direction]],
    // Without a clock that is trusted a value would be a guess: then there is the interval alone.
    ...(owd === undefined || owd.basis === 'bounds' ? [] : [[`one-way ${direction}`, owd[direction]] as const]),
  ]);
  lines.push(...tableLines(rows), ...basisLines(owd), ...clockLines(owd));
  lines.push(...sendErrorLines('messages', sendErrorNs), ...transportLines(result, style));
  return lines;
}

/** What the sending host did not send, and how often it was held up. */
function sendingLines(
  { streams, hostStalls, datagrams, complete, runner }: LoadResult,
  direction: Direction,
  style: Style,
): string[] {
  const notSent = streams?.[0]?.notSent;
  const sent = streams?.[0]?.sent?.messages;
  const isClient = runner === 'tcp-client' || runner === 'udp-client';
  const sender = direction === 'up' ? 'client' : 'server';
  const whose = isClient === (direction === 'up') ? 'this host' : (`the ${sender}` as const);
  const isPath = datagrams === undefined && complete && notSent !== undefined && notSent > 0;
  const lines = isPath
    ? [
        `not sent ${notSent}${sent === undefined ? '' : ` of ${sent + notSent}`} messages: the path, or the sender for a moment, was too slow`,
      ]
    : notSentLines(notSent, sent, datagrams === undefined ? 'messages' : 'datagrams', style);
  return [...lines, ...stallLines(hostStalls, whose, style)];
}

/** What the sending system's TCP says of the stream, as far as it tells. */
function senderLines(stream: StreamResult | undefined): string[] {
  if (stream === undefined) return [];
  const { retransmits, rttNs, cwndBytes, mssBytes } = stream;
  const parts = [
    ...(retransmits === undefined ? [] : [`retransmits ${retransmits}`]),
    ...(rttNs === undefined ? [] : [`smoothed rtt ${delayText(rttNs)}`]),
    ...(cwndBytes === undefined ? [] : [`congestion window ${sizeText(cwndBytes)}`]),
    ...(mssBytes === undefined ? [] : [`MSS ${mssBytes} bytes`]),
  ];
  return parts.length === 0 ? [] : [parts.join(', ')];
}
