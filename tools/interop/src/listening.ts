import { readFileSync } from 'node:fs';

const LISTEN = '0A';

/** Whether a TCP socket of this host listens on `port`. Asked of the system, since a connection would be taken for a client. */
export function isListening(port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6'].some((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .some(([, local, , state]) => local?.endsWith(wanted) && state === LISTEN),
  );
}
