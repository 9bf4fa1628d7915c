import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const READY_SECONDS = 10;
const STOP_SECONDS = 3;
/** Linux counts processor time in these for programs, on all machines of today. */
const TICKS_PER_SECOND = 100;
/** Places in /proc/PID/stat behind the name: utime and cutime, each followed by that in system mode. */
const UTIME = 11;
const CUTIME = 13;
const live = new Set();

/** Whatever way this process ends, what it started ends too. */
export function leaveNothingRunning() {
  process.on('exit', () => {
    for (const child of live) child.kill('SIGKILL');
  });
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}

export const commandLine = ({ command, args }) => [command, ...args].join(' ');

/** Runs a command to its end. Rejects with what it said when it fails or takes too long. */
export async function run(what, longestSeconds, onOutput = () => {}) {
  const before = performance.now();
  const cpuBefore = waitedForCpuSeconds();
  const child = launch(what);
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      printed[stream] += text;
      onOutput(text);
    });
  }
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, longestSeconds * 1e3);
  const code = await closing(child).finally(() => clearTimeout(timer));
  if (isLate) throw new Error(`${commandLine(what)} was still running after ${longestSeconds} s`);
  if (code !== 0) throw new Error(`${commandLine(what)} ended with ${code}: ${lastWords(printed)}`);
  // Right while nothing else ends meanwhile.
  const clientCpuSeconds = waitedForCpuSeconds() - cpuBefore;
  return { ...printed, elapsedMs: performance.now() - before, clientCpuSeconds };
}

/** Starts a server; resolves once `ready` matches what it prints, with what stops it and what tells its processor time. */
export async function startServer(what) {
  const child = launch(what);
  const ended = closing(child);
  let printed = '';
  const isReady = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        if (printed.length < 10_000) printed += text;
        if (what.ready.test(printed)) resolve(true);
      });
    }
  });
  if (!(await Promise.race([isReady, ended.then(() => false), after(READY_SECONDS)]))) {
    child.kill('SIGKILL');
    throw new Error(`${commandLine(what)} did not become ready: ${printed.trim()}`);
  }
  const stop = async () => {
    child.kill('SIGINT');
    if ((await Promise.race([ended, after(STOP_SECONDS)])) !== false) return;
    child.kill('SIGKILL');
    process.stderr.write(`${commandLine(what)} did not end within ${STOP_SECONDS} s of SIGINT and was killed\n`);
  };
  return { stop, cpuSeconds: () => cpuSeconds(child.pid), residentMib: () => residentMib(child.pid) };
}

/** Processor time that a process has used; NaN where there is no /proc. */
const cpuSeconds = (pid) => seconds(pid, UTIME);

/** That of all programs which this one started and which have ended. */
const waitedForCpuSeconds = () => seconds('self', CUTIME);

/** Sum of a time in user mode and that in system mode, the field behind it. */
function seconds(pid, user) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, which may hold anything, ends with the last parenthesis.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[user]) + Number(fields[user + 1])) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}

/** Memory that a process has in use; 0 where there is no /proc. */
function residentMib(pid) {
  try {
    const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function launch({ command, args }) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  live.add(child);
  return child;
}

/** The exit code, or the signal it ended by, once all that was printed has been read. */
function closing(child) {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      live.delete(child);
      reject(error);
    });
    child.once('close', (code, signal) => {
      live.delete(child);
      resolve(code ?? signal);
    });
  });
}

const after = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1e3, false).unref());

const lastWords = ({ stdout, stderr }) => (stderr.trim() || stdout.trim()).slice(-500);
