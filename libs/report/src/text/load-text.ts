import type { Direction, LoadResult, Rate, StreamResult } from '@pathgauge/result';
import { cpuLines } from './cpu-text';
import { basisLines, clockLines, delayRows, sendErrorLines } from './delay-text';
import { delayText, rateText, secondsText, sizeText } from './format';
import { columnsOf } from './interval-text';
import { counted, DIRECTIONS, type Noun, nounOf, overText, waysText } from './load-words';
import { datagramLines } from './loss-text';
import { pathLines } from './path-text';
import { notSentLines, notSentText, stallLines } from './sending-text';
import { serverOutputLines } from './server-output-text';
import { streamLines } from './stream-table';
import type { Style } from './style';
import { tableLines } from './table';
import { transportLines } from './transport-text';
import { whereText } from './where-text';
import { wrapped } from './wrapped';

/** A direction of a load that is over. `name`: what tells it from the other one; nothing where there is one alone. */
interface Way {
  readonly direction: Direction;
  readonly name: string;
  readonly noun: Noun;
  readonly streams: readonly StreamResult[];
}

export function loadSummaryLines(result: LoadResult, style: Style): string[] {
  const { peer, settings, datagrams } = result;
  const noun = nounOf(settings, peer);
  const ways = waysOf(result, noun);
  return [
    '',
    style.strong(`--- ${whereText(peer)}, ${overText(settings, peer)}, ${waysText[settings.direction]} ---`),
    ...(result.complete ? [] : [style.bad(`incomplete: ${result.reason}`)]),
    ...streamLines(result, columnsOf(settings, noun)),
    ...ways.flatMap((way) => arrivedLines(result, way, style)),
    ...(datagrams === undefined ? [] : datagramLines(datagrams, result.lossBursts, style)),
    ...ways.flatMap((way) => notSentOfWay(result, way, style)),
    ...stallLines(result.hostStalls, whoseOf(result), style),
    ...pathLines(result, style),
    ...jitterLines(result, ways),
    ...ways.flatMap((way) => senderLines(way)),
    ...cpuLines(result),
    ...delayLines(result, ways),
    ...sendErrorLines(noun, result.sendErrorNs),
    ...transportLines(result, style),
    ...serverOutputLines(result.serverOutput),
  ];
}

const waysOf = ({ streams, settings }: LoadResult, noun: Noun): readonly Way[] =>
  DIRECTIONS[settings.direction].map((direction) => ({
    direction,
    name: settings.direction === 'both' ? `${direction} ` : '',
    noun,
    streams: (streams ?? []).filter((stream) => stream.direction === direction),
  }));

function arrivedLines({ throughput, complete }: LoadResult, way: Way, style: Style): string[] {
  const { direction, name, noun, streams } = way;
  const rate = throughput?.[direction];
  if (rate !== undefined) {
    const messages = rate.messages === undefined ? '' : `, ${counted(rate.messages, noun)}`;
    const amount = `${sizeText(rate.bytes)}${messages} in ${secondsText(rate.durationNs)} s, received`;
    return [`throughput ${name}${style.good(rateText(rate.bitsPerSecond))}  (${amount})`];
  }
  const received = sumOf(streams, ({ bytes }) => bytes);
  if (received !== undefined) return [`received ${name}${sizeText(received)}`];
  const sent = sumOf(streams, (stream) => stream.sent?.bytes);
  if (sent === undefined || complete) return [];
  const lasted = Math.max(...streams.map((stream) => (stream.sent as Rate).durationNs));
  return [`sent ${name}${sizeText(sent)} in ${secondsText(lasted)} s; what arrived is not known`];
}

/** Undefined where it is not known of one of them. */
const sumOf = (
  streams: readonly StreamResult[],
  of: (stream: StreamResult) => number | undefined,
): number | undefined =>
  streams
    .map(of)
    .reduce((sum, each) => (sum === undefined || each === undefined ? undefined : sum + each), firstOf(streams));

const firstOf = (streams: readonly StreamResult[]): number | undefined => (streams.length === 0 ? undefined : 0);

/** What the sending host did not send. */
function notSentOfWay({ datagrams, complete }: LoadResult, { name, noun, streams }: Way, style: Style): string[] {
  const notSent = sumOf(streams, (stream) => stream.notSent);
  const sent = sumOf(streams, (stream) => stream.sent?.messages);
  if (datagrams !== undefined || !complete || notSent === undefined || notSent === 0)
    return notSentLines(notSent, sent, noun, style, name);
  return wrapped([
    `${name}${notSentText(notSent, sent, noun)}: the path`,
    'or the sender for a moment',
    'was too slow',
  ]);
}

function whoseOf({ settings, runner }: LoadResult): Parameters<typeof stallLines>[1] {
  if (settings.direction === 'both') return 'a host that sends';
  const isClient = runner === 'tcp-client' || runner === 'udp-client';
  if (isClient === (settings.direction === 'up')) return 'this host';
  return settings.direction === 'up' ? 'the client' : 'the server';
}

function jitterLines({ jitter }: LoadResult, ways: readonly Way[]): string[] {
  const known = ways.flatMap(({ direction, name }) => {
    const ns = direction === 'up' ? jitter?.upNs : jitter?.downNs;
    return ns === undefined ? [] : [`${name}${delayText(ns)}`];
  });
  return known.length === 0 ? [] : [`jitter ${known.join(', ')}`];
}

/** What the sending system's TCP says of its streams, as far as it tells; of one stream more than of several together. */
function senderLines({ name, streams }: Way): string[] {
  const alone = streams.length === 1 ? streams[0] : undefined;
  const retransmits = sumOf(streams, (stream) => stream.retransmits);
  const congestion = sameOf(streams.map((stream) => stream.congestion));
  const mssBytes = sameOf(streams.map((stream) => stream.mssBytes));
  const parts = [
    ...(retransmits === undefined ? [] : [`retransmits ${retransmits}`]),
    ...(alone?.rttNs === undefined ? [] : [`smoothed rtt ${delayText(alone.rttNs)}`]),
    ...(alone?.cwndBytes === undefined ? [] : [`congestion window ${sizeText(alone.cwndBytes)}`]),
    ...(mssBytes === undefined ? [] : [`MSS ${mssBytes} bytes`]),
    ...(congestion === undefined ? [] : [`congestion control ${congestion}`]),
  ];
  const [first, ...others] = parts;
  return first === undefined ? [] : wrapped([`${name}${first}`, ...others]);
}

const sameOf = <T>(values: readonly T[]): T | undefined =>
  values.every((value) => value === values[0]) ? values[0] : undefined;

function delayLines({ queueing, owd }: LoadResult, ways: readonly Way[]): string[] {
  const rows = delayRows([
    ...ways.map(({ direction }) => [`queueing ${direction}`, queueing?.[direction]] as const),
    // Without a clock that is trusted a value would be a guess: then there is the interval alone.
    ...(owd === undefined || owd.basis === 'bounds'
      ? []
      : ways.map(({ direction }) => [`one-way ${direction}`, owd[direction]] as const)),
  ]);
  return [...tableLines(rows), ...basisLines(owd), ...clockLines(owd)];
}
