import * as v from 'valibot';

type AnySchema = v.GenericSchema;
type Entries = Readonly<Record<string, AnySchema>>;

/** A value that may not be known: `null` in JSON, `undefined` in code. */
type OrUnknown<S extends AnySchema> = v.GenericSchema<v.InferInput<S> | null, v.InferOutput<S> | undefined>;

/** Fields by name. Mapped over the entries themselves, so that an editor finds the comment of each. */
interface Fields<E extends Entries>
  extends v.GenericSchema<
    { readonly [K in keyof E]: v.InferInput<E[K]> },
    { readonly [K in keyof E]: v.InferOutput<E[K]> }
  > {
  readonly type: 'object';
  readonly entries: E;
}

export const orUnknown = <S extends AnySchema>(schema: S): OrUnknown<S> =>
  v.pipe(
    v.nullable(schema),
    v.transform((value): v.InferOutput<S> | undefined => value ?? undefined),
  ) as unknown as OrUnknown<S>;

/** A reader leaves aside the fields that it does not know: they may be added. */
export const fields = <const E extends Entries>(entries: E): Fields<E> =>
  v.pipe(v.object(entries), v.readonly()) as unknown as Fields<E>;

/** The same entries, each of which may not be known. */
export const eachOrUnknown = <const E extends Entries>(entries: E): { readonly [K in keyof E]: OrUnknown<E[K]> } =>
  Object.fromEntries(Object.entries(entries).map(([name, schema]) => [name, orUnknown(schema)])) as never;

export const byDirection = <S extends AnySchema>(schema: S) =>
  fields({ up: orUnknown(schema), down: orUnknown(schema) });

/** One of several kinds of a thing, told apart by the field `key`. */
export const variants = <const O extends readonly [AnySchema, AnySchema, ...AnySchema[]]>(key: string, ...options: O) =>
  v.variant(key, options as never) as v.GenericSchema<v.InferInput<O[number]>, v.InferOutput<O[number]>>;

export const listOf = <S extends AnySchema>(schema: S) => v.pipe(v.array(schema), v.readonly());

export const oneOf = <const N extends readonly string[]>(...names: N) => v.picklist(names);

export const text = v.string();
export const flag = v.boolean();
/** What is passed on as it came. */
export const anything = v.unknown();
export const number = v.number();
/** How many, also of bytes. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** A share: 0 to 1. */
export const ratio = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
/** ISO 8601, UTC. */
export const wallTime = v.pipe(v.string(), v.isoTimestamp());

/** Numbers by any name. */
export const countsByName = v.pipe(v.record(text, count), v.readonly());

/** Numbers by these names; those that are 0 are left out. */
export const countsOf = <const N extends readonly string[]>(names: N) =>
  v.pipe(
    v.object(
      Object.fromEntries(names.map((name) => [name, v.exactOptional(count)])) as Record<
        N[number],
        v.ExactOptionalSchema<typeof count, undefined>
      >,
    ),
    v.readonly(),
  );
