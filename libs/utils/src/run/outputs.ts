import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { eventJsonLine, resultJson } from '@pathgauge/report';
import type { SessionEvent } from '@pathgauge/result';
import type { OutputArguments } from '../args/common-options';
import { LiveScreen, type Screen } from '../text/live-screen';
import { SessionText } from '../text/session-text';
import type { Style } from '../text/style';

/** A consumer of a session's events. */
export interface Output {
  take(event: SessionEvent): void;
  close(): void;
}

/** The outputs that a command line asks for. Opens the files at once: a long test must not end at a wrong path. */
export function openOutputs(args: OutputArguments, screen: Screen, style: Style): Output[] {
  const onScreen =
    args.format === 'text'
      ? textOutput(args.quiet, screen, style)
      : jsonOutput(args.format, (text) => screen.write(text));
  return [onScreen, ...args.files.map(fileOutput)];
}

function textOutput(quiet: boolean, screen: Screen, style: Style): Output {
  const live = new LiveScreen(screen);
  const text = new SessionText(style, quiet);
  return {
    take(event) {
      const update = text.update(event);
      live.show(update.lines, update.live);
    },
    close() {},
  };
}

function jsonOutput(format: 'json' | 'json-stream', write: (text: string) => void): Output {
  return {
    take(event) {
      // A round trip alone is for people who watch: its probe is told with all figures.
      if (event.type === 'round-trip') return;
      if (format === 'json-stream') write(eventJsonLine(event));
      else if (event.type === 'summary') write(resultJson(event.result));
    },
    close() {},
  };
}

/** Looks at once whether the file can be written, but leaves what it holds until there is something to take its place. */
function fileOutput(path: string): Output {
  const file = onFile(path, () => openSync(path, 'a'));
  let begun = false;
  const output = jsonOutput(path.endsWith('.jsonl') ? 'json-stream' : 'json', (text) => {
    onFile(path, () => {
      if (!begun) ftruncateSync(file);
      begun = true;
      writeSync(file, text);
    });
  });
  return { ...output, close: () => closeSync(file) };
}

function onFile<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new Error(`cannot write ${path}: ${fileProblem(error as NodeJS.ErrnoException)}`);
  }
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
};

const fileProblem = ({ code, message }: NodeJS.ErrnoException): string => FILE_PROBLEMS[code ?? ''] ?? message;
