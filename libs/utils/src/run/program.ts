declare const PATHGAUGE_VERSION: string | undefined;

export const version = (): string => (typeof PATHGAUGE_VERSION === 'string' ? PATHGAUGE_VERSION : 'development');
