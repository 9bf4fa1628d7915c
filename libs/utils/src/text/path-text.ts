import type { Direction, Result } from '@pathgauge/result';
import type { Style } from './style';

/** What ICMP said on the way, how often, and what of the path's MTU concerns this run. */
export function pathLines(result: Result, style: Style): string[] {
  return [
    ...result.icmp.map(({ text, count }) => style.bad(`ICMP: ${text} (${count})`)),
    ...(['up', 'down'] as const).flatMap((direction) => fragmentLines(result, direction, style)),
  ];
}

/** Where no router had to say so, since the system knew. */
function fragmentLines({ pathMtu, settings, icmp }: Result, direction: Direction, style: Style): string[] {
  const mtu = pathMtu?.[direction];
  const { lengthBytes, dontFragment } = settings;
  if (mtu === undefined || dontFragment !== false || lengthBytes <= mtu.payloadBytes) return [];
  if (icmp.some((each) => each.direction === direction && each.mtuBytes !== undefined)) return [];
  const takes = `the path takes ${mtu.payloadBytes} (${mtu.bytes} with headers)`;
  return [style.bad(`datagrams of ${lengthBytes} bytes went in fragments: ${takes}, as the sending system knows`)];
}
