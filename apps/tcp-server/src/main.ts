import { startProgram } from '@pathgauge/utils';
import { TCP_SERVER } from './options';

void startProgram(TCP_SERVER, () => import('./run'));
