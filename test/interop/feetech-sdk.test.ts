import { describe, expect, it, onTestFinished } from 'vitest';
import { encodePacket, INSTRUCTION } from '../../src/main/rig/drivers/feetech/packets';
import { feetechProtocol } from '../../src/main/rig/drivers/feetech/protocol';
import { loadRig } from '../../src/main/rig/index';
import { openPseudoTerminal } from '../../src/main/rig/simulation/pseudo-terminal';
import { serveBus } from '../../src/main/rig/simulation/servo-bus/serve';
import { simulateServos } from '../../src/main/rig/simulation/servo-bus/simulate';
import { lacksModules, python } from './python';

/** What a master does with the arm on a port. */
const MASTER = `
import json, sys, time
from scservo_sdk import *
from scservo_sdk import port_handler
# On a busy computer 34 ms are not always enough, and a late answer would be taken for the next one.
port_handler.LATENCY_TIMER = 1000
port, ph = PortHandler(sys.argv[1]), PacketHandler(0)
assert port.openPort()
ids = range(1, 7)
out = {}
out["ping"] = [ph.ping(port, i) for i in ids]
out["nobody"] = ph.ping(port, 9)[1]
out["voltage"] = ph.read1ByteTxRx(port, 3, 62)
out["gain"] = [ph.write1ByteTxRx(port, 2, 21, 20), ph.read1ByteTxRx(port, 2, 21)]
out["offset"] = [ph.write2ByteTxRx(port, 5, 31, SCS_TOSCS(-300, 11)), SCS_TOHOST(ph.read2ByteTxRx(port, 5, 31)[0], 11)]
out["restored"] = ph.write2ByteTxRx(port, 5, 31, 0)
out["torque"] = [ph.write1ByteTxRx(port, i, 40, 1) for i in ids]
goals = GroupSyncWrite(port, ph, 42, 2)
wanted = {1: 2300, 2: 1800, 3: 2300, 4: 2100, 5: 1900, 6: 2500}
for i, goal in wanted.items(): assert goals.addParam(i, [SCS_LOBYTE(goal), SCS_HIBYTE(goal)])
out["goals"] = goals.txPacket()
read = GroupSyncRead(port, ph, 56, 15)
for i in ids: assert read.addParam(i)
until = time.time() + 30
fastest = {i: 0 for i in ids}
while time.time() < until:
    out["read"] = read.txRxPacket()
    if out["read"] != COMM_SUCCESS: continue
    out["positions"] = [read.getData(i, 56, 2) for i in ids]
    for i in ids: fastest[i] = max(fastest[i], abs(SCS_TOHOST(read.getData(i, 58, 2), 15)))
    if all(abs(p - wanted[i]) < 60 for i, p in zip(ids, out["positions"])): break
out["fastest"] = [fastest[i] for i in ids]
out["registered"] = [ph.regWriteTxRx(port, 4, 40, 1, [0]), ph.read1ByteTxRx(port, 4, 40)[0], ph.action(port, 4)]
time.sleep(0.1); port.ser.reset_input_buffer()
out["released"] = ph.read1ByteTxRx(port, 4, 40)[0]
print(json.dumps(out))
`;

/** What the package writes for these calls, in hexadecimal: first as STS, then as SCS motors have their bytes. */
const WRITER = `
import json
from scservo_sdk import *
class Port:
    # Nothing is answered here, which it would wait for.
    is_using, sent = property(lambda self: False, lambda self, value: None), []
    def clearPort(self): pass
    def writePort(self, packet): self.sent.append(bytes(packet).hex()); return len(packet)
    def readPort(self, n): return b""
    def isPacketTimeout(self): return True
    def setPacketTimeout(self, n): pass
port = Port()
for end in (0, 1):
    ph = PacketHandler(end)
    ph.ping(port, 1); ph.readTx(port, 3, 56, 15)
    ph.write1ByteTxOnly(port, 3, 40, 1); ph.write2ByteTxOnly(port, 3, 42, 3000)
    ph.regWriteTxOnly(port, 3, 42, 2, [1, 2]); ph.action(port, 0xFE)
    write = GroupSyncWrite(port, ph, 42, 2); [write.addParam(i, [SCS_LOBYTE(i * 300), SCS_HIBYTE(i * 300)]) for i in (1, 2, 6)]; write.txPacket()
read = GroupSyncRead(port, PacketHandler(0), 56, 15); [read.addParam(i) for i in (1, 2, 6)]; read.txPacket()
print(json.dumps(port.sent))
`;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe.skipIf(await lacksModules('scservo_sdk'))('the Python package of Feetech', () => {
  it('pings, reads and writes the simulated arm at a port, and sees it move', async () => {
    const terminal = await openPseudoTerminal();
    onTestFinished(() => terminal.dispose());
    const bus = await simulateServos(await loadRig('so101'));
    const onFailure = (thrown: unknown) => {
      throw thrown;
    };
    const served = serveBus({ bus, line: terminal, seed: 1, onFailure });
    onTestFinished(() => {
      served.dispose();
      bus.dispose();
    });

    const told = (await python(MASTER, terminal.path)) as Record<string, unknown>;
    expect(told).toMatchObject({
      ping: Array(6).fill([777, 0, 0]),
      nobody: -6,
      voltage: [120, 0, 0],
      gain: [
        [0, 0],
        [20, 0, 0],
      ],
      offset: [[0, 0], -300],
      restored: [0, 0],
      torque: Array(6).fill([0, 0]),
      goals: 0,
      read: 0,
      registered: [[0, 0], 1, 0],
      released: 0,
    });
    const wanted = [2300, 1800, 2300, 2100, 1900, 2500];
    (told.positions as number[]).forEach((position, i) => {
      expect(Math.abs(position - wanted[i]!)).toBeLessThan(60);
    });
    // It lay folded, so the shoulder had a long way to go.
    expect((told.fastest as number[])[1]).toBeGreaterThan(300);
  });

  it('writes the same bytes for the same calls', async () => {
    const sent = (await python(WRITER)) as string[];
    const calls = (series: 'STS' | 'SCS', word: (n: number) => Uint8Array) => {
      const { ping, read, write, syncWrite } = feetechProtocol(series);
      return [
        ping(1),
        read(3, 56, 15),
        write(3, 40, Uint8Array.of(1)),
        write(3, 42, word(3000)),
        encodePacket({ id: 3, code: INSTRUCTION.regWrite, parameters: Uint8Array.of(42, 1, 2) }),
        encodePacket({ id: 0xfe, code: INSTRUCTION.action, parameters: new Uint8Array(0) }),
        syncWrite(
          42,
          2,
          [1, 2, 6].map((id) => ({ id, data: word(300 * id) })),
        ),
      ];
    };
    const ours = [
      ...calls('STS', (n) => Uint8Array.of(n & 0xff, n >> 8)),
      ...calls('SCS', (n) => Uint8Array.of(n >> 8, n & 0xff)),
      feetechProtocol('STS').syncRead!([1, 2, 6], 56, 15),
    ];
    expect(sent).toEqual(ours.map(hex));
  });
});
