import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** The main file of a built runner. */
export const runner = (name) => join(root, 'dist', 'apps', name);

/** Runs a command to its end. Throws with what it said when it fails. */
export function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim() ?? status}`);
  return stdout;
}

export const isInstalled = (command) => spawnSync(command, ['--version']).error === undefined;

/** Starts a server and resolves once `ready` matches what it prints. */
export function startServer(command, args, ready) {
  const server = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve, reject) => {
    let printed = '';
    server.once('error', reject);
    server.stdout.on('data', (chunk) => {
      printed += chunk;
      const found = ready.exec(printed);
      if (found !== null) resolve({ found, stop: () => server.kill('SIGINT') });
    });
    server.once('exit', (code) => reject(new Error(`${command} ended with ${code}`)));
  });
}
