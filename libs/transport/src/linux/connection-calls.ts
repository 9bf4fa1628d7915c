import { readFileSync } from 'node:fs';
import { transportError } from '../errors';
import type { ConnectionCalls } from '../portable/portable-streams';
import type { StreamSettings } from '../settings';
import { AF_INET, AF_INET6, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from './abi';
import { ConnectionSettings } from './connection-settings';
import { ConnectionSilence } from './connection-silence';
import { type Native, systemError } from './system-calls';

const AVAILABLE = '/proc/sys/net/ipv4/tcp_available_congestion_control';

/** What Node does not ask the system about the connections that it works. */
export class LinuxConnectionCalls implements ConnectionCalls {
  readonly #native: Native;
  readonly #settings: ConnectionSettings;
  readonly #silence: ConnectionSilence;

  constructor(native: Native) {
    this.#native = native;
    this.#settings = new ConnectionSettings(native);
    this.#silence = new ConnectionSilence(native);
  }

  open(family: 4 | 6, settings: StreamSettings): number {
    return this.#using(family, (fd) => {
      this.#settings.apply(fd, settings);
      return fd;
    });
  }

  /**
   * Only what the system has already is tried: of another name it may load a module, and peers that ask for one must not decide
   * what is loaded here.
   */
  canUseCongestion(name: string): boolean {
    if (!availableCongestion().includes(name)) return false;
    return this.#using(4, (fd) => {
      const result = this.#settings.setCongestion(fd, name);
      this.#native.calls.close(fd);
      return result >= 0;
    });
  }

  limit(fd: number, ms: number): void {
    this.#silence.limit(fd, ms);
  }

  unheardMs(fd: number): number | undefined {
    return this.#silence.unheardMs(fd);
  }

  /** Runs `use` on a new descriptor, which is closed when that fails. */
  #using<T>(family: 4 | 6, use: (fd: number) => T): T {
    const { calls } = this.#native;
    const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    const fd = calls.socket(family === 6 ? AF_INET6 : AF_INET, type, 0);
    if (fd < 0) throw transportError('cannot open a connection', systemError('socket', fd));
    try {
      return use(fd);
    } catch (error) {
      calls.close(fd);
      throw error;
    }
  }
}

function availableCongestion(): readonly string[] {
  try {
    return readFileSync(AVAILABLE, 'utf8').trim().split(/\s+/);
  } catch {
    return [];
  }
}
