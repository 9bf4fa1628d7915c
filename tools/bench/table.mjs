const HEAD = ['', '', 'median (min..max)', '', 'median (min..max)', 'ratio'];

/** Prints a line for each row, in columns. */
export function table(rows) {
  const cells = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  for (const row of cells) line(row.map((cell, column) => cell.padEnd(widths[column])).join('  '));
}

export const title = (text) => process.stdout.write(`\n${text}\n`);

export const line = (text) => process.stdout.write(`${`  ${text}`.trimEnd()}\n`);

function cellsOf({ label, unit, ours, theirs, ratio }) {
  const peer = theirs === undefined ? ['', '', ''] : [theirs.name, spread(theirs), ratioText(ratio)];
  return [`${label}, ${unit}`, ours.name, spread(ours), ...peer];
}

const spread = ({ median, min, max }) => `${digits(median)} (${digits(min)}..${digits(max)})`;

/** Where theirs is 0 there is no ratio. */
const ratioText = (ratio) => (Number.isFinite(ratio) ? digits(ratio) : '-');

function digits(value) {
  if (value === 0) return '0';
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) < 0.01 ? value.toFixed(4) : value.toPrecision(3);
}
