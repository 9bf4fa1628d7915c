import type { PathMtuFigures } from '@pathgauge/protocol';
import type { HeardIcmp } from './icmp-log';

/** RFC 791: every link takes packets of so many bytes. Who says less says nothing. */
export const MIN_MTU_BYTES = 68;

/**
 * What the path takes in one piece: what the system takes it to be, or the least that a router has called its MTU, with who said so.
 * Undefined where neither is known.
 */
export function pathMtuOf(systemBytes: number | undefined, heard: readonly HeardIcmp[]): PathMtuFigures | undefined {
  let least: PathMtuFigures | undefined =
    systemBytes === undefined ? undefined : { bytes: systemBytes, from: undefined };
  for (const { icmp } of heard) {
    const bytes = icmp?.mtuBytes;
    if (bytes === undefined || bytes < MIN_MTU_BYTES) continue;
    if (least === undefined || bytes <= least.bytes) least = { bytes, from: icmp?.from };
  }
  return least;
}
