// Prints each name that a file of apps, libs or tools exports and no other file imports, and fails if there is one.
// `node tools/lint/unused-exports.mjs [folder]`
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from '@swc/core';

const root = process.argv[2] ?? join(import.meta.dirname, '..', '..');
const ALL = '*';

const files = ['apps', 'libs', 'tools'].flatMap((folder) => sourcesIn(join(root, folder)));
const imported = new Set();
const exported = [];
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  // What a program loads while it runs, it takes whole.
  for (const [, source] of text.matchAll(/\bimport\('(\.[^']+)'\)/g)) imported.add(`${resolved(source, file)}: ${ALL}`);
  const { body } = parseSync(text, {
    syntax: file.endsWith('.ts') ? 'typescript' : 'ecmascript',
  });
  for (const statement of body) {
    for (const [source, name] of importsOf(statement)) imported.add(`${resolved(source, file)}: ${name}`);
    for (const name of exportsOf(statement)) exported.push([file, name]);
  }
}
const unused = exported
  .filter(([file, name]) => ![name, ALL].some((taken) => imported.has(`${file}: ${taken}`)))
  .map(([file, name]) => [relative(root, file), name]);
for (const [file, name] of unused) process.stdout.write(`${file} exports ${name}, which nobody imports\n`);
process.exitCode = unused.length > 0 ? 1 : 0;

function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((name) => /\.(ts|mjs|cjs)$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(folder, name));
}

function resolved(source, file) {
  if (source.startsWith('@pathgauge/'))
    return join(root, 'libs', source.slice('@pathgauge/'.length), 'src', 'index.ts');
  const path = join(dirname(file), source);
  return existsSync(path) ? path : `${path}.ts`;
}

/** [module, name] of all that a statement takes from elsewhere. */
function importsOf({ type, source, specifiers, declarations }) {
  if (type === 'VariableDeclaration') return declarations.flatMap(requiredBy);
  if (source === undefined || source === null) return [];
  if (type === 'ExportAllDeclaration') return [[source.value, ALL]];
  return specifiers.map((specifier) => [source.value, takenBy(specifier)]);
}

/** `const { name } = require('./module')`, as the workers of specs have it. */
function requiredBy({ id, init }) {
  if (id.type !== 'ObjectPattern' || init?.callee?.value !== 'require') return [];
  const [{ expression }] = init.arguments;
  return id.properties.map(({ key }) => [expression.value, key.value]);
}

function takenBy({ type, imported, local, orig }) {
  if (type === 'ImportSpecifier') return (imported ?? local).value;
  if (type === 'ExportSpecifier') return orig.value;
  return type === 'ImportDefaultSpecifier' ? 'default' : ALL;
}

function exportsOf({ type, declaration, specifiers }) {
  if (type === 'ExportNamedDeclaration') {
    return specifiers.map(({ exported, orig, name }) => (exported ?? orig ?? name).value);
  }
  if (type !== 'ExportDeclaration') return [];
  const declared = declaration.declarations?.map(({ id }) => id) ?? [declaration.identifier ?? declaration.id];
  return declared.flatMap(namesIn);
}

/** The names that a declaration binds, which may take apart a list or an object. */
function namesIn(pattern) {
  if (pattern.type === 'ArrayPattern') return pattern.elements.filter((each) => each !== null).flatMap(namesIn);
  if (pattern.type === 'ObjectPattern') return pattern.properties.flatMap((each) => namesIn(each.value ?? each.key));
  return [pattern.value];
}
