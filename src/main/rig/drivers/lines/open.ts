import { asForesightError, ForesightError } from '../../../../shared/errors';
import { type PortListing, portName } from '../../../../shared/ports';
import type { Rig } from '../../../../shared/rig';
import type { Host } from '../../../processes/port';
import type { Driver, OpenOptions } from '../../driver';
import { startSimulatedFirmware } from '../../simulation/start-firmware';
import { listed, listPorts, usbPorts } from '../../transport/port-list';
import { openSerialPort } from '../../transport/serial-port';
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
  const start = async (transport: Transport) => {
    const link = new LineLink(transport, language.lineEnding, language.longestLine);
    try {
      return await startLineDriver(rig, link, (context) => language.dialect(context));
    } catch (thrown) {
      await transport.close();
      throw thrown;
    }
  };
  const port = options.port ?? language.port;
  const simulated = /^simulated(?::(pty|stream))?$/.exec(port);
  if (!simulated) return start(await openPort(language, port));
  const link = simulated[1] === 'pty' || simulated[1] === 'stream' ? simulated[1] : 'auto';
  const process = await startSimulatedFirmware({ rig, link, seed: options.seed }, host);
  try {
    return await start(await process.open());
  } catch (thrown) {
    process.stop();
    throw thrown;
  }
}

async function openPort(language: LineLanguage, port: string): Promise<Transport> {
  const open = (one: PortListing) => openSerialPort(one.path, language.baudRate, portName(one));
  if (/^(\/|\\\\|COM\d)/i.test(port)) return open(await listed(port));
  const ports = await listPorts();
  if (port !== 'auto')
    return open(ports.find(({ serialNumber }) => serialNumber === port) ?? (await listed(port)));
  const candidates = usbPorts(ports);
  const [only, ...others] = candidates;
  if (!language.probe) {
    if (only && others.length === 0) return open(only);
    throw notFound(
      candidates.length === 0
        ? 'no USB serial port is there.'
        : `there are ${candidates.length} USB ports, and nothing in rig.json tells which is it.`,
    );
  }
  const { probe } = language;
  const looked = await Promise.all(
    candidates.map(async (candidate) => {
      try {
        const transport = await open(candidate);
        return { transport, answers: await answers(transport, language, probe) };
      } catch (thrown) {
        return asForesightError(thrown).message;
      }
    }),
  );
  const opened = looked.filter((one) => typeof one !== 'string');
  const found = opened.filter((one) => one.answers);
  const chosen = found.length === 1 ? found[0] : undefined;
  await Promise.all(opened.filter((one) => one !== chosen).map(({ transport }) => transport.close()));
  if (chosen) return chosen.transport;
  if (found.length > 1) {
    const where = found.map(({ transport }) => transport.description).join(', ');
    throw new ForesightError(
      'rig-refused',
      `${found.length} ports have ${language.called}: ${where}.`,
      'Give the port or the USB serial number of the one that is meant.',
    );
  }
  const words = looked.map((one) =>
    typeof one === 'string' ? one : `${one.transport.description} is none.`,
  );
  throw notFound(words.length > 0 ? words.join(' ') : 'no USB serial port is there.', language.called);
}

async function answers(
  transport: Transport,
  { lineEnding, longestLine }: LineLanguage,
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

function notFound(why: string, called = 'the device'): ForesightError {
  return new ForesightError(
    'not-found',
    `No port has ${called}: ${why}`,
    'Plug it in, give its port, or choose the port "simulated".',
  );
}
