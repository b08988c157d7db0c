import { ForesightError } from '../../shared/errors';
import type { PortListing } from '../../shared/ports';
import type { FoundMotor, MotorSearch, MotorSetUp } from '../../shared/servos';
import { heard } from '../processes/heard';
import type { Host, SpawnedProcess } from '../processes/port';
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

/** Ports, looked at again and again: without a process on Linux, in one that is kept elsewhere. */
export class PortWatch {
  private process: Promise<SpawnedProcess> | undefined;
  private last = 0;

  constructor(private readonly host: Host) {}

  /** @param withHolders also who has them open, where the system tells: every process is looked at for that */
  async list(withHolders = false): Promise<PortListing[]> {
    if (listsWithoutLibrary) return withHolders ? listPorts() : listPorts(undefined, async () => new Map());
    this.process ??= this.host.spawn('rig-process', { label: 'Port search' });
    const process = await this.process;
    const request = ++this.last;
    return new Promise<PortListing[]>((resolve) => {
      const listening = process.onMessage((raw) => {
        const answer = heard(FromRigSchema, raw, 'the rig process');
        if (answer?.type === 'answer' && answer.request === request) settle(answer.ports ?? []);
      });
      const closing = process.onClose(() => {
        this.process = undefined;
        settle([]);
      });
      const settle = (ports: PortListing[]) => {
        listening.dispose();
        closing.dispose();
        resolve(ports);
      };
      process.post({ type: 'list-ports', request } satisfies ToRig);
    });
  }

  /**
   * The ports as a person is shown them, on demand also with who answers; those that somebody has open are not asked.
   * @param own the process that has the connected rig's port open
   */
  async show(probe: boolean, own: number | undefined): Promise<PortListing[]> {
    const ports = (await this.list(true)).map((port) => ({
      ...port,
      busyWith: port.busyWith.map((one) => (one.endsWith(`(process ${own})`) ? 'this Foresight' : one)),
    }));
    if (!probe) return ports;
    const probed = ports.map(async (port) =>
      port.busyWith.length > 0 ? [port] : probePortApart(this.host, port.path),
    );
    return (await Promise.all(probed)).flat();
  }

  /** Ends its process; a later look starts another. */
  close(): void {
    void this.process?.then((process) => process.post({ type: 'close' } satisfies ToRig));
    this.process = undefined;
  }
}
