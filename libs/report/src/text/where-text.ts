import type { MeasuredPeer } from '@pathgauge/result';

/** Who is measured, in a heading: of a name, the address that was used as well. */
export const whereText = ({ host, address, port }: MeasuredPeer): string =>
  `${host === address ? address : `${host} (${address})`} port ${port}`;
