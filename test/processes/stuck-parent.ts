/** Starts a process that says that it is there and then computes without end, and says so. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const child = fork(fileURLToPath(new URL('stuck-child.ts', import.meta.url)), { execArgv: process.execArgv });
child.once('message', () => process.send?.('stuck'));
