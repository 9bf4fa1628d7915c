/** What a terminal shows by itself in one line. */
export const COLUMNS = 80;

/** Parts one behind the other, in lines that fit a terminal; those behind the first are indented. */
export function wrapped(parts: readonly string[], between = ', '): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = last === undefined ? part : `${last}${between}${part}`;
    // The comma at the end of a line that goes on needs its place, too.
    if (last === undefined || longer.length < COLUMNS) lines.splice(-1, 1, longer);
    else lines.splice(-1, 1, `${last}${between.trimEnd()}`, `  ${part}`);
  }
  return lines;
}
