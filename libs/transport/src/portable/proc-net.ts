import { readFileSync } from 'node:fs';

/** What Linux lists under /proc/net/`name`. Empty where the system has no such list. */
export function procNet(name: string): string {
  try {
    return readFileSync(`/proc/net/${name}`, 'latin1');
  } catch {
    return '';
  }
}

/** The cells of each line of such a table, that of its headings included. */
export const cellsOf = (table: string): readonly string[][] =>
  table.split('\n').map((line) => line.trim().split(/\s+/));
