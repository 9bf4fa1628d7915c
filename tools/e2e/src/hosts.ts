import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { APPS, Program, type Runner, where } from './harness';

const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { stdio: 'pipe', encoding: 'utf8' });

/** A host of its own: a network namespace, with nothing but `lo` in it. */
export class Host {
  readonly #namespace: string;
  readonly #undo: (() => void)[] = [];

  private constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** Throws where this process may not make any. */
  static make(name: string): Host {
    const host = new Host(`pathgauge-${process.pid}-${name}`);
    run('ip', 'netns', 'add', host.#namespace);
    made.add(host);
    host.ip('link', 'set', 'lo', 'up');
    return host;
  }

  /** Lays a cable to `other`; its ends have the given names and are up. An address is given as `10.0.0.1/24`. */
  link(device: string, other: Host, otherDevice: string): void {
    this.ip('link', 'add', device, 'type', 'veth', 'peer', 'name', otherDevice, 'netns', other.#namespace);
    this.ip('link', 'set', device, 'up');
    other.ip('link', 'set', otherDevice, 'up');
  }

  /** An IPv6 one can be used at once: nobody else is asked whether they have it. */
  address(device: string, ...addresses: readonly string[]): void {
    for (const each of addresses)
      this.ip('address', 'add', each, 'dev', device, ...(each.includes(':') ? ['nodad'] : []));
  }

  ip(...args: readonly string[]): string {
    return run('ip', '-n', this.#namespace, ...args);
  }

  tc(...args: readonly string[]): string {
    return run('tc', '-n', this.#namespace, ...args);
  }

  sysctl(...settings: readonly string[]): void {
    this.run('sysctl', '-q', '-w', ...settings);
  }

  /** Gives names addresses, in the order of the lines, for the programs that are started here from now on: a hosts(5) file. */
  names(...lines: readonly string[]): void {
    const folder = join('/etc/netns', this.#namespace);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'hosts'), `${lines.join('\n')}\n`);
    this.#undo.push(() => rmSync(folder, { recursive: true, force: true }));
  }

  /** Says that a neighbour, who may not exist, is at the other end of the cable. */
  neighbour(device: string, address: string, other: Host, otherDevice: string): void {
    const [, hardware] = /ether (\S+)/.exec(other.ip('-o', 'link', 'show', otherDevice)) ?? [];
    this.ip('neigh', 'add', address, 'lladdr', hardware as string, 'dev', device);
  }

  /** Runs a program to its end. */
  run(command: string, ...args: readonly string[]): string {
    return run('ip', 'netns', 'exec', this.#namespace, command, ...args);
  }

  /** Starts a program. */
  spawn(command: string, ...args: readonly string[]): Program {
    return new Program('ip', ['netns', 'exec', this.#namespace, command, ...args]);
  }

  /** Starts a built runner. */
  start(runner: Runner, ...args: readonly (string | number)[]): Program {
    return this.spawn(process.execPath, join(APPS, runner), ...args.map(String));
  }

  /** Starts a server and waits until it listens. */
  async serve(runner: Runner, ...args: readonly (string | number)[]): Promise<Program> {
    const server = this.start(runner, ...args);
    await server.printed(/listening/);
    return server;
  }

  remove(): void {
    for (const undo of this.#undo.splice(0)) undo();
    run('ip', 'netns', 'del', this.#namespace);
  }
}

const made = new Set<Host>();

afterAll(() => {
  for (const host of made) host.remove();
  made.clear();
});

const canMake = ((): boolean => {
  try {
    Host.make('trial').remove();
    return true;
  } catch {
    return false;
  } finally {
    made.clear();
  }
})();

/** `describe` or `it` where hosts can be made; make them in `beforeAll`. They are gone after the last test of the file. */
export const whereHosts = <T extends jest.It | jest.Describe>(block: T): T =>
  where(canMake, 'no network namespaces can be made', block);
