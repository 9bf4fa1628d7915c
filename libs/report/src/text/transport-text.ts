import type { Marking, PingResult, RunResult } from '@pathgauge/result';
import { delayText, sizeText } from './format';
import type { Style } from './style';

/** What carried the measurement, and what that says of its figures. */
export function transportLines(result: RunResult, style: Style): string[] {
  const { clockSteps, note, receiveBufferBytes } = result.transport;
  return [
    ...stampLines(result),
    ...(result.kind === 'ping' ? [...exceptionLines(result, style), ...ownQueueLines(result)] : []),
    ...(clockSteps === undefined || clockSteps === 0
      ? []
      : [style.bad(`this host's clock was set during the run: ${clockSteps} time${clockSteps === 1 ? '' : 's'}`)]),
    ...(overflowed(result) ? [`room for datagrams not yet read: ${sizeText(receiveBufferBytes)}`] : []),
    ...(note === undefined ? [] : [`portable transport: ${note}`]),
  ];
}

const ownQueueLines = ({ hostQueueingNs }: PingResult): string[] =>
  hostQueueingNs === undefined
    ? []
    : [
        `own queue of this host ${delayText(hostQueueingNs.medianNs)} (median; most ${delayText(hostQueueingNs.maxNs)}), in no delay above`,
      ];

/** The room is of interest when it was too small, on the end that has it. */
function overflowed(result: RunResult): boolean {
  if (result.kind === 'ping') return (result.probes?.hostDropped ?? 0) > 0;
  const { datagrams, runner } = result;
  const dropped = (runner === 'udp-server' ? datagrams?.up : datagrams?.down)?.hostDropped;
  return dropped !== undefined && dropped > 0;
}

function stampLines(result: RunResult): string[] {
  const { kind, sendTimestamps, receiveTimestamps } = result.transport;
  if (kind === 'portable') return [];
  const by =
    sendTimestamps === receiveTimestamps
      ? `timestamps by the ${byWhom(sendTimestamps)}`
      : `timestamps of sending by the ${byWhom(sendTimestamps)}, of arrival by the ${byWhom(receiveTimestamps)}`;
  return [[by, ...(result.kind === 'load' ? (result.transport.offloads ?? []) : [])].join(', ')];
}

/** Where the kernel stamps, how many stamps of probes are a program's all the same. */
function exceptionLines({ transport, probes }: PingResult, style: Style): string[] {
  const { kind, sendTimestamps, receiveTimestamps, userStamped } = transport;
  if (kind === 'portable' || userStamped === undefined || probes === undefined) return [];
  const { sent, replied, received } = userStamped;
  const exceptions = [
    ...(sendTimestamps === 'kernel' && sent > 0 ? [`${sent} as sent`] : []),
    ...(replied > 0 ? [`${replied} as replied`] : []),
    ...(receiveTimestamps === 'kernel' && received > 0 ? [`${received} as received`] : []),
  ];
  if (exceptions.length === 0) return [];
  return [style.bad(`  but of ${probes.received}, stamped by a program: ${exceptions.join(', ')}`)];
}

const byWhom = (source: 'kernel' | 'user' | undefined): string => (source === 'kernel' ? 'kernel' : 'program');

/** Hop limits, and what became of the marks on the way. */
export function markingLines({ marking, settings, probes }: PingResult, style: Style): string[] {
  if (marking === undefined) return [];
  const hops = [hopText('up', marking.up), hopText('down', marking.down)].filter((text) => text !== undefined);
  const lines = hops.length === 0 ? [] : [`hop limit on arrival: ${hops.join(', ')}`];
  const { dscp } = settings;
  if (dscp === undefined) return lines;
  const ways = (['up', 'down'] as const).flatMap((way) => dscpText(way, dscp, marking[way], probes?.received, style));
  return [...lines, ...ways];
}

const hopText = (way: string, marking: Marking | undefined): string | undefined =>
  marking?.hopLimit === undefined ? undefined : `${way} ${marking.hopLimit}`;

function dscpText(
  way: string,
  sent: number,
  marking: Marking | undefined,
  received: number | undefined,
  style: Style,
): string[] {
  if (marking?.remarked === undefined) {
    const arrived =
      marking?.dscp === undefined ? 'the server does not tell what arrived' : `arrived as ${marking.dscp}`;
    return [`DSCP ${sent} ${way}: ${arrived}${way === 'down' ? ', what the server sent is not known' : ''}`];
  }
  if (marking.remarked === 0) return [`DSCP ${sent} ${way}: kept`];
  const many = received === undefined ? `${marking.remarked}` : `${marking.remarked} of ${received}`;
  return [style.bad(`DSCP ${sent} ${way}: changed on the way, arrived as ${marking.dscp} (${many})`)];
}
