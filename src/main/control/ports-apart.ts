import { ForesightError } from '../../shared/errors';
import type { PortListing } from '../../shared/ports';
import type { FoundMotor, MotorSearch, MotorSetUp } from '../../shared/servos';
import { heard } from '../processes/heard';
import type { Host } from '../processes/port';
import { listPorts, listsWithoutLibrary } from '../rig';
import { FromRigSchema } from './message-schemas';
import type { AnswerMessage, ToRig } from './messages';

/** Has serial ports opened in a process that may crash without harm, because a serial driver can. */
async function inRigProcess(host: Host, message: (request: number) => ToRig): Promise<AnswerMessage> {
  const process = await host.spawn('rig-process', { label: 'Port search' });
  try {
    return await new Promise<AnswerMessage>((resolve, reject) => {
      process.onMessage((raw) => {
        const answer = heard(FromRigSchema, raw, 'the rig process');
        if (answer?.type !== 'answer') return;
        if (answer.error) reject(ForesightError.fromShape(answer.error));
        else resolve(answer);
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

/** Without a process where ports are listed by reading files. */
export async function listPortsApart(host: Host): Promise<PortListing[]> {
  if (listsWithoutLibrary) return listPorts();
  return (await inRigProcess(host, (request) => ({ type: 'list-ports', request }))).ports ?? [];
}

export async function probePortApart(host: Host, path: string, baudRate?: number): Promise<PortListing[]> {
  return (await inRigProcess(host, (request) => ({ type: 'probe', request, path, baudRate }))).ports ?? [];
}

export async function scanMotorsApart(
  host: Host,
  path: string,
  search: MotorSearch = {},
): Promise<FoundMotor[]> {
  const answer = await inRigProcess(host, (request) => ({ type: 'scan-motors', request, path, search }));
  return answer.motors ?? [];
}

export async function setUpMotorApart(host: Host, path: string, setUp: MotorSetUp): Promise<FoundMotor[]> {
  const answer = await inRigProcess(host, (request) => ({ type: 'set-up-motor', request, path, setUp }));
  return answer.motors ?? [];
}
