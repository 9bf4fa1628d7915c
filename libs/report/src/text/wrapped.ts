/** What a terminal shows by itself in one line. */
export const COLUMNS = 80;

/** Parts one behind the other, in lines that fit a terminal; those behind the first are indented. */
export function wrapped(parts: readonly string[], between = ', '): string[] {
  const lines: string[] = [];
  for (const [i, part] of parts.entries()) {
    const last = lines.at(-1);
    const longer = last === undefined ? part : `${last}${between}${part}`;
    // A comma at the end of a line that goes on needs its place, too.
    const most = i === parts.length - 1 ? COLUMNS : COLUMNS - between.trimEnd().length;
    if (last === undefined || longer.length <= most) lines.splice(-1, 1, longer);
    else lines.splice(-1, 1, `${last}${between.trimEnd()}`, `  ${part}`);
  }
  return lines;
}
