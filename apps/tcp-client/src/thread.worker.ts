import { runSessionThread } from '@pathgauge/session';

runSessionThread();
