import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEvent, readResult } from '@pathgauge/result';
import { publishedSchema } from './json-schema';

const ROOT = join(__dirname, '../../..');
const SOURCES = join(ROOT, 'libs/result/src');
const EXAMPLES = join(ROOT, 'docs/examples');

const sources = readdirSync(SOURCES)
  .filter((name) => !name.endsWith('.spec.ts'))
  .map((name) => readFileSync(join(SOURCES, name), 'utf8'));

const schema = JSON.parse(publishedSchema(sources)) as {
  $defs: Record<string, { description?: string; properties?: Record<string, { description?: string }> }>;
};

/** As documents are written. */
const written = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (each === undefined ? null : each)));

describe('docs/result.schema.json', () => {
  it('is what `npm run schema` makes of the schemas', () => {
    expect(readFileSync(join(ROOT, 'docs/result.schema.json'), 'utf8')).toBe(publishedSchema(sources));
  });

  it('has the words that stand beside the fields, also of those that several things share', () => {
    const wordsOf = (name: string, field: string) => schema.$defs[name]?.properties?.[field]?.description;
    expect(wordsOf('ProbeCounts', 'lossRatio')).toBe('0 to 1; not known when nothing was sent.');
    expect(wordsOf('PingResult', 'complete')).toBe('False when the run was cut short; `reason` then says why.');
    expect(wordsOf('LoadResult', 'complete')).toBe(wordsOf('PingResult', 'complete'));
    expect(wordsOf('StreamResult', 'messages')).toMatch(/^Records or datagrams; /);
    expect(schema.$defs['Marking']?.description).toMatch(/^As the packets of one direction arrived; /);
  });

  it('speaks of nothing that is in code alone', () => {
    expect(publishedSchema(sources)).not.toContain('undefined');
  });

  it('has every document and every event by a name of its own', () => {
    const names = ['Result', 'PingResult', 'LoadResult', 'NoRunResult', 'WrittenEvent', 'ProbeEvent', 'StoppedEvent'];
    expect(Object.keys(schema.$defs)).toEqual(expect.arrayContaining(names));
  });
});

describe('the examples', () => {
  const names = readdirSync(EXAMPLES);
  const textsOf = (name: string): string[] => {
    const text = readFileSync(join(EXAMPLES, name), 'utf8');
    return name.endsWith('.json') ? [text] : text.trimEnd().split('\n');
  };

  it('are there for every kind of document, and for the events of a client and of a server', () => {
    const documents = names.filter((name) => name.endsWith('.json')).flatMap(textsOf);
    const kinds = documents.map((text) => (JSON.parse(text) as { kind: unknown }).kind);
    expect(kinds).toEqual(expect.arrayContaining(['ping', 'load', null]));
    expect(names).toEqual(expect.arrayContaining(['ping.jsonl', 'server.jsonl']));
  });

  it.each(names)('are read, and hold nothing that is not in the schema: %s', (name) => {
    const read = name.endsWith('.json') ? readResult : readEvent;
    for (const text of textsOf(name)) {
      const found = read(text);
      expect(found).toMatchObject({ ok: true });
      expect(found.ok && written(found.value)).toStrictEqual(JSON.parse(text));
    }
  });
});
