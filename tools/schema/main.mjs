// `npm run schema`: writes docs/result.schema.json from the schemas of libs/result.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..', '..');
const { paths } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')).compilerOptions;

const bundle = await rolldown({
  input: join(import.meta.dirname, 'src', 'json-schema.ts'),
  platform: 'node',
  resolve: { alias: Object.fromEntries(Object.entries(paths).map(([alias, [target]]) => [alias, join(root, target)])) },
});
const { output } = await bundle.generate({ format: 'esm' });
await bundle.close();
const { publishedSchema } = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);

const folder = join(root, 'libs', 'result', 'src');
const sources = readdirSync(folder)
  .filter((name) => !name.endsWith('.spec.ts'))
  .map((name) => readFileSync(join(folder, name), 'utf8'));
writeFileSync(join(root, 'docs', 'result.schema.json'), publishedSchema(sources));
