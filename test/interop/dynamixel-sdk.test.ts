import { describe, expect, it, onTestFinished } from 'vitest';
import { dynamixelProtocol, instructions } from '../../src/main/rig/drivers/dynamixel/protocol';
import { DYNAMIXEL_MODELS } from '../../src/main/rig/drivers/dynamixel/registers';
import { DynamixelBus } from '../../src/main/rig/simulation/dynamixel/bus';
import { openPseudoTerminal } from '../../src/main/rig/simulation/pseudo-terminal';
import { FreeJoints } from '../../src/main/rig/simulation/servo-bus/joints';
import { serveBus } from '../../src/main/rig/simulation/servo-bus/serve';
import { lacksModules, python } from './python';

const XL330 = DYNAMIXEL_MODELS.find(({ name }) => name === 'XL330-M288')!;

/** What a master does with motors 1 and 2 on a port. */
const MASTER = `
import json, sys, time
from dynamixel_sdk import *
import dynamixel_sdk.port_handler
# It gives an answer twice this, 32 ms as it comes: a busy computer needs more.
dynamixel_sdk.port_handler.LATENCY_TIMER = 500
port, ph = PortHandler(sys.argv[1]), PacketHandler(2.0)
assert port.openPort() and port.setBaudRate(1000000)
signed = lambda n: n - 2**32 if n >= 2**31 else n
out = {}
out["ping"] = ph.ping(port, 1)
found, result = ph.broadcastPing(port)
out["found"] = {str(k): v for k, v in found.items()}
out["nobody"] = ph.ping(port, 7)[1]
# In two's complement FF FF FD FF: what has to be stuffed.
out["offset"] = [ph.write4ByteTxRx(port, 2, 20, 2**32 - 131073), signed(ph.read4ByteTxRx(port, 2, 20)[0])]
out["restored"] = ph.write4ByteTxRx(port, 2, 20, 0)
out["torque"] = [ph.write1ByteTxRx(port, i, 64, 1) for i in (1, 2)]
out["locked"] = ph.getRxPacketError(ph.write1ByteTxRx(port, 1, 9, 0)[1])
out["outside"] = ph.getRxPacketError(ph.write4ByteTxRx(port, 1, 116, 5000)[1])
goals = GroupSyncWrite(port, ph, 116, 4)
for i, goal in ((1, 1500), (2, 2600)): assert goals.addParam(i, list(goal.to_bytes(4, "little")))
out["goals"] = goals.txPacket()
read, fast = GroupSyncRead(port, ph, 132, 4), GroupSyncRead(port, ph, 132, 4)
for i in (1, 2): assert read.addParam(i) and fast.addParam(i)
until = time.time() + 20
while time.time() < until:
    out["read"] = read.txRxPacket()
    out["positions"] = [read.getData(i, 132, 4) for i in (1, 2)]
    if abs(out["positions"][0] - 1500) < 6 and abs(out["positions"][1] - 2600) < 6: break
out["fast"] = [fast.fastSyncRead(), [fast.getData(i, 132, 4) for i in (1, 2)]]
bulk = GroupBulkRead(port, ph)
assert bulk.addParam(1, 144, 2) and bulk.addParam(2, 146, 1)
out["bulk"] = [bulk.txRxPacket(), bulk.getData(1, 144, 2), bulk.getData(2, 146, 1)]
# It does not read the answer to an action, which so must have come before the next question clears the port.
out["registered"] = [ph.regWriteTxRx(port, 1, 65, 1, [1]), ph.action(port, 1)]
while port.getBytesAvailable() < 11: time.sleep(0.001)
out["led"] = ph.read1ByteTxRx(port, 1, 65)[0]
out["reboot"] = [ph.reboot(port, 1), ph.read1ByteTxRx(port, 1, 64)[0]]
print(json.dumps(out))
`;

/** What the package writes for these calls, in hexadecimal. */
const WRITER = `
import json
from dynamixel_sdk import *
class Port:
    # Nothing is answered here, which it would wait for.
    is_using, sent = property(lambda self: False, lambda self, value: None), []
    def clearPort(self): pass
    def writePort(self, packet): self.sent.append(bytes(packet).hex()); return len(packet)
    def readPort(self, n): return b""
    def isPacketTimeout(self): return True
    def setPacketTimeout(self, n): pass
    def setPacketTimeoutMillis(self, n): pass
    def getBaudRate(self): return 1000000
port, ph = Port(), PacketHandler(2.0)
ph.ping(port, 3); ph.broadcastPing(port); ph.readTx(port, 3, 132, 4)
ph.writeTxOnly(port, 3, 116, 4, [0, 8, 0, 0]); ph.regWriteTxOnly(port, 3, 104, 4, [200, 0, 0, 0]); ph.action(port, 3)
ph.factoryReset(port, 3, 0xFF); ph.factoryReset(port, 3, 1); ph.factoryReset(port, 3, 2); ph.reboot(port, 3); ph.clearMultiTurn(port, 3)
read = GroupSyncRead(port, ph, 126, 21); [read.addParam(i) for i in (1, 2, 200)]; read.txPacket(); read.fastSyncReadTxPacket()
write = GroupSyncWrite(port, ph, 116, 4); [write.addParam(i, [i, 255, 255, 0]) for i in (1, 2)]; write.txPacket()
bulk = GroupBulkRead(port, ph); bulk.addParam(1, 144, 2); bulk.addParam(2, 578, 1); bulk.txPacket()
bulk = GroupBulkWrite(port, ph); bulk.addParam(1, 32, 2, [160, 0]); bulk.addParam(2, 31, 1, [80]); bulk.txPacket()
stuffed = ph.addStuffing([255, 255, 253, 0, 3, 12, 0, 3, 20, 0, 255, 255, 253, 253, 255, 255, 253, 0, 0])
print(json.dumps({"sent": port.sent, "stuffed": bytes(stuffed[:-2]).hex()}))
`;

describe.skipIf(await lacksModules('dynamixel_sdk'))('the Python package of ROBOTIS', () => {
  it('pings, reads and writes the simulated bus at a port, and sees its motors move', async () => {
    const terminal = await openPseudoTerminal();
    onTestFinished(() => terminal.dispose());
    const plant = new FreeJoints(
      [1, 2].map(() => ({ inertia: 0.002, damping: 0.001, range: [-3, 3] as const, start: 0 })),
    );
    const mechanics = { stallTorque: 0.52, noLoadSpeed: 10.8, stallCurrent: 1.47, supplyVolts: 5 };
    const bus = new DynamixelBus({ motors: [1, 2].map((id) => ({ id, model: XL330, mechanics })), plant });
    const onFailure = (thrown: unknown) => {
      throw thrown;
    };
    const served = serveBus({ bus, line: terminal, seed: 1, onFailure });
    onTestFinished(() => served.dispose());

    const told = (await python(MASTER, terminal.path)) as Record<string, unknown>;
    expect(told).toMatchObject({
      ping: [1200, 0, 0],
      found: { 1: [1200, 52], 2: [1200, 52] },
      nobody: -3001,
      offset: [[0, 0], -131_073],
      restored: [0, 0],
      torque: [
        [0, 0],
        [0, 0],
      ],
      locked: '[RxPacketError] Writing or Reading is not available to target address!',
      outside: '[RxPacketError] The data value exceeds the limit value!',
      goals: 0,
      read: 0,
      fast: [0, expect.any(Array)],
      bulk: [0, 50, expect.any(Number)],
      registered: [[0, 0], 0],
      led: 1,
      reboot: [[0, 0], 0],
    });
    const near = (positions: unknown) => {
      const [one = 0, two = 0] = positions as number[];
      expect(Math.abs(one - 1500)).toBeLessThan(20);
      expect(Math.abs(two - 2600)).toBeLessThan(20);
    };
    near(told.positions);
    near((told.fast as unknown[])[1]);
    // The first was restarted at the end: it has let go since then, and turns on as it was turning.
    expect(Math.abs(plant.angles[0]! - ((1500 - 2048) * 2 * Math.PI) / 4096)).toBeLessThan(0.4);
    // The second may still swing about its goal, as long as this computer has given it no more time.
    expect(Math.abs(plant.angles[1]! - ((2600 - 2048) * 2 * Math.PI) / 4096)).toBeLessThan(0.2);
  });

  it('writes the same bytes for the same calls', async () => {
    const { sent, stuffed } = (await python(WRITER)) as { sent: string[]; stuffed: string };
    const { ping, read, write, syncRead, syncWrite } = dynamixelProtocol;
    const ours = [
      ping(3),
      ping(0xfe),
      read(3, 132, 4),
      write(3, 116, Uint8Array.of(0, 8, 0, 0)),
      instructions.regWrite(3, 104, Uint8Array.of(200, 0, 0, 0)),
      instructions.action(3),
      instructions.factoryReset(3, 'nothing'),
      instructions.factoryReset(3, 'id'),
      instructions.factoryReset(3, 'id and baud rate'),
      instructions.reboot(3),
      instructions.clearTurns(3),
      syncRead!([1, 2, 200], 126, 21),
      instructions.fastSyncRead([1, 2, 200], 126, 21),
      syncWrite(
        116,
        4,
        [1, 2].map((id) => ({ id, data: Uint8Array.of(id, 255, 255, 0) })),
      ),
      instructions.bulkRead([
        { id: 1, address: 144, length: 2 },
        { id: 2, address: 578, length: 1 },
      ]),
      instructions.bulkWrite([
        { id: 1, address: 32, data: Uint8Array.of(160, 0) },
        { id: 2, address: 31, data: Uint8Array.of(80) },
      ]),
    ];
    expect(sent).toEqual(ours.map((bytes) => Buffer.from(bytes).toString('hex')));
    // It stuffs, and then sends what it had before (4.1.0): compared is what it makes, up to the CRC.
    const data = Uint8Array.of(0xff, 0xff, 0xfd, 0xfd, 0xff, 0xff, 0xfd);
    expect(stuffed).toBe(Buffer.from(write(3, 20, data).slice(0, -2)).toString('hex'));
  });
});
