import type { Command } from 'commander';
import { version } from '../installation/version';
import { runServe } from '../serve/command';
import { interrupts } from './interrupts';
import { integer } from './options';
import type { Output } from './output';
import { workspaceOf } from './with-core';

export function serveCommand(program: Command, output: () => Output): void {
  program
    .command('serve')
    .description('the same window in a browser, on loopback; for a bench computer without a screen')
    .option('--port <n>', 'port on loopback; a free one when left out', integer(1))
    .option('--open', 'opens a browser where possible', false)
    .action((flags: { port?: number; open: boolean }) => {
      const { options, json } = output();
      const { port, open } = flags;
      return runServe({ folder: workspaceOf(options), version, port, open, json, stop: interrupts() });
    });
}
