import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';

const hasProgram = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

/** `describe` or `it` where the host has what is needed; otherwise skipped, with the reason in the log. */
export function where<T extends jest.It | jest.Describe>(has: boolean, reason: string, block: T): T {
  if (has) return block;
  process.stderr.write(`skipped: ${reason}\n`);
  return block.skip as T;
}

export const HAS_IPV6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);
export const whereIpv6 = (): jest.It => where(HAS_IPV6, 'this host has no ::1', it);
export const whereProgram = <T extends jest.It | jest.Describe>(name: string, block: T): T =>
  where(hasProgram(name), `there is no ${name} on the PATH`, block);
