/** Each of them with its end. */
export const linesText = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
