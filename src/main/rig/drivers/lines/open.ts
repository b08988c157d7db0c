import { ForesightError } from '../../../../shared/errors';
import type { DeviceIdentity } from '../../../../shared/ports';
import type { Rig } from '../../../../shared/rig';
import type { Host } from '../../../processes/port';
import type { Driver, DriverInfo, OpenOptions } from '../../driver';
import { startSimulatedFirmware } from '../../simulation/start-firmware';
import { identityOf } from '../../transport/find-device';
import { findTransport } from '../../transport/find-transport';
import { listPorts, usbPorts } from '../../transport/port-list';
import type { Transport } from '../../transport/transport';
import { type LineContext, type LineDialect, startLineDriver } from './line-driver';
import { LineLink } from './line-link';

/** How a rig's device speaks, and how it is found. */
export interface LineLanguage {
  /** "a GRBL controller". */
  called: string;
  port: string;
  baudRate: number;
  lineEnding: string;
  longestLine: number;
  dialect(context: LineContext): LineDialect;
  /** How it is told from other devices; left out where nothing tells it from them. */
  probe?: { ask(link: LineLink): void; isAnswer(line: string): boolean };
}

const PROBE = { everySeconds: 0.4, attempts: 6 };

/**
 * Opens a device that speaks in lines of text. The port is, in this order, `options.port`, rig.json's; "auto" asks every USB port,
 * "simulated" starts a simulated device as a process through `host` ("simulated:stream" and "simulated:pty" choose the link).
 */
export async function openLines(
  rig: Rig,
  options: OpenOptions,
  host: Pick<Host, 'spawn'>,
  language: LineLanguage,
): Promise<Driver> {
  if (options.mode === 'lockstep') {
    throw new ForesightError(
      'wrong-use',
      `"${rig.file.title}" is a device on a serial port: it runs in real time and cannot be stepped.`,
      'Use real time, or a simulated rig in lockstep.',
    );
  }
  const start = async (transport: Transport, about?: Pick<DriverInfo, 'device' | 'remark'>) => {
    const link = new LineLink(transport, language.lineEnding, language.longestLine);
    try {
      return await startLineDriver(rig, link, (context) => language.dialect(context), about);
    } catch (thrown) {
      await transport.close();
      throw thrown;
    }
  };
  const port = options.port ?? language.port;
  const simulated = /^simulated(?::(pty|stream))?$/.exec(port);
  if (!simulated) {
    const { port: place, asked, remark } = await find(language, port, options.known ?? null);
    return start(asked.transport, { device: identityOf(place, {}), remark });
  }
  const link = simulated[1] === 'pty' || simulated[1] === 'stream' ? simulated[1] : 'auto';
  const process = await startSimulatedFirmware({ rig, link, seed: options.seed }, host);
  try {
    return await start(await process.open());
  } catch (thrown) {
    process.stop();
    throw thrown;
  }
}

async function find(
  { probe, called, baudRate, ...language }: LineLanguage,
  port: string,
  known: DeviceIdentity | null,
) {
  // Where nothing tells the device from others, only the one of last time or the only one there is it.
  if (!probe && port === 'auto' && !known?.key) await requireOnlyOne();
  return findTransport({
    ...{ port, known, baudRate, wanted: called, otherwise: 'choose the port "simulated"' },
    answers: probe && ((transport) => answers(transport, language, probe)),
  });
}

async function requireOnlyOne(): Promise<void> {
  const candidates = usbPorts(await listPorts());
  if (candidates.length === 1) return;
  throw new ForesightError(
    'not-found',
    candidates.length === 0
      ? 'No port has the device: no USB serial port is there.'
      : `No port has the device: there are ${candidates.length} USB ports, and nothing in rig.json tells which is it.`,
    'Plug it in, give its port, or choose the port "simulated".',
  );
}

async function answers(
  transport: Transport,
  { lineEnding, longestLine }: Pick<LineLanguage, 'lineEnding' | 'longestLine'>,
  { ask, isAnswer }: NonNullable<LineLanguage['probe']>,
): Promise<boolean> {
  const link = new LineLink(transport, lineEnding, longestLine);
  try {
    const accept = (line: string) => (isAnswer(line.trim()) ? true : undefined);
    return (await link.until(() => ask(link), accept, PROBE)) ?? false;
  } finally {
    link.dispose();
  }
}
