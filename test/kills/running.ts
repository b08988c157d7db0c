import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import WebSocket from 'ws';
import { contractOver } from '../serve/serve-process';
import type { KillCommand, Place } from './commands';
import { CLI } from './template';

export interface Running {
  child: ChildProcess;
  over: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string; stdout: string }>;
}

/** Starts a command in a process group of its own; whatever it starts has the mark in its environment. */
export function startCommand(command: KillCommand, place: Place, mark: string): Running {
  const data = join(place.folder, 'workspace');
  const child = spawn(process.execPath, [CLI, ...command.args(place), '--data', data], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    // Whatever writes elsewhere writes here.
    env: { ...process.env, FORESIGHT_MARK: mark, TMPDIR: place.folder, CI: '1' },
  });
  let stderr = '';
  let stdout = '';
  let browsing = false;
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    if (!command.browser || browsing || !stdout.includes('\n')) return;
    browsing = true;
    void browse(JSON.parse(stdout.split('\n')[0] ?? '{}').address, place);
  });
  const over = new Promise<Awaited<Running['over']>>((resolve, reject) => {
    child.once('error', reject);
    // Not "close": what is left behind keeps the pipes open, and is looked for afterwards.
    child.once('exit', (code, signal) => resolve({ code, signal, stderr, stdout }));
  });
  return { child, over };
}

/** A browser that lets the rig record, as long as there is a server. */
async function browse(address: string, { port }: Place): Promise<void> {
  const { origin, hash } = new URL(address);
  const token = hash.replace('#token=', '');
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws?token=${token}`, { origin });
  socket.on('error', () => {}); // the server is killed under it
  socket.once('open', async () => {
    const client = contractOver(socket);
    try {
      await client.rig.connect({ rig: 'cartpole-serial', port, mode: 'realtime' });
      await client.record.start({ episodes: 100, unattended: true });
    } catch {
      // As above.
    }
  });
}
