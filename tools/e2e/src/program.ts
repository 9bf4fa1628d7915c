import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterTest, bounded, RUN_MS, START_MS } from './test-time';

/** Where the build puts the runners. */
export const APPS = join(__dirname, '../../../dist/apps');

export type Runner = 'tcp-client' | 'tcp-server' | 'udp-client' | 'udp-server';

/** How a process ended, and what it had to say. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A child process with what it has printed so far. */
export class Program {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #exit: Promise<Exit>;
  readonly #watchers = new Set<() => void>();
  stdout = '';
  stderr = '';

  get pid(): number {
    return this.#child.pid as number;
  }
  ended = false;

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#name = [command, ...args].join(' ');
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    afterTest(() => this.#child.kill('SIGKILL'));
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#changed();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#changed();
    });
    this.#exit = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        this.ended = true;
        this.#changed();
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
    // Whoever waits for the end gets the error.
    this.#exit.catch(() => {});
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves when the process has ended. */
  exit(ms = RUN_MS): Promise<Exit> {
    return bounded(`end of ${this.#name}`, this.#exit, ms, () => this.#said());
  }

  /** Sends Ctrl-C and waits for the end. */
  interrupt(ms = RUN_MS): Promise<Exit> {
    this.signal('SIGINT');
    return this.exit(ms);
  }

  /** Waits until `pattern` stands in what was printed, on standard output alone when told so. */
  printed(pattern: RegExp, { ms = START_MS, stdoutOnly = false } = {}): Promise<RegExpMatchArray> {
    const found = new Promise<RegExpMatchArray>((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.stdout) ?? (stdoutOnly ? null : pattern.exec(this.stderr));
        if (match === null && !this.ended) return;
        this.#watchers.delete(look);
        if (match === null) reject(new Error(`${this.#name} ended without ${pattern}\n${this.#said()}`));
        else resolve(match);
      };
      this.#watchers.add(look);
      look();
    });
    return bounded(`${pattern} of ${this.#name}`, found, ms, () => this.#said());
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }

  #said(): string {
    return `stdout: ${this.stdout}\nstderr: ${this.stderr}`;
  }
}

/** Starts a built runner. */
export const start = (runner: Runner, ...args: (string | number)[]): Program =>
  new Program(process.execPath, [join(APPS, runner), ...args.map(String)]);

/** Runs a built runner to its end. */
export const run = (runner: Runner, ...args: (string | number)[]): Promise<Exit> => start(runner, ...args).exit();

/** Expects a failure as a user should meet it: the exit code, one clear line on stderr, and no stack trace anywhere. */
export function expectOneLine(exit: Exit, code: number, words: RegExp = /./): void {
  expect({ code: exit.code, lines: exit.stderr.split('\n').length - 1, stderr: exit.stderr }).toEqual({
    code,
    lines: 1,
    stderr: expect.stringMatching(words),
  });
  expectNoStack(exit);
}

export function expectNoStack({ stdout, stderr }: Pick<Exit, 'stdout' | 'stderr'>): void {
  expect(stdout + stderr).not.toMatch(/^\s+at /m);
  expect(stdout + stderr).not.toMatch(/node:internal|UnhandledPromise/);
}
