import type { Result } from '@pathgauge/result';

/** Who is measured, in a heading: of a name, the address that was used as well. */
export const whereText = ({ host, address, port }: Result['peer']): string =>
  `${host === address ? address : `${host} (${address})`} port ${port}`;
