import fc from 'fast-check';

/** As much of a schema as says what its values are. */
interface Described {
  readonly type: string;
  readonly pipe?: readonly { readonly type: string; readonly requirement?: unknown }[];
  readonly entries?: Readonly<Record<string, Described>>;
  readonly options?: readonly unknown[];
  readonly items?: readonly Described[];
  readonly item?: Described;
  readonly value?: Described;
  readonly literal?: unknown;
  readonly wrapped?: Described;
}

/** Any value that is right by `schema`, as JSON has it. */
export function anyValue(schema: unknown): fc.Arbitrary<unknown> {
  const described = schema as Described;
  const { entries = {}, options = [], items = [], item, value, literal, wrapped, pipe = [] } = described;
  switch (described.type) {
    case 'object':
      return anyObject(entries);
    case 'array':
      return fc.array(anyValue(item), { maxLength: 3 });
    case 'tuple':
      return fc.tuple(...items.map(anyValue));
    case 'record':
      return fc.dictionary(fc.stringMatching(/^[a-z]{1,5}-\d\+?$/), anyValue(value), {
        maxKeys: 3,
        noNullPrototype: true,
      });
    case 'variant':
      return fc.oneof(...options.map(anyValue));
    case 'picklist':
      return fc.constantFrom(...options);
    case 'literal':
      return fc.constant(literal);
    case 'null':
      return fc.constant(null);
    case 'nullable':
      return fc.option(anyValue(wrapped), { nil: null });
    case 'exact_optional':
      return anyValue(wrapped);
    case 'unknown':
      return fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string(), { maxKeys: 2, noNullPrototype: true });
    case 'boolean':
      return fc.boolean();
    case 'string':
      return pipe.some(({ type }) => type === 'iso_timestamp') ? fc.constant('2026-01-02T03:04:05.678Z') : fc.string();
    case 'number':
      return anyNumber(pipe);
    default:
      throw new RangeError(`no values of ${described.type} are known here`);
  }
}

function anyObject(entries: Readonly<Record<string, Described>>): fc.Arbitrary<unknown> {
  const required = Object.keys(entries).filter((name) => entries[name]?.type !== 'exact_optional');
  const values = Object.fromEntries(Object.entries(entries).map(([name, schema]) => [name, anyValue(schema)]));
  return fc.record(values, { requiredKeys: required, noNullPrototype: true });
}

function anyNumber(pipe: NonNullable<Described['pipe']>): fc.Arbitrary<number> {
  const limit = (type: string): number | undefined => pipe.find((each) => each.type === type)?.requirement as number;
  if (pipe.some(({ type }) => type === 'integer')) return fc.integer({ min: limit('min_value') ?? -1e9, max: 1e9 });
  // JSON has no -0.
  const [min = -1e12, max = 1e12] = [limit('min_value'), limit('max_value')];
  return fc.double({ min, max, noNaN: true }).map((value) => value + 0);
}
