/** What the sources say of schemas: of each by its name (`Rate` of `RateSchema`) as a whole, and of its fields. */
export interface FieldComments {
  readonly whole: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
}

interface Block {
  readonly own: Map<string, string>;
  /** The constants whose entries it has as well. */
  readonly parts: Set<string>;
}

const COMMENT = String.raw`/\*\*((?:(?!\*/)[\s\S])*)\*/\n`;
const CONSTANT = /^(?:export )?const (\w+)[^\n]* = ([\s\S]*?);$/gm;
/** Of a block that the formatter has laid out: its own fields are indented by two. */
const FIELD = new RegExp(`^ {2}${COMMENT} {2}(\\w+)[:,]`, 'gm');
const NAMED = new RegExp(`^${COMMENT}(?:export )?(?:interface|type|const) (\\w+)`, 'gm');

/** The comments of the schemas in these sources, so that a published schema has the words that stand beside the fields. */
export function fieldComments(sources: readonly string[]): ReadonlyMap<string, FieldComments> {
  const source = sources.join('\n');
  const blocks = new Map(
    [...source.matchAll(CONSTANT)].map(([, name, body]) => [name as string, blockOf(body as string)]),
  );
  const wholes = new Map(
    [...source.matchAll(NAMED)].map(([, text, name]) => [nameOf(name as string), plain(text as string)]),
  );
  const named = [...blocks].filter(([name]) => name.endsWith('Schema'));
  return new Map(
    named.map(([name, block]) => {
      const type = nameOf(name);
      return [type, { whole: wholes.get(type), fields: fieldsOf(block, blocks) }];
    }),
  );
}

/** The words may stand at the schema or at the type that follows from it. */
const nameOf = (name: string): string => name.replace(/Schema$/, '');

const blockOf = (body: string): Block => ({
  own: new Map([...body.matchAll(FIELD)].map(([, text, field]) => [field as string, plain(text as string)])),
  parts: new Set(body.match(/\b[A-Z][A-Z_]+\b/g)),
});

function fieldsOf({ own, parts }: Block, blocks: ReadonlyMap<string, Block>): ReadonlyMap<string, string> {
  const inherited = [...parts].flatMap((name) => {
    const part = blocks.get(name);
    return part === undefined ? [] : [...fieldsOf(part, blocks)];
  });
  return new Map([...inherited, ...own]);
}

/** A comment as one line of text. */
const plain = (comment: string): string => comment.replace(/\s*\n\s*\*?\s*/g, ' ').trim();
