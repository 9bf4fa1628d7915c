/** A runner's command line: how it is called, and one entry per option, which the parser and `--help` both come from. */
export interface CommandSpec<Name extends string> {
  readonly program: string;
  readonly usage: string;
  /** One line, 79 characters at most. */
  readonly summary: string;
  readonly options: Readonly<Record<Name, OptionSpec>>;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  readonly mostPositionals: number;
}

/** One option. Values arrive as text: each runner turns them into what it needs, with its own words for what is wrong. */
export interface OptionSpec {
  readonly alias?: string;
  /** Other long names that it is known by. */
  readonly also?: readonly string[];
  /** The value of one that may stand without, before what is no time. */
  readonly bare?: string;
  /** `values`: may be given more than once. */
  readonly kind: 'flag' | 'value' | 'values';
  /** A line of `--help`, at best, where there is room for about 50 characters. */
  readonly describe: string;
  /** As `--help` shows it. */
  readonly default?: string;
}
