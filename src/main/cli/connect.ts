import type { Command } from 'commander';
import type { Core } from '../core';

export interface ConnectFlags {
  rig: string;
  port?: string;
  realtime?: boolean;
}

export function addConnectOptions(command: Command): Command {
  return command
    .option('--rig <rig>', 'built-in name or folder of a rig', 'cartpole-balance')
    .option('--port <port>', 'serial port, "auto" or "simulated"')
    .option('--realtime', "at the rig's own pace; a serial rig always is", false);
}

/** Connects what the flags name: headless simulators run in lockstep unless asked for real time. */
export async function connect(core: Core, flags: ConnectFlags, seed: number): Promise<void> {
  const { file } = await core.rig.load(flags.rig);
  const mode = flags.realtime || file.driver !== 'mujoco' ? 'realtime' : 'lockstep';
  await core.rig.connect({ rig: flags.rig, port: flags.port, mode, seed });
}
