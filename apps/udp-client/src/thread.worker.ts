import { runSessionThread } from '@pathgauge/session';

void runSessionThread();
