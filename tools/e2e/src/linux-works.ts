import { createRequire } from 'node:module';

/** Whether the linux transport can be had on this host. */
export const linuxWorks = ((): boolean => {
  if (process.platform !== 'linux') return false;
  try {
    createRequire(__filename)('koffi');
    return true;
  } catch {
    return false;
  }
})();

/** The transports that can be had on this host. */
export const TRANSPORTS = linuxWorks ? (['linux', 'portable'] as const) : (['portable'] as const);
