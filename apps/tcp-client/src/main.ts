import { startProgram } from '@pathgauge/utils';
import { TCP_CLIENT } from './options';

void startProgram(TCP_CLIENT, () => import('./run'));
