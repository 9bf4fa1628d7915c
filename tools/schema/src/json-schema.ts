import { schemas } from '@pathgauge/result';
import { type JsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import { type FieldComments, fieldComments } from './field-comments';

/** The published JSON Schema, with the words that stand in the sources of the schemas. */
export function publishedSchema(sources: readonly string[]): string {
  const comments = fieldComments(sources);
  const named = Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name.replace(/Schema$/, ''), schema]),
  );
  const definitions = toJsonSchemaDefs(named, {
    target: 'draft-2020-12',
    typeMode: 'input',
    ignoreActions: ['readonly'],
  });
  const described = Object.entries(definitions).map(([name, definition]) => [
    name,
    explain(definition, comments.get(name)),
  ]);
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Pathgauge: result document, version 1',
    $comment: 'Made from libs/result by `npm run schema`. An event of --json-stream is #/$defs/WrittenEvent.',
    $ref: '#/$defs/Result',
    $defs: Object.fromEntries(described),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function explain(definition: JsonSchema, comments: FieldComments | undefined): JsonSchema {
  if (comments === undefined) return definition;
  const properties = Object.entries(definition.properties ?? {}).map(([name, property]) => {
    const description = comments.fields.get(name);
    return [name, { ...(description === undefined ? {} : { description }), ...simpler(property as JsonSchema) }];
  });
  return {
    ...(comments.whole === undefined ? {} : { description: comments.whole }),
    ...definition,
    ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
  };
}

/** `null` as one more type of a plain value. */
function simpler(property: JsonSchema): JsonSchema {
  const [known, unknown, ...others] = (property.anyOf ?? []) as JsonSchema[];
  const isPlain =
    known !== undefined && typeof known.type === 'string' && known.enum === undefined && others.length === 0;
  if (!isPlain || unknown?.type !== 'null') return property;
  const { anyOf, ...rest } = property;
  return { ...rest, ...known, type: [known.type, 'null'] } as JsonSchema;
}
