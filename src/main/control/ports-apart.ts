import { ForesightError } from '../../shared/errors';
import type { PortListing } from '../../shared/rig';
import { heard } from '../processes/heard';
import type { Host } from '../processes/port';
import { FromRigSchema } from './message-schemas';
import type { ToRig } from './messages';

/** Lists or probes serial ports in a process that may crash without harm, because a serial driver can. */
async function inRigProcess(host: Host, message: (request: number) => ToRig): Promise<PortListing[]> {
  const process = await host.spawn('rig-process', { label: 'Port search' });
  try {
    return await new Promise<PortListing[]>((resolve, reject) => {
      process.onMessage((raw) => {
        const answer = heard(FromRigSchema, raw, 'the rig process');
        if (answer?.type !== 'answer') return;
        if (answer.error) reject(ForesightError.fromShape(answer.error));
        else resolve(answer.ports ?? []);
      });
      process.onClose((reason) =>
        reject(new ForesightError('internal', `The search for serial ports failed: ${reason}`, 'Try again.')),
      );
      process.post(message(1));
    });
  } finally {
    process.post({ type: 'close' } satisfies ToRig);
  }
}

export function listPortsApart(host: Host): Promise<PortListing[]> {
  return inRigProcess(host, (request) => ({ type: 'list-ports', request }));
}

export function probePortApart(host: Host, path: string, baudRate?: number): Promise<PortListing[]> {
  return inRigProcess(host, (request) => ({ type: 'probe', request, path, baudRate }));
}
