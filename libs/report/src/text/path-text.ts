import type { Direction, RunResult } from '@pathgauge/result';
import type { Style } from './style';

/** What ICMP said on the way, how often, and what of the path's MTU concerns this run. */
export function pathLines(result: RunResult, style: Style): string[] {
  return [
    ...result.icmp.map(({ text, count }) => style.bad(`ICMP: ${text} (${count})`)),
    ...tooLargeText(result).map((text) => style.bad(text)),
  ];
}

/** That what was sent is larger than what the path takes, where no router had to say so, since the sending system knew. */
export function tooLargeText(result: RunResult): string[] {
  return (['up', 'down'] as const).flatMap((direction) => tooLargeOneWay(result, direction));
}

function tooLargeOneWay({ pathMtu, settings, icmp }: RunResult, direction: Direction): string[] {
  const mtu = pathMtu?.[direction];
  const { lengthBytes, dontFragment } = settings;
  if (mtu === undefined || dontFragment === undefined || lengthBytes === undefined) return [];
  if (lengthBytes <= mtu.payloadBytes) return [];
  if (icmp.some((each) => each.direction === direction && each.mtuBytes !== undefined)) return [];
  const what = dontFragment ? 'do not fit' : 'went in fragments';
  const takes = `the path takes ${mtu.payloadBytes} (${mtu.bytes} with headers), says the sending system`;
  return [`datagrams of ${lengthBytes} bytes ${what}: ${takes}`];
}
