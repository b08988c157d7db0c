import type { Command } from 'commander';
import { checkCommand } from './check';
import { episodeEditCommands } from './episode-edits';
import { episodeFlagsCommand } from './episode-flags';
import { episodeFramesCommand } from './episode-frames';
import { episodeListCommand } from './episode-list';
import { episodeShowCommand } from './episode-show';
import { episodeVideoCommand } from './episode-video';
import type { Output } from './output';

export function episodeCommands(program: Command, output: () => Output): void {
  const episode = program.command('episode').description('recorded episodes of the workspace');

  episodeListCommand(episode, output);
  episodeShowCommand(episode, output);
  checkCommand(episode, output);
  episodeFlagsCommand(episode, output);
  episodeFramesCommand(episode, output);
  episodeVideoCommand(episode, output);
  episodeEditCommands(episode, output);
}
