import type { LoadSettings, LoadStartEvent } from '@pathgauge/result';
import { groupedText, rateText, sizeText, spanText } from './format';
import { type Noun, nounOf, overText, waysText } from './load-words';
import type { Style } from './style';
import { whereText } from './where-text';
import { wrapped } from './wrapped';

/** Below this a load says little of what a path carries, and its rate reads as if it did. */
const LITTLE_BITS_PER_SECOND = 1e6;

const HINT = '--max measures what the path carries';

/** First what is sent: whoever reads rates below must know whether they were asked for. */
export function loadStartLines({ runner, peer, settings }: LoadStartEvent, style: Style): string[] {
  const isClient = runner === 'tcp-client' || runner === 'udp-client';
  const what = [verbOf(settings, isClient), ...messagesParts(settings, nounOf(settings, peer))];
  return [
    ...wrapped(isClient && isLittle(settings) ? withHint(what) : what, ' ').map((line) => style.strong(line)),
    ...wrapped([
      `${isClient ? 'to' : 'with'} ${whereText(peer)} over ${overText(settings, peer)}`,
      waysText[settings.direction],
      ...extentText(settings),
      ...socketText(settings),
    ]),
  ];
}

/** In one piece, behind a sentence that has come to its end. */
const withHint = (parts: readonly string[]): string[] => [...parts.slice(0, -1), `${parts.at(-1)};`, HINT];

function verbOf({ direction }: LoadSettings, isClient: boolean): string {
  if (direction === 'both') return 'sending and receiving';
  return (direction === 'up') === isClient ? 'sending' : 'receiving';
}

function messagesParts(settings: LoadSettings, noun: Noun): string[] {
  const { protocol, lengthBytes, intervalNs, bitsPerSecond, burst, parallel } = settings;
  const bytes = `${groupedText(lengthBytes)} bytes`;
  if (intervalNs === undefined || bitsPerSecond === undefined) {
    const streams = parallel === 1 ? [] : [`on ${parallel} streams`];
    return [`${noun} of ${bytes}`, ...streams, 'as fast as the path takes them'];
  }
  const rate = rateText(bitsPerSecond * parallel);
  const one = protocol === 'udp' ? `${noun} of ${bytes}` : bytes;
  const many = burst === 1 ? one : `${burst} ${noun} of ${bytes}`;
  const often = intervalNs * burst === 1e9 ? 'a second' : `every ${spanText(intervalNs * burst)}`;
  const streams = parallel === 1 ? [] : [`on each of ${parallel} streams`];
  return [`${many} ${often}`, ...streams, `(${rate}${parallel === 1 ? '' : ' in all'})`];
}

/** A rate that was asked for as one is a matter of course; the default and what is near it is not. */
const isLittle = ({ bitsPerSecond, bytes, parallel }: LoadSettings): boolean =>
  bytes === undefined && bitsPerSecond !== undefined && bitsPerSecond * parallel < LITTLE_BITS_PER_SECOND;

const extentText = ({ bytes, durationNs, omitNs }: LoadSettings): string[] => [
  ...(bytes === undefined ? [] : [`${sizeText(bytes)} in all`]),
  ...(bytes !== undefined || durationNs === undefined ? [] : [`for ${spanText(durationNs)}`]),
  ...(omitNs === 0 ? [] : [`the first ${spanText(omitNs)} in no figure`]),
];

/** What was asked of the sockets, where anything was. */
const socketText = (settings: LoadSettings): string[] => [
  ...(settings.windowBytes === undefined ? [] : [`window ${sizeText(settings.windowBytes)}`]),
  ...(settings.mssBytes === undefined ? [] : [`MSS ${settings.mssBytes} bytes`]),
  ...(settings.congestion === undefined ? [] : [`congestion control ${settings.congestion}`]),
  ...(settings.noDelay ? ['no delay'] : []),
  ...(settings.dscp === undefined ? [] : [`DSCP ${settings.dscp}`]),
  ...(settings.pacingBitsPerSecond === undefined
    ? []
    : [`paced by the system to ${rateText(settings.pacingBitsPerSecond)}`]),
];
