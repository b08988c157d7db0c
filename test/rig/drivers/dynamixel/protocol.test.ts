import { describe, expect, it } from 'vitest';
import { encodeFastStatus, encodePacket } from '../../../../src/main/rig/drivers/dynamixel/packets';
import { dynamixelProtocol, instructions } from '../../../../src/main/rig/drivers/dynamixel/protocol';
import { both, fromHex, hex } from './bytes';

const arm = [1, 2, 3, 4, 5, 6];

describe('instructions to Dynamixel motors', () => {
  it('are, byte for byte, those of the manual and of the facts about the protocol', () => {
    const { ping, read, write, syncRead, syncWrite } = dynamixelProtocol;
    const two = [
      { id: 1, data: Uint8Array.of(0x96, 0, 0, 0) },
      { id: 2, data: Uint8Array.of(0xaa, 0, 0, 0) },
    ];
    const places = [
      { id: 1, address: 144, length: 2 },
      { id: 2, address: 146, length: 1 },
    ];
    const settings = [
      { id: 1, address: 32, data: Uint8Array.of(160, 0) },
      { id: 2, address: 31, data: Uint8Array.of(80) },
    ];
    expect({
      ping: hex(ping(1)),
      pingAll: hex(ping(0xfe)),
      read: hex(read(1, 132, 4)),
      write: hex(write(1, 116, Uint8Array.of(0, 2, 0, 0))),
      regWrite: hex(instructions.regWrite(1, 104, Uint8Array.of(200, 0, 0, 0))),
      action: hex(instructions.action(1)),
      factoryReset: hex(instructions.factoryReset(1, 'id')),
      reboot: hex(instructions.reboot(1)),
      clear: hex(instructions.clearTurns(1)),
      syncRead: hex(syncRead!(arm, 132, 4)),
      syncWrite: hex(syncWrite(116, 4, two)),
      bulkRead: hex(instructions.bulkRead(places)),
      bulkWrite: hex(instructions.bulkWrite(settings)),
    }).toEqual({
      ping: 'FF FF FD 00 01 03 00 01 19 4E',
      pingAll: 'FF FF FD 00 FE 03 00 01 31 42',
      read: 'FF FF FD 00 01 07 00 02 84 00 04 00 1D 15',
      write: 'FF FF FD 00 01 09 00 03 74 00 00 02 00 00 CA 89',
      regWrite: 'FF FF FD 00 01 09 00 04 68 00 C8 00 00 00 AE 8E',
      action: 'FF FF FD 00 01 03 00 05 02 CE',
      factoryReset: 'FF FF FD 00 01 04 00 06 01 A1 E6',
      reboot: 'FF FF FD 00 01 03 00 08 2F 4E',
      clear: 'FF FF FD 00 01 08 00 10 01 44 58 4C 22 B1 DC',
      syncRead: 'FF FF FD 00 FE 0D 00 82 84 00 04 00 01 02 03 04 05 06 B2 9B',
      syncWrite: 'FF FF FD 00 FE 11 00 83 74 00 04 00 01 96 00 00 00 02 AA 00 00 00 82 87',
      bulkRead: 'FF FF FD 00 FE 0D 00 92 01 90 00 02 00 02 92 00 01 00 1A 05',
      bulkWrite: 'FF FF FD 00 FE 10 00 93 01 20 00 02 00 A0 00 02 1F 00 01 00 50 B7 68',
    });
  });
});

describe('answers of Dynamixel motors', () => {
  it('are those of the manual', () => {
    const ping = 'FF FF FD 00 01 07 00 55 00 06 04 26 65 5D';
    const position = 'FF FF FD 00 02 08 00 55 00 1F 08 00 00 BA BE';
    expect(dynamixelProtocol.decoder().push(both(fromHex(ping), fromHex(position)))).toEqual([
      { id: 1, error: 0, parameters: Uint8Array.of(0x06, 0x04, 0x26) },
      { id: 2, error: 0, parameters: Uint8Array.of(0x1f, 0x08, 0, 0) },
    ]);
  });

  it('come from every motor of a fast sync read, as if each had spoken for itself', () => {
    const said = arm.map((id) => ({
      id,
      error: id === 4 ? 0x80 : 0,
      data: Uint8Array.of(id, 0xff, 0xff, 0xfd),
    }));
    expect(dynamixelProtocol.decoder().push(encodeFastStatus(said))).toEqual(
      said.map(({ id, error, data }) => ({ id, error, parameters: data })),
    );
  });

  it('are not what an adapter repeats of our own', () => {
    const sent = both(dynamixelProtocol.ping(1), instructions.fastSyncRead(arm, 126, 21));
    expect(dynamixelProtocol.decoder().push(sent)).toEqual([]);
  });

  it('are none when the question was damaged on its way, so that it is asked again', () => {
    const says = (error: number) => {
      const answer = { id: 1, instruction: 0x55, parameters: Uint8Array.of(error) };
      return dynamixelProtocol.decoder().push(encodePacket(answer));
    };
    expect(says(3)).toEqual([]);
    expect(says(4)).toHaveLength(1);
  });

  it('say in words what is the matter, and whether anything was done', () => {
    const { problems, isRefusal } = dynamixelProtocol;
    expect(problems(0)).toEqual([]);
    expect([isRefusal(0), isRefusal(0x80), isRefusal(7), isRefusal(0x87)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(problems(0x87)).toEqual([
      'a register is there for reading only, or is not to be written while torque is on',
      'a hardware error, which its register 70 names',
    ]);
    expect(problems(9)).toEqual(['something that no manual explains (error 9)']);
  });
});
