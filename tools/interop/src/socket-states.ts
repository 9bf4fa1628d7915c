import { spawnSync } from 'node:child_process';
import { pause } from '../../e2e/src/harness';
import { SS } from './peers';

const TRIES = 30;
const BETWEEN_MS = 50;

/**
 * What the system says of the sockets at a local port that are connected, a text each, as soon as it is `settled`; what it said
 * last when it never is.
 */
export async function socketsOf(
  protocol: 'tcp' | 'udp',
  port: number,
  more: readonly string[],
  settled: (sockets: readonly string[]) => boolean,
): Promise<readonly string[]> {
  let found: readonly string[] = [];
  for (let i = 0; i < TRIES; i++) {
    found = ask(protocol, port, more);
    if (settled(found)) break;
    await pause(BETWEEN_MS);
  }
  return found;
}

function ask(protocol: 'tcp' | 'udp', port: number, more: readonly string[]): string[] {
  const kind = protocol === 'tcp' ? '-t' : '-u';
  const { stdout } = spawnSync(SS.command, ['-Hnimo', kind, ...more, 'state', 'connected', `sport = :${port}`], {
    encoding: 'utf8',
  });
  // What belongs to a socket stands on lines that begin with a blank.
  return stdout.split(/\n(?=\S)/).filter((text) => text.trim() !== '');
}
