import { habitAnswer } from './habits';
import { nearest } from './nearest';
import type { OptionSpec } from './option-spec';
import { UsageError } from './quantities';

type Options = Readonly<Record<string, OptionSpec>>;

/** What every program can print instead of a run. */
export const PRINTING = {
  version: { kind: 'flag', describe: 'Show version number' },
  help: { kind: 'flag', alias: 'h', describe: 'Show help' },
} as const satisfies Options;
/** Options whose values have units. */
const WITH_UNITS = new Set([
  'interval',
  'time',
  'timeout',
  'length',
  'bitrate',
  'report-interval',
  'omit',
  'bytes',
  'window',
  'mss',
  'fq-rate',
  'wait-busy',
]);
const UNIT = /^(ns|us|µs|ms|s|sec|m|min|h|b|k|m|g|t|[kmg]i?b|[kmg]?bit(s|\/s)?|[kmg]?bps)$/i;
const NUMBER = /^-?[\d.]+$/;
/** What an option that may stand without a value takes for one. */
const TIME = /^\d+(\.\d+)?(ns|us|µs|ms|s|sec|m|min|h)?$/i;

/** Letters as of an option: a typing error of three or more is one for a whole name. */
const MIN_NAME = 3;

/** A word with options in it: the last of them, which alone may have a value; that value; the word as `parseArgs` reads it. */
interface Found {
  readonly name: string;
  readonly text?: string;
  readonly words: readonly string[];
}

/**
 * Checks the shape of a command line. Throws `UsageError`, with what to type instead, for an unknown option, a missing value, a
 * value and its unit written apart. Returns the words for Node's `parseArgs`, each option by its own name.
 */
export function checkWords(program: string, own: Options, argv: readonly string[]): readonly string[] {
  const options: Options = { ...own, ...PRINTING };
  const words: string[] = [];
  let i = 0;
  for (; i < argv.length && argv[i] !== '--'; i++) {
    const word = argv[i] as string;
    const found = optionsIn(word, program, options);
    if (found === undefined) {
      words.push(word);
      continue;
    }
    const { name, text } = found;
    const bare = options[name]?.bare;
    if (bare !== undefined && text === undefined) {
      words.push(`--${name}=${TIME.test(argv[i + 1] ?? '') ? argv[++i] : bare}`);
      continue;
    }
    words.push(...found.words);
    if (options[name]?.kind === 'flag') continue;
    const value = text ?? argv[++i];
    if (value === undefined || (text === undefined && isOption(value))) {
      throw new UsageError(`an argument is missing: ${word} needs a value behind it`);
    }
    if (text === undefined) words.push(value);
    const next = argv[i + 1];
    if (next !== undefined && WITH_UNITS.has(name) && NUMBER.test(value) && UNIT.test(next)) {
      throw new UsageError(`'${value} ${next}' is two arguments: write ${value}${next}, without a space`);
    }
  }
  return [...words, ...argv.slice(i)];
}

const isOption = (word: string): boolean => /^-[^\d.]/.test(word);

function optionsIn(word: string, program: string, options: Options): Found | undefined {
  const [, long, text] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  if (long !== undefined) {
    const name = nameOf(long, options) ?? refuse(`--${long}`, long, program, options);
    return text === undefined ? { name, words: [`--${name}`] } : { name, text, words: [`--${name}=${text}`] };
  }
  if (!/^-[^-]/.test(word)) return undefined;
  return lettersIn(word, program, options);
}

function lettersIn(word: string, program: string, options: Options): Found | undefined {
  let name: string | undefined;
  for (let k = 1; k < word.length; k++) {
    const letter = word[k] as string;
    name = nameOf(letter, options) ?? refuse(`-${letter}`, letter, program, options, word);
    if (options[name]?.kind === 'flag') continue;
    const text = word.slice(k + 1).replace(/^=/, '');
    if (text === '') return { name, words: [word] };
    refuseName(word, options);
    const flags = word.slice(0, k);
    return { name, text, words: [...(flags === '-' ? [] : [flags]), `--${name}=${text}`] };
  }
  return name === undefined ? undefined : { name, words: [word] };
}

/** `-count`, as if two dashes were one. */
function refuseName(word: string, options: Options): void {
  const [, name] = /^-([a-z-]+)(=|$)/i.exec(word) ?? [];
  if (name === undefined || name.length < MIN_NAME) return;
  const meant = nearest(name, Object.keys(options));
  if (meant !== undefined && meant[0] === name[0])
    throw new UsageError(`there is no option -${name}; did you mean --${meant}?`);
}

function nameOf(word: string, options: Options): string | undefined {
  if (Object.hasOwn(options, word)) return word;
  return Object.keys(options).find((name) => options[name]?.alias === word || options[name]?.also?.includes(word));
}

function refuse(shown: string, name: string, program: string, options: Options, word = shown): never {
  const answer = habitAnswer(name, program);
  if (answer !== undefined) throw new UsageError(`there is no option ${shown}: ${answer}`);
  const near = name.length > 1 ? nearest(name, Object.keys(options)) : undefined;
  // -count, as if two dashes were one.
  const long = word.length > 2 && !word.startsWith('--') ? nearest(word.slice(1), Object.keys(options)) : undefined;
  const meant = near ?? long;
  throw new UsageError(`there is no option ${shown}${meant === undefined ? '' : `; did you mean --${meant}?`}`);
}
