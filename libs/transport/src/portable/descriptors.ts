import { closeSync, openSync } from 'node:fs';

/** So many connections can be told at once that there is no room for them; fewer where there never is much of it. */
const MAX_KEPT_BACK = 16;
const MIN_KEPT_BACK = 4;
const PLENTY = 128;

/** A descriptor of nothing; undefined when this process, or the system, may have no more. */
function open(): number | undefined {
  try {
    return openSync('/dev/null', 'r');
  } catch {
    return undefined;
  }
}

/** Whether this process could open `count` more descriptors now. */
export function hasDescriptors(count: number): boolean {
  const opened: number[] = [];
  for (let fd = open(); fd !== undefined; fd = open()) {
    opened.push(fd);
    if (opened.length === count) break;
  }
  for (const fd of opened) closeSync(fd);
  return opened.length === count;
}

/**
 * Descriptors that a listener keeps back. When there are no others left, it gives up one for each connection that it turns away:
 * without one it could not accept the next, and nobody would be told why.
 */
export class DescriptorReserve {
  readonly #kept: number[] = [];
  readonly #wanted = hasDescriptors(PLENTY) ? MAX_KEPT_BACK : MIN_KEPT_BACK;

  constructor() {
    this.fill();
  }

  /** Whether all are kept back, and there is at least one more. That one is never taken: the next connection needs it. */
  fill(): boolean {
    while (this.#kept.length < this.#wanted && hasDescriptors(2)) this.#kept.push(open() as number);
    return this.#kept.length === this.#wanted && hasDescriptors(1);
  }

  giveUp(): void {
    const fd = this.#kept.pop();
    if (fd !== undefined) closeSync(fd);
  }

  close(): void {
    for (const fd of this.#kept.splice(0)) closeSync(fd);
  }
}
