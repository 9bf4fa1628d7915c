// `npm start`: builds, then measures. Without arguments over loopback, servers included; `npm start -- <host> [port]`
// measures a host on which `udp-server` and `tcp-server` run.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const runner = (name) => join(root, 'dist', 'apps', name);
const target = process.argv.slice(2);

let interrupted = false;
process.on('SIGINT', () => {
  interrupted = true;
});

build();
if (target.length > 0) process.exitCode = await measure(target, target);
else await measureLoopback();

function build() {
  const nx = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [nx, 'run-many', '-t', 'build'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NX_TUI: 'false' },
  });
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}`);
    process.exit(1);
  }
}

async function measureLoopback() {
  const servers = [];
  try {
    const udp = await serve('udp-server', servers);
    const tcp = await serve('tcp-server', servers);
    process.exitCode = await measure(['127.0.0.1', udp], ['127.0.0.1', tcp]);
  } finally {
    for (const server of servers) server.kill('SIGINT');
  }
}

/** Starts a server on a free port of loopback; resolves with the port. */
function serve(name, servers) {
  const server = spawn(process.execPath, [runner(name), '0', '-a', '127.0.0.1', '--json-stream'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Ctrl-C is for the client, which ends with its summary; the servers are stopped afterwards.
    detached: true,
  });
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
    server.stdout.once('data', (line) => resolve(String(JSON.parse(line.toString().split('\n')[0]).sockets[0].port)));
    server.stdout.resume();
  });
}

async function measure(udpTarget, tcpTarget) {
  const udp = await run('udp-client', udpTarget);
  if (interrupted) return udp;
  process.stdout.write('\n');
  const tcp = await run('tcp-client', tcpTarget);
  return udp || tcp;
}

function run(name, args) {
  process.stdout.write(`$ node dist/apps/${name} ${args.join(' ')}\n`);
  const client = spawn(process.execPath, [runner(name), ...args], { stdio: 'inherit' });
  return new Promise((resolve) => client.once('exit', (code) => resolve(code ?? 1)));
}
