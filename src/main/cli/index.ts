import { Command, CommanderError } from 'commander';
import { version } from '../installation/version';
import { benchCommands } from './bench';
import { checkCommand } from './check';
import { datasetCommands } from './datasets';
import { demoCommand } from './demo';
import { doingCommands } from './doing';
import { engineCommand } from './engines';
import { episodeCommands } from './episodes';
import { experimentCommand } from './experiment';
import { exportCommand } from './exports';
import { importCommand } from './imports';
import { endWithOutput } from './interrupts';
import { keepingCommands } from './keeping';
import { modelCommands } from './models';
import { type GlobalOptions, Output, reportFailure } from './output';
import { policyCommands } from './policies';
import { rigCommands } from './rigs';
import { serveCommand } from './serve';
import { simCommand } from './sim';

/** The command line: every command takes --data DIR, --json and --debug. Exit code 0 done, 1 failed, 2 wrong use. */
function buildProgram(): Command {
  const program = new Command('foresight')
    .description('learn how a robot moves, and control it with what was learned')
    .version(version)
    .configureHelp({ showGlobalOptions: true });
  // Global options may stand before or after the command; only a command that runs knows all of them.
  let options: GlobalOptions = {};
  program.hook('preAction', (_program, command) => {
    options = command.optsWithGlobals<GlobalOptions>();
  });
  const output = () => new Output(options);
  demoCommand(program, output);
  serveCommand(program, output);
  rigCommands(program, output);
  simCommand(program, output);
  doingCommands(program, output);
  policyCommands(program, output);
  episodeCommands(program, output);
  datasetCommands(program, output);
  checkCommand(program, output);
  keepingCommands(program, output);
  modelCommands(program, output);
  exportCommand(program, output);
  importCommand(program, output);
  experimentCommand(program, output);
  engineCommand(program, output);
  benchCommands(program, output);
  allCommands(program).forEach((command) => {
    command
      .option('--data <folder>', 'workspace; FORESIGHT_DATA or ~/Foresight when left out')
      .option('--json', 'one JSON document on stdout and nothing else there')
      .option('--debug', 'with an error, also where in the program it came from')
      .exitOverride()
      .showSuggestionAfterError();
  });
  return program;
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

async function main(argv: string[]): Promise<number> {
  const program = buildProgram();
  const debug = argv.includes('--debug');
  try {
    await program.parseAsync(argv);
    return 0;
  } catch (error) {
    // Commander has already said on stderr what is wrong with the call.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportFailure(error, debug);
  }
}

endWithOutput();
main(process.argv).then((code) => {
  process.exitCode = code;
  // Inside the packaged program this is a utility process of Electron, which does not end by itself.
  if ((process as { parentPort?: unknown }).parentPort) process.exit(code);
});
