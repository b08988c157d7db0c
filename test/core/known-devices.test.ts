import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KnownDevices } from '../../src/main/core/known-devices';
import { identityOf } from '../../src/main/rig/transport/find-device';
import { barePort } from '../../src/shared/ports';
import { temporaryFolder } from '../rig/rig-helpers';

const device = identityOf(
  { ...barePort('/dev/ttyACM0'), key: 'usb-1a86-55d3-A', serialNumber: 'A' },
  { motors: [{ driver: 'feetech', id: 1, model: 'sts3215' }] },
);

function devices(file: string): { known: KnownDevices; said: string[] } {
  const said: string[] = [];
  return { known: new KnownDevices(file, (message) => said.push(message)), said };
}

describe('the devices that rigs were connected to', () => {
  it('are known to the next program on the workspace', async () => {
    const file = join(await temporaryFolder(), 'devices.json');
    const { known } = devices(file);
    expect(await known.of('so101')).toBeNull();
    await known.remember('so101', device);
    await known.remember('constructor', device);
    const { known: later, said } = devices(file);
    expect(await later.of('so101')).toEqual(device);
    expect(await later.of('toString')).toBeNull();
    expect(said).toEqual([]);
  });

  it('are none where their file is damaged, which is put aside and said', async () => {
    const file = join(await temporaryFolder(), 'devices.json');
    writeFileSync(file, '{"schema":"foresight.dev');
    const { known, said } = devices(file);
    expect(await known.of('so101')).toBeNull();
    expect(said).toEqual([expect.stringMatching(/damaged and was put aside/)]);
    await known.remember('so101', device);
    expect(readFileSync(`${file}.unreadable`, 'utf8')).toBe('{"schema":"foresight.dev');
    expect(await devices(file).known.of('so101')).toEqual(device);
  });

  it('of a later version are left as they are', async () => {
    const file = join(await temporaryFolder(), 'devices.json');
    const later = JSON.stringify({ schema: 'foresight.devices/2', rigs: 'in another way' });
    writeFileSync(file, later);
    const { known, said } = devices(file);
    await known.remember('so101', device);
    expect(said).toEqual([expect.stringMatching(/written by a later version/)]);
    expect(readFileSync(file, 'utf8')).toBe(later);
    expect(await known.of('so101')).toEqual(device);
  });
});
