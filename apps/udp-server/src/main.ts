import { startProgram } from '@pathgauge/utils';
import { UDP_SERVER } from './options';

void startProgram(UDP_SERVER, () => import('./run'));
