import type { Rig, RigFile } from '../../../../shared/rig';
import type { SpheroOptions, SpheroQuantity } from '../../../../shared/sphero';
import { openPlant, type Plant } from '../../drivers/mujoco/plant';
import { MODE, motorShares } from '../../drivers/sphero/motors';
import { COMMANDS, CommandDecoder, encodePacket, type SpheroCommand } from '../../drivers/sphero/packets';
import { encodeSample, STREAM_ID, sampleOf } from '../../drivers/sphero/stream';
import { loadRig } from '../../files/load';
import type { SimulatedBus } from '../servo-bus/device';

const OK = 0;
const UNKNOWN_COMMAND = 4;
const BAD_VALUE = 7;
const SAMPLE_SECONDS = 1 / 400;
/** RECV, MDL (2 is Sphero's second, Ollie says 50 in its own), HW, MSA 1.50, BL, bas, macro, API 1.50. */
const VERSION = Uint8Array.of(1, 2, 1, 1, 50, 1, 1, 1, 1, 50);
const NOTHING = new Uint8Array(0);

/** Its plant moves in steps of this, s: the stream tells where it is between two commands. */
const PLANT_SECONDS = 0.05;

/** The robot of a rig, with the plant of another one. */
export async function simulateSphero(
  { file }: Rig,
  options: SpheroOptions,
  simulation: string,
  seed: number,
): Promise<SimulatedBus> {
  const rig = await loadRig(simulation);
  const plant = await openPlant({ ...rig, file: { ...rig.file, periodSeconds: PLANT_SECONDS } }, seed);
  return new SpheroDevice(file, options, plant, PLANT_SECONDS);
}

/** A robot that answers Sphero's API byte for byte, with a simulated plant where its motors would be. */
class SpheroDevice implements SimulatedBus {
  private readonly decoder = new CommandDecoder();
  private newest: Float64Array;
  /** Shares of full power. */
  private shares: [number, number] = [0, 0];
  private free = false;
  /** Samples of its control a packet of the stream; 0 for none. */
  private every = 0;
  private samples = 0;
  private stepped = 0;
  private asleep = false;
  private untouched = true;
  /** Temporary option flags, which it forgets when it restarts. */
  private flags: Uint8Array = new Uint8Array(4);
  /** It has taken the current off its motors by itself, until it is told to brake or to let go. */
  private tripped = false;
  private said: Uint8Array[] = [];

  constructor(
    private readonly file: Pick<RigFile, 'observations' | 'actions' | 'periodSeconds'>,
    private readonly options: SpheroOptions,
    /** Of a rig with the period of a sample of its control, or a multiple. */
    private readonly plant: Plant,
    private readonly plantSeconds: number,
  ) {
    this.newest = plant.first;
  }

  receive(bytes: Uint8Array): Uint8Array[] {
    for (const command of this.decoder.push(bytes)) {
      const code = this.obey(command);
      if (command.answer && !this.asleep) {
        const data = this.answerTo(command);
        this.said.push(
          encodePacket({
            kind: 'answer',
            code,
            sequence: command.sequence,
            data: code === OK ? data : NOTHING,
          }),
        );
      }
    }
    return this.unasked();
  }

  unasked(): Uint8Array[] {
    return this.said.splice(0);
  }

  step(seconds: number): void {
    this.stepped += seconds;
    while (this.stepped >= this.plantSeconds) {
      this.stepped -= this.plantSeconds;
      this.plant.setTorque(!this.free);
      if (!this.untouched) this.newest = this.plant.step(this.action());
      if (this.every === 0 || this.asleep) continue;
      this.samples += this.plantSeconds / SAMPLE_SECONDS;
      if (this.samples < this.every) continue;
      this.samples -= this.every;
      this.said.push(encodePacket({ kind: 'unasked', id: STREAM_ID, data: encodeSample(this.sample()) }));
    }
  }

  /** It has restarted: asleep until it is woken by hand, which here is at once. */
  brownOut(): void {
    this.every = 0;
    this.shares = [0, 0];
    this.flags = new Uint8Array(4);
    this.tripped = false;
  }

  overload(): void {
    this.shares = [0, 0];
    this.tripped = true;
  }

  dispose(): void {
    this.plant.dispose();
  }

  private obey(command: SpheroCommand): number {
    const { data } = command;
    if (is(command, 'rawMotors')) {
      const told = motorShares(data, this.options.fullPower);
      if (!told) return BAD_VALUE;
      if (told.shares.every((share) => share === 0)) this.tripped = false;
      this.shares = this.tripped ? [0, 0] : told.shares;
      this.free = told.modes.every((mode) => mode === MODE.off);
      if (told.shares.some((share) => share !== 0)) this.untouched = false;
      return OK;
    }
    if (is(command, 'streaming')) {
      if (data.length !== 9 && data.length !== 13) return BAD_VALUE;
      const view = new DataView(data.buffer, data.byteOffset, data.length);
      const [divisor, isOn] = [view.getUint16(0), view.getUint32(4) !== 0];
      if (isOn && divisor === 0) return BAD_VALUE;
      this.every = isOn ? divisor : 0;
      this.samples = 0;
      return OK;
    }
    if (is(command, 'temporaryOptions')) {
      if (data.length !== 4) return BAD_VALUE;
      this.flags = data.slice();
      return OK;
    }
    if (is(command, 'sleep')) {
      this.asleep = true;
      this.shares = [0, 0];
      return OK;
    }
    const isKnown = (
      ['ping', 'versioning', 'stabilisation', 'whichTemporaryOptions', 'locator'] as const
    ).some((name) => is(command, name));
    return isKnown ? OK : UNKNOWN_COMMAND;
  }

  private answerTo(command: SpheroCommand): Uint8Array {
    if (is(command, 'versioning')) return VERSION;
    return is(command, 'whichTemporaryOptions') ? this.flags : NOTHING;
  }

  private action(): number[] {
    return this.file.actions.map(({ sphero, limits: [low, high] }) =>
      Math.min(Math.max(this.shares[sphero?.motor === 'left' ? 0 : 1], low), high),
    );
  }

  private sample() {
    const read: Partial<Record<SpheroQuantity, number>> = {};
    this.file.observations.forEach(({ sphero }, i) => {
      if (sphero) read[sphero.quantity] = this.newest[i] ?? 0;
    });
    const full = this.options.fullPower / 255;
    const [left, right] = this.shares;
    return { ...sampleOf(read, this.options.start), leftDuty: left * full, rightDuty: right * full };
  }
}

function is({ device, command }: SpheroCommand, name: keyof typeof COMMANDS): boolean {
  const [ofDevice, ofCommand] = COMMANDS[name];
  return device === ofDevice && command === ofCommand;
}
