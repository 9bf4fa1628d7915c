import { startProgram } from '@pathgauge/utils';
import { UDP_CLIENT } from './options';

void startProgram(UDP_CLIENT, () => import('./run'));
