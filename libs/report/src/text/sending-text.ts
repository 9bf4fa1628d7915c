import type { HostStalls } from '@pathgauge/result';
import { spanText } from './format';
import type { Noun } from './load-words';
import type { Style } from './style';

/** What was due and never left the host that sends. Nothing where all was sent, or it is not told. */
export function notSentLines(
  notSent: number | undefined,
  sent: number | undefined,
  what: 'probes' | Noun,
  style: Style,
): string[] {
  if (notSent === undefined || notSent === 0) return [];
  const of = sent === undefined ? '' : ` of ${sent + notSent}`;
  return [style.bad(`not sent ${notSent}${of} ${what}: neither sent nor lost, they never left the host`)];
}

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
