import { lstatSync, mkdirSync, readlinkSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ANSWER_MS = 1_000;
const OTHERS_MAY = 0o077;
const OTHERS_MAY_WRITE = 0o022;
/** Whoever may write into a folder may replace what is in it, but for what is another's where the folder is sticky. */
const STICKY = 0o1000;

/**
 * How a tcp-server gets its TCP port from a udp-server that only has it for UDP load tests: it asks at a local socket in a folder
 * that nobody but their common user can enter. Nothing that comes over the network, or from another user, can ask.
 */
export interface PortHandover {
  /** Calls `onAsked` when another process asks for `port`. Returns what ends that. */
  offer(port: number, onAsked: () => void): () => void;
  /** Resolves when the port was given up, or nobody offers it: only another try to listen tells. */
  ask(port: number): Promise<void>;
}

export const NO_HANDOVER: PortHandover = { offer: () => () => {}, ask: async () => {} };

/** In `folder`, or in one of the user's own below the system's folder for temporary files. */
export const portHandover = (folder = defaultFolder): PortHandover => ({
  offer(port, onAsked) {
    const path = pathOf(folder(), port);
    if (path === undefined) return () => {};
    const server = createServer((asking) => {
      asking.on('error', () => {});
      onAsked();
      asking.end();
    });
    listenAt(server, path);
    return () => server.close();
  },
  ask: (port) => hungUp(pathOf(folder(), port)),
});

/** Nobody listens at a socket that a killed process left behind: its place is taken. Where another listens, that one stays. */
function listenAt(server: Server, path: string): void {
  server.once('error', () => {
    server.on('error', () => {});
    const other = connect(path, () => other.destroy());
    other.once('error', () => {
      remove(path);
      server.listen(path);
    });
  });
  server.listen(path);
  server.unref();
}

/** Resolves when whoever listens at `path` has hung up. */
function hungUp(path: string | undefined): Promise<void> {
  if (path === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
  });
}

const defaultFolder = (): string => join(tmpdir(), `pathgauge-${process.getuid?.()}`);

/** Undefined where there is no folder that this user alone can enter. */
function pathOf(folder: string, port: number): string | undefined {
  return isPrivate(folder) ? join(folder, `tcp-${port}-${networkNamespace()}`) : undefined;
}

function isPrivate(folder: string): boolean {
  const uid = process.getuid?.();
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // It is there already, or what follows fails.
  }
  try {
    const { uid: owner, mode } = lstatSync(folder);
    const around = lstatSync(dirname(folder));
    const stays = (around.mode & STICKY) !== 0 || (around.mode & OTHERS_MAY_WRITE) === 0;
    return owner === uid && (mode & OTHERS_MAY) === 0 && stays && (around.uid === uid || around.uid === 0);
  } catch {
    return false;
  }
}

/** Ports of one number in two network namespaces have nothing to do with each other. */
function networkNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/net').replace(/\D/g, '');
  } catch {
    return 'host';
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else did.
  }
}
