import { fieldComments } from './field-comments';

const SOURCE = `
/** What is common. */
const HEAD = {
  /** Where it begins,
   *  as text. */
  start: text,
  end: text,
};

export const PartSchema = fields({
  ...HEAD,
  /** Of the part alone. */
  end: text,
  inner: fields({
    /** Of something inside. */
    end: text,
  }),
});

/**
 * A part of
 * the whole.
 */
export interface Part extends InferOutput<typeof PartSchema> {}

export const BareSchema = fields({
  start: text,
});
`;

it('finds what is said of a thing and of its fields, those of its parts as well', () => {
  const { whole, fields } = fieldComments([SOURCE]).get('Part') ?? {};
  expect(whole).toBe('A part of the whole.');
  expect([...(fields ?? [])]).toStrictEqual([
    ['start', 'Where it begins, as text.'],
    ['end', 'Of the part alone.'],
  ]);
});

it('has nothing where nothing is said', () => {
  expect(fieldComments([SOURCE]).get('Bare')).toStrictEqual({ whole: undefined, fields: new Map() });
});

it('finds the words that stand at the schema itself', () => {
  const source = '/** An end. */\nexport const EndSchema = fields({\n  at: text,\n});\n';
  expect(fieldComments([source]).get('End')?.whole).toBe('An end.');
});

it('takes no part for a thing', () => {
  expect([...fieldComments([SOURCE]).keys()]).toStrictEqual(['Part', 'Bare']);
});
