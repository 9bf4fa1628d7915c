import type { Cpu, CpuUse, LoadResult } from '@pathgauge/result';
import { percentText } from './format';
import { wrapped } from './wrapped';

/** What both ends took of their processors, as far as they tell. */
export function cpuLines({ cpu, runner }: Pick<LoadResult, 'cpu' | 'runner'>): string[] {
  const isClient = runner === 'tcp-client' || runner === 'udp-client';
  const [client, server] = endsOf(cpu, isClient);
  const ends = [
    ...(client === undefined ? [] : [`client ${useText(client)}`]),
    ...(server === undefined ? [] : [`server ${useText(server)}`]),
  ];
  const [first, ...others] = ends;
  return first === undefined ? [] : wrapped([`of one processor: ${first}`, ...others]);
}

const endsOf = (cpu: Cpu | undefined, isClient: boolean): readonly [CpuUse | undefined, CpuUse | undefined] =>
  isClient ? [cpu?.local, cpu?.remote] : [cpu?.remote, cpu?.local];

const useText = ({ percent, userPercent }: CpuUse): string => `${shareText(percent)} (user ${shareText(userPercent)})`;

const shareText = (percent: number): string => (percent > 100 ? `${percent.toFixed(0)} %` : percentText(percent / 100));
