import type { ServerOutput } from '@pathgauge/result';

/** What a server says is printed as text alone: nothing in it may move the cursor, or colour what follows. */
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

export function serverOutputLines(output: ServerOutput | undefined): string[] {
  if (output === undefined) return [];
  const { text = '', json } = output;
  const lines = [...text.split('\n'), ...(json === undefined ? [] : JSON.stringify(json, undefined, 2).split('\n'))];
  return ['', "the server's own account:", ...lines.map(printable).filter((line) => line !== '')];
}

const printable = (line: string): string => line.replaceAll('\t', '  ').replaceAll(CONTROL, '').trimEnd();
