import * as v from 'valibot';
import { type Decoded, decoded, invalid } from '../bytes/decoded';

/** An object in a peer's JSON. No field of it is trusted before a schema has read it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What reads a value of a peer's JSON as a `T`. Its messages say what is wrong: "is not a list". */
export type Schema<T> = v.GenericSchema<unknown, T>;
type OutputOf<S> = S extends Schema<infer T> ? T : never;
type Entries = Readonly<Record<string, Schema<unknown>>>;

interface Limits {
  readonly min?: number;
  readonly max?: number;
  readonly whole?: boolean;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The reader of a message. It never throws, and it stops at the first value that is wrong. The failure names the field: the
 * last key on the way to the value, `whole` for the message itself, or what stands before the colon in "transit.bins: is not
 * a list".
 */
export const reader =
  <T>(schema: Schema<T>, whole: string) =>
  (json: unknown): Decoded<T> => {
    const result = v.safeParse(schema, json, { abortEarly: true });
    if (result.success) return decoded(result.output);
    const [{ message, path }] = result.issues;
    const named = /^([\w.]+): (.+)$/.exec(message);
    return named === null ? invalid(lastKey(path) ?? whole, message) : invalid(named[1]!, named[2]!);
  };

/** Positions in lists name no field. */
const lastKey = (path: readonly { readonly key: unknown }[] = []): string | undefined =>
  path
    .map(({ key }) => key)
    .filter((key) => typeof key === 'string')
    .at(-1);

/** An object. Each schema gets what its field holds, undefined where there is none; other fields are passed over. */
// @__NO_SIDE_EFFECTS__
export function fields<E extends Entries>(
  entries: E,
  problem = 'is not an object',
): Schema<{ readonly [K in keyof E]: OutputOf<E[K]> }> {
  const names = Object.keys(entries);
  // valibot would find inherited fields as well.
  const own = (object: JsonObject) =>
    Object.fromEntries(names.map((name) => [name, Object.hasOwn(object, name) ? object[name] : undefined]));
  return v.pipe(v.custom<JsonObject>(isObject, problem), v.transform(own), v.object(entries)) as never;
}

type OptionalWhereUndefined<T> = {
  readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: T[K];
};

/** A copy without the fields that are undefined. */
export const withoutUndefined = <T extends object>(object: T) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as OptionalWhereUndefined<T>;

/** A list. Nothing in it is looked at when it is too long. */
// @__NO_SIDE_EFFECTS__
export const list = <T>(
  item: Schema<T>,
  limit: { readonly max: number; readonly problem: string; readonly excess?: string },
): Schema<readonly T[]> =>
  v.pipe(
    v.custom<readonly unknown[]>(Array.isArray, limit.problem),
    v.check(({ length }) => length <= limit.max, limit.excess ?? limit.problem),
    v.transform((entries): unknown => entries),
    v.array(item),
  );

/** A number that must be there. */
// @__NO_SIDE_EFFECTS__
export const number = ({ min = -Number.MAX_VALUE, max = Number.MAX_VALUE, whole = false }: Limits): Schema<number> =>
  v.pipe(
    v.number(({ input }) => (input === undefined || input === null ? 'is missing' : 'is not a number')),
    v.finite('is not a number'),
    v.check((value) => value >= min && value <= max, `is not within ${min}..${max}`),
    v.check((value) => !whole || Number.isInteger(value), 'is not a whole number'),
  );

export const MAX_COUNT = Number.MAX_SAFE_INTEGER;
export const COUNT = number({ min: 0, max: MAX_COUNT, whole: true });

/** Characters that a terminal prints as they are. */
// @__NO_SIDE_EFFECTS__
export const text = (max: number): Schema<string> =>
  v.pipe(
    v.string('is not a text'),
    v.check(({ length }) => length <= max, `is longer than ${max} characters`),
    v.check((value) => !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(value), 'has control characters'),
  );

/** Any value whose lists and objects stand in each other at most so deep: what is written again is walked through step by step. */
// @__NO_SIDE_EFFECTS__
export const nested = (maxDepth: number): Schema<unknown> =>
  v.custom<unknown>((value) => !isDeeper(value, maxDepth), 'is nested too deeply');

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}

/** What may be missing or `null`, which both say that it is not known. */
// @__NO_SIDE_EFFECTS__
export const optional = <T>(schema: Schema<T>): Schema<T | undefined> => v.nullish(schema, () => undefined);

/** What may be missing or `null`, and is `fallback` then. */
// @__NO_SIDE_EFFECTS__
export const optionalOr = <T>(schema: Schema<T>, fallback: T & {}): Schema<T> =>
  v.nullish(schema, () => fallback) as never;

/** false when there is none. iperf3 writes numbers for some flags. */
export const FLAG: Schema<boolean> = v.pipe(
  v.nullish(
    v.custom<boolean | number>((value) => typeof value === 'boolean' || typeof value === 'number', 'is not a flag'),
    false,
  ),
  v.transform((value) => value === true || (typeof value === 'number' && value !== 0)),
);
