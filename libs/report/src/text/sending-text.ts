import type { HostStalls } from '@pathgauge/result';
import { spanText } from './format';
import type { Noun } from './load-words';
import type { Style } from './style';
import { wrapped } from './wrapped';

/** What was due and never left the host that sends. Nothing where all was sent, or it is not told. `way`: stands before it. */
export function notSentLines(
  notSent: number | undefined,
  sent: number | undefined,
  what: 'probes' | Noun,
  style: Style,
  way = '',
): string[] {
  if (notSent === undefined || notSent === 0) return [];
  const many = `${way}${notSentText(notSent, sent, what)}: neither sent nor lost`;
  return wrapped([many, 'they never left the host']).map((line) => style.bad(line));
}

/** How many of how many. */
export const notSentText = (notSent: number, sent: number | undefined, what: 'probes' | Noun): string =>
  `not sent ${notSent}${sent === undefined ? '' : ` of ${sent + notSent}`} ${what}`;

/** How often the host that sends was held up. `whose`: this host, or the other end. */
export function stallLines(
  stalls: HostStalls | undefined,
  whose: 'this host' | 'the server' | 'the client' | 'a host that sends',
  style: Style,
): string[] {
  if (stalls === undefined || stalls.count === 0) return [];
  const often =
    stalls.count === 1
      ? `once, for ${spanText(stalls.longestNs)}`
      : `${stalls.count} times, for up to ${spanText(stalls.longestNs)}`;
  return [style.bad(`${whose} was held up ${often}`)];
}
