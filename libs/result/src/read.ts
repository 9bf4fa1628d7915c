import * as v from 'valibot';
import { SCHEMA_VERSION } from './constants';
import { type Result, ResultSchema } from './result';
import { type WrittenEvent, WrittenEventSchema } from './written-event';

/** What was read, or why it cannot be: a line for people. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Reads the document of a run, in JSON. Fields that are not known here are left aside. */
export function readResult(json: string): Read<Result> {
  const parsed = parse(json);
  if (!parsed.ok) return parsed;
  const refused = versionProblem(parsed.value);
  return refused === undefined ? readAs(ResultSchema, parsed.value, 'result document') : refused;
}

/** Reads one line of `--json-stream`. */
export function readEvent(line: string): Read<WrittenEvent> {
  const parsed = parse(line);
  if (!parsed.ok) return parsed;
  const result = resultOf(parsed.value);
  const refused = result === undefined ? undefined : versionProblem(result);
  return refused === undefined ? readAs(WrittenEventSchema, parsed.value, 'event') : refused;
}

function parse(json: string): Read<unknown> {
  try {
    return { ok: true, value: JSON.parse(json) };
  } catch {
    return problem('this is not JSON');
  }
}

const problem = (text: string): Read<never> => ({ ok: false, problem: text });

/** Another version has fields of another meaning: nothing of it is read. */
function versionProblem(value: unknown): Read<never> | undefined {
  const version = memberOf(value, 'schemaVersion');
  if (version === SCHEMA_VERSION) return undefined;
  return problem(
    version === undefined
      ? 'this is no result document: it has no schemaVersion'
      : `this document has schemaVersion ${JSON.stringify(version)}; version ${SCHEMA_VERSION} is read here`,
  );
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

/** The document in a summary, also of a server's client. */
const resultOf = (event: unknown): unknown => memberOf(memberOf(event, 'event') ?? event, 'result');

function readAs<T>(schema: v.GenericSchema<unknown, T>, value: unknown, what: string): Read<T> {
  const { success, output, issues } = v.safeParse(schema, value, { abortEarly: true });
  if (success) return { ok: true, value: output };
  const [issue] = issues;
  const path = v.getDotPath(issue);
  return problem(
    `this is no ${what} of version ${SCHEMA_VERSION}: ${path === null ? '' : `${path}: `}${issue.message}`,
  );
}
