import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CalibratedDevice, Calibration, CalibrationShelf } from '../../shared/calibration';
import { deviceWords } from '../../shared/calibration';
import type { GiveCalibration, TakeCalibration } from '../../shared/contract-calibration';
import { ForesightError } from '../../shared/errors';
import type { Rig } from '../../shared/rig';
import { writeWhole } from '../files/write-whole';
import { workspacePaths } from '../log/workspace';
import { CalibrationStore, calibratedMotors, devicelessMotors, leRobotFile, parseLeRobot } from '../rig';
import { fileName } from './file-name';
import type { RigDesk } from './rig-desk';

/** The calibrations that are kept in a workspace; what is written to motors is the connected rig's to do. */
export class Calibrations {
  constructor(
    private readonly dataFolder: string,
    private readonly desk: RigDesk,
  ) {}

  async shelves(rig: string): Promise<CalibrationShelf[]> {
    const { store } = await this.open(rig);
    return store.shelves();
  }

  /** A file of LeRobot becomes a version, which is not in force yet. @throws bad-file with what is wrong with it */
  async take({
    rig,
    device,
    text,
    note,
  }: TakeCalibration): Promise<{ device: CalibratedDevice; version: number }> {
    const { file, store, motors } = await this.open(rig);
    const taken = parseLeRobot(text, motors);
    const saved = await store.add({
      ...{ rig: file.name, driver: file.driver as Calibration['driver'] },
      device: device ?? this.connectedDevice(file.name) ?? devicelessMotors(motors),
      ...{ madeAt: new Date().toISOString(), origin: 'imported', note, motors: taken },
    });
    return { device: saved.device, version: saved.version };
  }

  /** The file as LeRobot reads it. */
  async give(input: GiveCalibration): Promise<{ version: number; text: string }> {
    const { calibration, text } = await this.asLeRobot(input);
    return { version: calibration.version, text };
  }

  /** The same as a file in the folder "exports" of the workspace. One that is there and says something else stays as it is. */
  async export(input: GiveCalibration): Promise<{ version: number; file: string }> {
    const { calibration, text } = await this.asLeRobot(input);
    const { rig, device, version } = calibration;
    const name = `${fileName(rig)}-${fileName(device.name)}-calibration-${version}`;
    for (let more = 1; ; more++) {
      const file = join(
        workspacePaths(this.dataFolder).exports,
        `${name}${more === 1 ? '' : `-${more}`}.json`,
      );
      const there = await readFile(file, 'utf8').catch(() => undefined);
      if (there !== undefined && there !== text) continue;
      await writeWhole(file, text);
      return { version, file };
    }
  }

  /**
   * A version of a rig's calibration, the one in force when none is said; of the connected device, or of the only one that
   * there is. @throws not-found, or wrong-use where several devices are meant
   */
  async find(rig: string, device?: CalibratedDevice, version?: number): Promise<Calibration> {
    const { file, store } = await this.open(rig);
    const shelf = await this.shelf(file.name, store, device ?? this.connectedDevice(file.name));
    const wanted = version ?? shelf.inForce;
    if (wanted === null) {
      throw new ForesightError(
        'not-found',
        `No calibration of "${file.name}" on ${deviceWords(shelf.device)} is in force.`,
        'Name a version, or calibrate the rig.',
      );
    }
    return store.version(shelf.device, wanted);
  }

  private async asLeRobot({ rig, device, version }: GiveCalibration) {
    const { motors } = await this.open(rig);
    const calibration = await this.find(rig, device, version);
    return { calibration, text: leRobotFile(calibration, motors) };
  }

  private async shelf(
    rig: string,
    store: CalibrationStore,
    device: CalibratedDevice | undefined,
  ): Promise<CalibrationShelf> {
    if (device) return store.shelf(device);
    const shelves = await store.shelves();
    const [only, ...others] = shelves;
    if (only && others.length === 0) return only;
    throw only
      ? new ForesightError(
          'wrong-use',
          `"${rig}" is calibrated on ${shelves.length} devices: ${shelves.map((one) => deviceWords(one.device)).join(', ')}.`,
          `Say which one is meant: ${shelves.map((one) => `${one.device.kind}:${one.device.name}`).join(', ')}.`,
        )
      : new ForesightError('not-found', `"${rig}" has no calibration yet.`, 'Calibrate the rig first.');
  }

  private connectedDevice(rig: string): CalibratedDevice | undefined {
    const { status } = this.desk;
    return status.rig === rig ? status.link.info?.calibration?.device : undefined;
  }

  private async open(nameOrPath: string) {
    const rig: Rig = await this.desk.load(nameOrPath);
    const store = new CalibrationStore(this.dataFolder, rig.file.name);
    return { file: rig.file, store, motors: calibratedMotors(rig) };
  }
}
