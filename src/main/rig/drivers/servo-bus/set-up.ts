import { ForesightError } from '../../../../shared/errors';
import type { FoundMotor, MotorSetUp } from '../../../../shared/servos';
import type { Transport } from '../../transport/transport';
import { ServoBus } from './bus';
import type { Register, ServoFamily, ServoModel } from './protocol';
import { decodeRegister, encodeRegister } from './registers';

const POWER = 'Switch the power of the motor off and on, then look for it with "foresight rig scan".';

/**
 * Gives a motor another number and another baud rate, which it keeps. Its torque goes off. Resolves with what the motor itself
 * says afterwards, as the one that it is to be; rejects with rig-silent or rig-refused, and wrong-use for what it cannot be.
 * @param open the line, at a baud rate
 */
export async function setUpMotor(
  open: (baudRate: number) => Promise<Transport>,
  { driver, model: name, now, wanted }: MotorSetUp,
  family: ServoFamily,
): Promise<FoundMotor> {
  const model = family.models[name];
  const code = family.baudCodes.indexOf(wanted.baudRate);
  if (!model || code < 0) {
    throw new ForesightError(
      'wrong-use',
      model
        ? `${model.name} does not know ${wanted.baudRate} baud.`
        : `The driver "${driver}" does not know the model "${name}".`,
      model
        ? `Choose one of ${family.baudCodes.join(', ')}.`
        : `Choose one of ${Object.keys(family.models).join(', ')}.`,
    );
  }
  const protocol = family.protocol([model]);
  if (wanted.id < 0 || wanted.id > protocol.highestId) {
    throw new ForesightError(
      'wrong-use',
      `No motor can have the number ${wanted.id}.`,
      `Choose one from 0 to ${protocol.highestId}.`,
    );
  }
  const on = async <Result>(baudRate: number, work: (bus: ServoBus) => Promise<Result>): Promise<Result> => {
    const transport = await open(baudRate);
    const bus = new ServoBus(transport, protocol, baudRate);
    try {
      await bus.begin();
      return await work(bus);
    } finally {
      bus.dispose();
      await transport.close();
    }
  };
  await on(now.baudRate, async (bus) => {
    const motor = new OneMotor(bus, model);
    if (wanted.id !== now.id && (await bus.ping(wanted.id))) {
      throw new ForesightError(
        'rig-refused',
        `A motor with the number ${wanted.id} is on ${bus.transport.description} already.`,
        'Leave the motor that is to be set up as the only one on the line.',
      );
    }
    await motor.set(now.id, model.registers.torque, 0);
    if (model.registers.lock) await motor.set(now.id, model.registers.lock, 0);
    // From here on it may answer with its new number, or not at all: what counts is what it says there.
    await motor.tell(now.id, model.registers.id, wanted.id);
    await motor.expect(wanted.id, model.registers.id, wanted.id);
    await motor.tell(wanted.id, model.registers.baudCode, code);
  });
  await on(wanted.baudRate, async (bus) => {
    const motor = new OneMotor(bus, model);
    await motor.expect(wanted.id, model.registers.baudCode, code);
    if (model.registers.lock) await motor.set(wanted.id, model.registers.lock, 1);
    await motor.expect(wanted.id, model.registers.model, model.number);
  });
  return { driver, id: wanted.id, model: name, number: model.number, baudRates: [wanted.baudRate] };
}

/** Registers of the one motor on a line. */
class OneMotor {
  constructor(
    private readonly bus: ServoBus,
    private readonly model: ServoModel,
  ) {}

  async set(id: number, register: Register, value: number): Promise<void> {
    await this.tell(id, register, value);
    await this.expect(id, register, value);
  }

  async tell(id: number, register: Register, value: number): Promise<void> {
    const bytes = encodeRegister(register, value, this.model.byteOrder);
    await this.bus.write(id, register.address, bytes, { attempts: 1 });
  }

  /** Rejects where the motor says something else, or nothing. */
  async expect(id: number, register: Register, wanted: number): Promise<void> {
    const answer = await this.bus.read(id, register.address, register.size);
    const where = this.bus.transport.description;
    if (!answer) {
      throw new ForesightError('rig-silent', `Motor ${id} on ${where} does not answer.`, POWER);
    }
    const value = decodeRegister(register, answer.parameters, this.model.byteOrder);
    if (value === wanted) return;
    throw new ForesightError(
      'rig-refused',
      `Motor ${id} on ${where} was to have ${wanted} in its register ${register.address}, and has ${value}.`,
      POWER,
    );
  }
}
