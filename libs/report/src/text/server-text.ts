import type { ServerEvent } from '@pathgauge/result';
import { totalsLines } from './interim-text';
import { SessionText } from './session-text';
import type { Style } from './style';

const SERVES = {
  'tcp-load': 'TCP load tests',
  'udp-load': 'UDP load tests (TCP control)',
  probes: 'UDP probes (STAMP, TWAMP-Light)',
  echo: 'UDP echo',
} as const;

/** What stands for more than one address. */
const WILDCARDS: Readonly<Record<string, string>> = { '::': 'all addresses', '0.0.0.0': 'all IPv4 addresses' };

/** A server as text: each client's lines under its number. */
export class ServerText {
  readonly #style: Style;
  readonly #quiet: boolean;
  readonly #clients = new Map<number, SessionText>();

  constructor(style: Style, quiet: boolean) {
    this.#style = style;
    this.#quiet = quiet;
  }

  lines(event: ServerEvent): readonly string[] {
    switch (event.type) {
      case 'listening':
        return [
          ...[...new Set(event.sockets.map(({ serves }) => serves))].map((serves) => {
            const sockets = event.sockets.filter((socket) => socket.serves === serves);
            const where = sockets.map(({ address }) => WILDCARDS[address] ?? address).join(' and ');
            const line = `${event.runner} listening on ${where} port ${sockets[0]?.port}: ${SERVES[serves]}`;
            return this.#style.strong(line);
          }),
          'Ctrl-C stops it',
        ];
      case 'notice':
        return [event.message];
      case 'client': {
        const text = this.#textOf(event.client);
        const { lines } = text.update(event.event);
        if (event.event.type === 'summary') this.#clients.delete(event.client);
        return lines.filter((line) => line !== '').map((line) => `[${event.client}] ${line}`);
      }
      case 'totals':
        return totalsLines(event.totals);
      case 'stopped':
        return ['', ...totalsLines(event.totals)];
    }
  }

  #textOf(client: number): SessionText {
    let text = this.#clients.get(client);
    if (text === undefined) this.#clients.set(client, (text = new SessionText(this.#style, this.#quiet)));
    return text;
  }
}
