import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';

const CLONE_NEWNET = 0x40000000;

/** Two hosts on one link, each in a network namespace of its own. For specs only. */
export class LinkedHosts {
  static readonly addresses = { near: '10.203.0.1', far: '10.203.0.2', nobody: '10.203.0.9' } as const;
  /** An address beyond the far host, once that is a router. */
  static readonly behind = '10.204.0.2';
  /** The way to the other one. */
  static readonly route = ['10.203.0.0/24', 'dev', 'v0'] as const;
  readonly #near: string;
  readonly #far: string;
  readonly #setns: (fd: number, kind: number) => number;

  private constructor(name: string) {
    this.#near = `${name}-near`;
    this.#far = `${name}-far`;
    this.#setns = createRequire(__filename)('koffi').load(null).func('int setns(int, int)');
  }

  /** Throws where this process may not make any. */
  static async make(name: string): Promise<LinkedHosts> {
    const hosts = new LinkedHosts(name);
    try {
      hosts.#build();
      await hosts.on('near', () => {});
      return hosts;
    } catch (error) {
      hosts.remove();
      throw error;
    }
  }

  /** Runs `open` on that host: what it opens belongs to it, also later. */
  async on<T>(host: 'near' | 'far', open: () => T | Promise<T>): Promise<T> {
    const own = openSync('/proc/thread-self/ns/net', 'r');
    const other = openSync(`/var/run/netns/${host === 'near' ? this.#near : this.#far}`, 'r');
    try {
      if (this.#setns(other, CLONE_NEWNET) !== 0) throw new Error('setns is not permitted');
      return await open();
    } finally {
      this.#setns(own, CLONE_NEWNET);
      closeSync(own);
      closeSync(other);
    }
  }

  /** `ip`, on the near host. */
  ip(...args: string[]): void {
    run('ip', '-n', this.#near, ...args);
  }

  /** `tc`, on the near host, whose interface is `v0`. */
  tc(...args: string[]): void {
    run('tc', '-n', this.#near, ...args);
  }

  /** How long the near host asks for a neighbour that does not answer. */
  askNeighboursFor(ms: number): void {
    const set = [`net.ipv4.neigh.v0.retrans_time_ms=${ms}`, 'net.ipv4.neigh.v0.mcast_solicit=1'];
    run('ip', 'netns', 'exec', this.#near, 'sysctl', '-q', ...set);
  }

  /** Makes the far host a router to `LinkedHosts.behind`, by a link that takes no more than 1400 bytes and where nobody is. */
  routeOn(): void {
    const { far } = LinkedHosts.addresses;
    run('ip', '-n', this.#far, 'link', 'add', 'd0', 'type', 'veth', 'peer', 'name', 'd1');
    run('ip', '-n', this.#far, 'link', 'set', 'd1', 'up');
    run('ip', '-n', this.#far, 'link', 'set', 'd0', 'mtu', '1400', 'up');
    run('ip', '-n', this.#far, 'address', 'add', '10.204.0.1/24', 'dev', 'd0');
    // The other end of the cable is plugged in at the same host: who is there is not asked.
    run('ip', '-n', this.#far, 'neighbour', 'add', LinkedHosts.behind, 'lladdr', '02:00:00:00:00:01', 'dev', 'd0');
    run('ip', 'netns', 'exec', this.#far, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv4.icmp_ratelimit=0');
    this.ip('route', 'add', '10.204.0.0/24', 'via', far);
  }

  remove(): void {
    for (const each of [this.#near, this.#far]) {
      try {
        run('ip', 'netns', 'del', each);
      } catch {
        // It was never made.
      }
    }
  }

  #build(): void {
    for (const each of [this.#near, this.#far]) run('ip', 'netns', 'add', each);
    run('ip', '-n', this.#near, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v0', 'netns', this.#far);
    for (const [each, address] of [
      [this.#near, LinkedHosts.addresses.near],
      [this.#far, LinkedHosts.addresses.far],
    ] as const) {
      run('ip', '-n', each, 'address', 'add', `${address}/24`, 'dev', 'v0');
      run('ip', '-n', each, 'link', 'set', 'v0', 'up');
      run('ip', '-n', each, 'link', 'set', 'lo', 'up');
    }
  }
}

const run = (command: string, ...args: string[]): void => void execFileSync(command, args, { stdio: 'pipe' });
