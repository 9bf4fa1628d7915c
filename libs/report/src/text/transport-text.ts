import type { Marking, Result } from '@pathgauge/result';
import { delayText, sizeText } from './format';
import type { Style } from './style';

/** What carried the measurement, and what that says of its figures. */
export function transportLines(result: Result, style: Style): string[] {
  const { transport, hostQueueingNs } = result;
  const { clockSteps, note, receiveBufferBytes } = transport;
  return [
    ...stampLines(transport, result.kind === 'ping' ? result.probes?.received : undefined, style),
    ...(hostQueueingNs === undefined
      ? []
      : [
          `own queue of this host ${delayText(hostQueueingNs.medianNs)} (median; most ${delayText(hostQueueingNs.maxNs)}), in no delay above`,
        ]),
    ...(clockSteps === undefined || clockSteps === 0
      ? []
      : [style.bad(`this host's clock was set during the run: ${clockSteps} time${clockSteps === 1 ? '' : 's'}`)]),
    ...(overflowed(result) ? [`room for datagrams not yet read: ${sizeText(receiveBufferBytes)}`] : []),
    ...(note === undefined ? [] : [`portable transport: ${note}`]),
  ];
}

/** The room is of interest when it was too small, on the end that has it. */
const overflowed = ({ probes, settings, runner }: Result): boolean =>
  (probes?.hostDropped ?? 0) > 0 && (runner === 'udp-server') === (settings.direction === 'up');

function stampLines(
  { kind, sendTimestamps, receiveTimestamps, userStamped, offloads = [] }: Result['transport'],
  received: number | undefined,
  style: Style,
): string[] {
  if (kind === 'portable') return [];
  const by = [
    sendTimestamps === receiveTimestamps
      ? `timestamps by the ${byWhom(sendTimestamps)}`
      : `timestamps of sending by the ${byWhom(sendTimestamps)}, of arrival by the ${byWhom(receiveTimestamps)}`,
    ...offloads,
  ].join(', ');
  if (userStamped === undefined || received === undefined) return [by];
  const { sent, replied, received: arrived } = userStamped;
  const exceptions = [
    ...(sendTimestamps === 'kernel' && sent > 0 ? [`${sent} as sent`] : []),
    ...(replied > 0 ? [`${replied} as replied`] : []),
    ...(receiveTimestamps === 'kernel' && arrived > 0 ? [`${arrived} as received`] : []),
  ];
  if (exceptions.length === 0) return [by];
  return [by, style.bad(`  but of ${received}, stamped by a program: ${exceptions.join(', ')}`)];
}

const byWhom = (source: 'kernel' | 'user' | undefined): string => (source === 'kernel' ? 'kernel' : 'program');

/** Hop limits, and what became of the marks on the way. */
export function markingLines({ marking, settings, probes }: Result, style: Style): string[] {
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
