import type { DynamixelMechanics } from './motor';

type Row = readonly [
  stallTorque: number,
  revolutionsPerMinute: number,
  stallCurrent: number,
  supplyVolts: number,
];

/** Stall torque (N m), speed without load, stall current (A) at a supply (V), as ROBOTIS gives them. */
const ROWS: Readonly<Record<string, Row>> = {
  'XL330-M077': [0.215, 383, 1.47, 5],
  'XL330-M288': [0.52, 103, 1.47, 5],
  'XC330-M288': [0.93, 81, 1.8, 5],
  'XL430-W250': [1.5, 61, 1.4, 12],
  'XM430-W350': [4.1, 46, 2.3, 12],
  'XM430-W210': [3, 77, 2.3, 12],
  'XM540-W270': [10.6, 30, 4.4, 12],
};
/** Stands in for the others of its kind. */
const ANY: Row = [1.5, 61, 1.4, 12];

export function mechanicsOf(model: string): DynamixelMechanics {
  const [stallTorque, revolutionsPerMinute, stallCurrent, supplyVolts] = ROWS[model] ?? ANY;
  return { stallTorque, noLoadSpeed: (revolutionsPerMinute * 2 * Math.PI) / 60, stallCurrent, supplyVolts };
}
