import type { Endpoint } from '../address';
import { cellsOf, procNet } from './proc-net';

// Linux lists its TCP connections here.
const TABLES = ['tcp', 'tcp6'];
// Cells of a line, from proc(5).
const LOCAL = 1;
const REMOTE = 2;
/** How often data was sent again in vain, in hexadecimal. */
const RETRANSMITS = 6;
/** How often the peer was asked in vain whether it is there. */
const UNANSWERED = 8;

/**
 * Whether a connection's peer leaves unanswered what it should acknowledge, as such a table has it. Undefined where the connection
 * is not in it, or another has the same two ports.
 */
export function isUnanswered(table: string, local: Endpoint, remote: Endpoint): boolean | undefined {
  const found = cellsOf(table).filter(
    (cells) => portOf(cells[LOCAL]) === local.port && portOf(cells[REMOTE]) === remote.port,
  );
  const [cells] = found;
  if (cells === undefined || found.length > 1) return undefined;
  // A question is on its way for as long as the way takes: the second shows that the first was in vain.
  return Number.parseInt(cells[RETRANSMITS] ?? '', 16) > 0 || Number(cells[UNANSWERED]) > 1;
}

/** What this system lists. Empty where it lists nothing. */
export const tcpTable = (): string => TABLES.map(procNet).join('');

const portOf = (cell: string | undefined): number => Number.parseInt(cell?.split(':')[1] ?? '', 16);
