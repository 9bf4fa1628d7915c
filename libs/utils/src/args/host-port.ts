import { isIP } from 'node:net';
import { UsageError } from './quantities';

/** A host as it was written, with the port where one was written behind it. */
interface HostPort {
  readonly host: string;
  readonly port: string | undefined;
}

/** Reads `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address, which has no port. Throws `UsageError`. */
export function parseHostPort(text: string): HostPort {
  const parts = apart(text);
  const { host } = parts;
  if (host === '') throw new UsageError(text === '' ? 'the host is empty' : `'${text}': the host is empty`);
  if (/[\s/\p{Cc}]/u.test(host)) throw new UsageError(`'${host}' is not a host: write a name or an address alone`);
  if (/^\d+$/.test(host)) throw new UsageError(`'${host}' is not a host; for a port write -p ${host}`);
  return parts;
}

function apart(written: string): HostPort {
  const text = written.trim();
  const [, inside, behind] = /^\[([^\]]*)\](?::(.*))?$/.exec(text) ?? [];
  if (inside !== undefined) {
    if (isIP(inside) !== 6) throw new UsageError(`'${text}': only an IPv6 address stands in brackets`);
    return { host: inside, port: behind };
  }
  const colons = text.split(':').length - 1;
  if (colons === 0 || isIP(text) === 6) return { host: text, port: undefined };
  if (colons > 1) {
    throw new UsageError(
      `'${text}' is neither host:port nor an IPv6 address, which with a port is written [::1]:65432`,
    );
  }
  const [host = '', port] = text.split(':');
  return { host, port };
}
