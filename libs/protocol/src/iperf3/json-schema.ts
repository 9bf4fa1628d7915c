import { type Decoded, decoded, invalid } from '../bytes/decoded';

/** An object read from JSON of a peer, not to be believed before each field has been looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An own field: `__proto__` and other inherited names are never found. */
export const fieldOf = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** The number in a field, within its bounds; `fallback` when there is none. */
export function numberField(
  object: JsonObject,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly fallback: number },
): Decoded<number> {
  const value = fieldOf(object, name);
  if (value === undefined || value === null) return decoded(bounds.fallback);
  if (typeof value !== 'number' || !Number.isFinite(value)) return invalid(name, 'is not a number');
  if (value < bounds.min || value > bounds.max) return invalid(name, `is not within ${bounds.min}..${bounds.max}`);
  return decoded(value);
}

/** The flag in a field; false when there is none. iperf3 writes numbers for some flags. */
export function flagField(object: JsonObject, name: string): Decoded<boolean> {
  const value = fieldOf(object, name);
  if (value === undefined || value === null) return decoded(false);
  if (typeof value === 'boolean') return decoded(value);
  if (typeof value === 'number') return decoded(value !== 0);
  return invalid(name, 'is not a flag');
}

/** As `numberField`, for a field that must be there. */
export function requiredNumber(
  object: JsonObject,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly whole?: boolean },
): Decoded<number> {
  const field = numberField(object, name, { ...bounds, fallback: Number.NaN });
  if (!field.ok) return field;
  if (Number.isNaN(field.value)) return invalid(name, 'is missing');
  if (bounds.whole && !Number.isInteger(field.value)) return invalid(name, 'is not a whole number');
  return field;
}

/** Several numbers that must be there. */
export function allNumbers<Name extends string>(
  json: JsonObject,
  bounds: Readonly<Record<Name, { readonly min: number; readonly max: number; readonly whole?: boolean }>>,
): Decoded<Record<Name, number>> {
  const values = {} as Record<Name, number>;
  for (const name of Object.keys(bounds) as Name[]) {
    const field = requiredNumber(json, name, bounds[name]);
    if (!field.ok) return field;
    values[name] = field.value;
  }
  return decoded(values);
}

/** `null` says that the figure is not known. */
export function optionalNumber(
  json: JsonObject,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly whole?: boolean },
): Decoded<number | undefined> {
  const value = fieldOf(json, name);
  return value === undefined || value === null ? decoded(undefined) : requiredNumber(json, name, bounds);
}
