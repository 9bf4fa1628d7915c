import { JSON_LINES } from './json-lines-reporter';
import { JSON_DOCUMENT } from './json-reporter';
import type { Format } from './reporter';
import { TEXT } from './text-reporter';

/** Every format that results can be put out in, by its name: the ending of its files, and what stands before a path (`json:PATH`). */
export const FORMATS = {
  text: TEXT,
  json: JSON_DOCUMENT,
  jsonl: JSON_LINES,
} as const satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof FORMATS;

const NAMES = Object.keys(FORMATS) as FormatName[];

/** The formats that files can be of. */
export const FILE_FORMATS: readonly FormatName[] = NAMES.filter((name) => FORMATS[name].isOfFiles);

/** The options that ask for a format on standard output. */
export const FORMAT_OPTIONS = NAMES.map((name) => FORMATS[name].option).filter((option) => option !== undefined);

/** What standard output holds; undefined where more than one is asked for. A format may have no option, and be asked for by name alone. */
export function formatOnScreen(
  isAsked: (name: FormatName, option: Format['option']) => boolean,
): FormatName | undefined {
  const [first = 'text', ...others] = NAMES.filter((name) => isAsked(name, FORMATS[name].option));
  return others.length === 0 ? first : undefined;
}
